// Attributes that are not read, with their texts.
#include <gtest/gtest.h>

#include "onnx/model_builder.hpp"

namespace backplane::onnx {
namespace {

using format::AttributeProto;

std::string with_attribute(void (*change)(AttributeProto*)) {
  ModelBuilder model = ModelBuilder::relu();
  AttributeProto* attribute = model.graph().mutable_node(0)->add_attribute();
  attribute->set_name("a");
  change(attribute);
  return model.failure();
}

TEST(Attributes, ThoseThatTheHostDoesNotReadAreUnsupported) {
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::GRAPH);
              a->mutable_g();
            }),
            "UNSUPPORTED: control flow: Relu has a body, attribute \"a\" (node \"r\")");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::GRAPHS);
              a->add_graphs();
            }),
            "UNSUPPORTED: control flow: Relu has a body, attribute \"a\" (node \"r\")");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::TYPE_PROTO);
              a->mutable_tp();
            }),
            "UNSUPPORTED: sequence: an attribute that is a type (attribute \"a\") (node \"r\")");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::SPARSE_TENSOR);
              a->mutable_sparse_tensor();
            }),
            "UNSUPPORTED: no schema yet: an attribute that is a sparse tensor (attribute \"a\") "
            "(node \"r\")");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::TENSORS);
              a->add_tensors();
            }),
            "UNSUPPORTED: no schema yet: an attribute that is a list of tensors (attribute \"a\") "
            "(node \"r\")");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::TENSOR);
              a->mutable_t()->set_data_type(format::TensorProto::STRING);
            }),
            "UNSUPPORTED: string: a tensor of strings (attribute \"a\") (node \"r\")");
}

TEST(Attributes, ThoseAtOddsWithThemselvesAreCorrupt) {
  EXPECT_EQ(with_attribute([](AttributeProto* a) { a->set_i(1); }),
            "CORRUPT: node \"r\": attribute \"a\": it does not say its type");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::INT);
              a->set_f(1);
            }),
            "CORRUPT: node \"r\": attribute \"a\": it has values of another type than the one that "
            "it says");
  EXPECT_EQ(with_attribute([](AttributeProto* a) { a->set_type(AttributeProto::TENSOR); }),
            "CORRUPT: node \"r\": attribute \"a\": it has no tensor");
  EXPECT_EQ(
      with_attribute([](AttributeProto* a) { a->set_ref_attr_name("b"); }),
      "CORRUPT: node \"r\": attribute \"a\": it refers to an attribute of a function, and the "
      "node is in none");
  EXPECT_EQ(with_attribute([](AttributeProto* a) {
              a->set_type(AttributeProto::INT);
              a->clear_name();
            }),
            "CORRUPT: node \"r\": attribute \"\": an attribute has no name");
  ModelBuilder model = ModelBuilder::relu();
  add_attribute(*model.graph().mutable_node(0), "a", AttributeProto::INT);
  add_attribute(*model.graph().mutable_node(0), "a", AttributeProto::INT);
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": attribute \"a\" is there twice");
}

}  // namespace
}  // namespace backplane::onnx
