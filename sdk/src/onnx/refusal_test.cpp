// Every way in which a model is not read, with its text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "onnx/model_builder.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Refusal, BytesThatAreNoModelAreCorrupt) {
  EXPECT_EQ(read_model("", 0, {}).status().text(), "no ONNX model: it is empty");
  const std::string text = "this is no model at all";
  EXPECT_EQ(read_model(text.data(), text.size(), {}).status().code(), BP_STATUS_CORRUPT);
  EXPECT_EQ(read_model(nullptr, 3ULL << 30, {}).status().text(),
            "no ONNX model: 3221225472 bytes, and the format ends at 2 GiB; larger weights go into "
            "files of their own");
  EXPECT_EQ(read_model_file("/nowhere/m.onnx").status().text(),
            "\"/nowhere/m.onnx\": cannot be opened: No such file or directory");
}

TEST(Refusal, BytesBehindTheModelAreCorrupt) {
  std::string bytes = ModelBuilder::relu().proto.SerializeAsString();
  ASSERT_TRUE(read_model(bytes.data(), bytes.size(), {}).ok());
  bytes += '\x0c';  // the end of a group that never began
  EXPECT_EQ(read_model(bytes.data(), bytes.size(), {}).status().code(), BP_STATUS_CORRUPT);
}

TEST(Refusal, WithoutVersionsOrGraphAModelIsCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.proto.clear_ir_version();
  EXPECT_EQ(model.failure(), "CORRUPT: the model has no IR version");
  model = ModelBuilder::relu();
  model.proto.clear_opset_import();
  EXPECT_EQ(model.failure(), "CORRUPT: the model imports no operators");
  model = ModelBuilder::relu();
  model.proto.mutable_opset_import(0)->set_version(0);
  EXPECT_EQ(model.failure(), "CORRUPT: the model imports version 0 of ai.onnx");
  model = ModelBuilder::relu();
  model.proto.add_opset_import()->set_version(9);
  EXPECT_EQ(model.failure(), "CORRUPT: the model imports versions 17 and 9 of ai.onnx");
  model = ModelBuilder::relu();
  model.proto.mutable_opset_import(0)->set_domain("com.acme");
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"r\": Relu is of ai.onnx, and the model imports no version of that");
  model.proto.clear_graph();
  EXPECT_EQ(model.failure(), "CORRUPT: the model has no graph");
}

TEST(Refusal, NewerFormatsFunctionsAndForeignDomainsAreUnsupported) {
  ModelBuilder model = ModelBuilder::relu();
  model.proto.set_ir_version(1000);
  EXPECT_EQ(model.failure(), "UNSUPPORTED: no schema yet: IR version 1000, at most 13 is known");
  model = ModelBuilder::relu();
  model.proto.add_functions()->set_name("Gelu");
  EXPECT_EQ(model.failure(),
            "UNSUPPORTED: no schema yet: the model defines functions of its own, eg \"Gelu\"");
  model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_domain("com.acme");
  EXPECT_EQ(model.failure(), "UNSUPPORTED: no schema yet: com.acme.Relu");
  model = ModelBuilder::relu();
  model.graph().add_sparse_initializer();
  EXPECT_EQ(model.failure(), "UNSUPPORTED: no schema yet: the model has sparse initializers");
}

TEST(Refusal, UnknownOperatorsAreNamedAllAtOnce) {
  ModelBuilder model = ModelBuilder::relu();
  model.node("Zap", {"y"}, {"z"});
  model.node("Frob", {"z"}, {"f"});
  EXPECT_EQ(model.failure(), "UNSUPPORTED: no schema yet: Frob in opset 17, Zap in opset 17");
  for (int count = 0; count < 20; ++count) model.node("Op" + std::to_string(count), {}, {});
  EXPECT_THAT(model.failure(), HasSubstr(" and 14 more"));
}

TEST(Refusal, ANodeWithoutAnOperatorIsCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.graph().mutable_node(0)->clear_op_type();
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": it has no operator");
}

TEST(Refusal, ValuesThatNobodyMakesAreCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_input(0, "ghost");
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": Relu reads \"ghost\", which nobody makes");
  model.node("Relu", {"x"}, {"ghost"});
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": Relu reads \"ghost\", which a later node makes");
  model = ModelBuilder::relu();
  model.output("ghost");
  EXPECT_EQ(model.failure(), "CORRUPT: output \"ghost\" is made by nobody");
  model = ModelBuilder::relu();
  model.graph().clear_output();
  EXPECT_EQ(model.failure(), "CORRUPT: the graph has no output");
}

TEST(Refusal, ANodeThatReadsItsOwnOutputIsCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_input(0, "y");
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": Relu reads \"y\", which a later node makes");
}

TEST(Refusal, NamesThereTwiceAreCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(model.failure(), "CORRUPT: node 1: Relu makes \"y\", which is there already");
  model = ModelBuilder::relu();
  model.node("MaxPool", {"x"}, {"a", "a"});
  EXPECT_EQ(model.failure(), "CORRUPT: node 1: MaxPool makes \"a\", which is there already");
  model = ModelBuilder::relu();
  model.input("x", {2, 3});
  EXPECT_EQ(model.failure(), "CORRUPT: input \"x\" is there twice");
  model = ModelBuilder::relu();
  model.output("y");
  EXPECT_EQ(model.failure(), "CORRUPT: output \"y\" is there twice");
  model = ModelBuilder::relu();
  model.floats("w", {}, {1});
  model.floats("w", {}, {1});
  EXPECT_EQ(model.failure(), "CORRUPT: initializer \"w\" is there twice");
  model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_output(0, "x");
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": Relu makes \"x\", which is there already");
}

TEST(Refusal, NamelessThingsAreCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.input("", {2, 3});
  EXPECT_EQ(model.failure(), "CORRUPT: an input of the graph has no name");
  model = ModelBuilder::relu();
  model.output("");
  EXPECT_EQ(model.failure(), "CORRUPT: an output of the graph has no name");
  model = ModelBuilder::relu();
  model.floats("", {}, {1});
  EXPECT_EQ(model.failure(), "CORRUPT: an initializer has no name");
}

TEST(Refusal, NamesThatCannotBeShownAreCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_name("a\xff");
  EXPECT_EQ(model.failure(), "CORRUPT: node \"a\\xff\": node \"a\\xff\" is not UTF-8");
  model = ModelBuilder::relu();
  model.graph().mutable_node(0)->set_output(0, std::string("y\0z", 3));
  EXPECT_EQ(model.failure(), "CORRUPT: node \"r\": output \"y\\x00z\" holds a NUL");
  model = ModelBuilder::relu();
  model.input("\x80", {1});
  EXPECT_EQ(model.failure(), "CORRUPT: input \"\\x80\" is not UTF-8");
  model = ModelBuilder::relu();
  model.floats("\x80", {}, {1});
  EXPECT_EQ(model.failure(), "CORRUPT: initializer \"\\x80\" is not UTF-8");
}

TEST(Refusal, DeclarationsAtOddsWithTheOperatorsAreCorrupt) {
  ModelBuilder model = ModelBuilder::relu();
  model.value("y", {2, 4});
  EXPECT_EQ(model.failure(), "CORRUPT: value \"y\" is declared both float32[2,3] and float32[2,4]");
  model = ModelBuilder::relu();
  model.graph().clear_output();
  model.output("y", {2, 4});
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"r\": \"y\" is declared float32[2,4], and the operator gives "
            "float32[2,3]");
  model.graph().clear_output();
  model.output("y", {2, 3}, format::TensorProto::DOUBLE);
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"r\": \"y\" is declared float64[2,3], and the operator gives "
            "float32[2,3]");
  model = ModelBuilder::relu();
  model.input("w", {4});
  model.floats("w", {3}, {1, 2, 3});
  EXPECT_EQ(model.failure(),
            "CORRUPT: \"w\" is declared float32[4], and its initializer gives float32[3]");
}

TEST(Refusal, ABrokenDefinitionIsAnInvalidArgumentThatNamesTheNode) {
  ModelBuilder model;
  model.input("a", {2, 3});
  model.input("b", {4, 5});
  model.node("MatMul", {"a", "b"}, {"y"}, "fc");
  model.output("y");
  EXPECT_THAT(model.failure(), AllOf(StartsWith("INVALID_ARGUMENT: node \"fc\": MatMul"),
                                     HasSubstr("3"), HasSubstr("4")));
  model = ModelBuilder::relu();
  model.graph().mutable_node(0)->add_input("x");
  EXPECT_THAT(model.failure(), StartsWith("INVALID_ARGUMENT: node \"r\": Relu"));
}

TEST(Refusal, InputsThatAreNoTensorsAreUnsupported) {
  const auto with = [](void (*change)(format::TypeProto*)) {
    ModelBuilder model = ModelBuilder::relu();
    auto* input = model.graph().add_input();
    input->set_name("s");
    change(input->mutable_type());
    return model.failure();
  };
  EXPECT_EQ(with([](format::TypeProto* type) { type->mutable_sequence_type(); }),
            "UNSUPPORTED: sequence: a sequence (input \"s\")");
  EXPECT_EQ(with([](format::TypeProto* type) { type->mutable_optional_type(); }),
            "UNSUPPORTED: sequence: an optional (input \"s\")");
  EXPECT_EQ(with([](format::TypeProto* type) { type->mutable_map_type(); }),
            "UNSUPPORTED: sequence: a map (input \"s\")");
  EXPECT_EQ(with([](format::TypeProto* type) { type->mutable_sparse_tensor_type(); }),
            "UNSUPPORTED: no schema yet: a sparse tensor (input \"s\")");
  EXPECT_EQ(with([](format::TypeProto* type) {
              type->mutable_tensor_type()->set_elem_type(format::TensorProto::STRING);
            }),
            "UNSUPPORTED: string: a tensor of strings (input \"s\")");
  EXPECT_EQ(with([](format::TypeProto*) {}), "CORRUPT: input \"s\" has no element type");
  EXPECT_EQ(with([](format::TypeProto* type) { type->mutable_tensor_type()->set_elem_type(1); }),
            "UNSUPPORTED: unknown size: input \"s\" has no shape, not even a rank");
}

TEST(Refusal, DimensionsThatCannotBeAreRefused) {
  ModelBuilder model = ModelBuilder::relu();
  model.input("n", {2, -1});
  EXPECT_EQ(model.failure(), "CORRUPT: input \"n\": a dimension of size -1");
  model = ModelBuilder::relu();
  model.input("n", std::vector<int64_t>(9, 1));
  EXPECT_EQ(model.failure(),
            "UNSUPPORTED: no schema yet: rank 9, at most 8 is possible (input \"n\")");
  model = ModelBuilder::relu();
  auto& shape = *model.input("n", {}).mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.add_dim()->set_dim_param("\xff");
  EXPECT_EQ(model.failure(), "CORRUPT: input \"n\": dimension \"\\xff\" is not UTF-8");
}

TEST(Refusal, AnUnknownShapeThatTheModelDoesNotDeclareIsUnsupported) {
  ModelBuilder model;
  model.input("x", {2, 6});
  auto& shape = *model.input("shape", {}, kInt64).mutable_type()->mutable_tensor_type();
  shape.mutable_shape()->add_dim();
  model.node("Reshape", {"x", "shape"}, {"y"}, "r");
  model.output("y");
  EXPECT_THAT(model.failure(), AllOf(StartsWith("UNSUPPORTED: unknown size: "),
                                     HasSubstr(", and \"y\" is declared nothing (node \"r\")")));
}

TEST(Refusal, ABadInitializerIsNamed) {
  ModelBuilder model = ModelBuilder::relu();
  model.floats("w", {1LL << 62}, {});
  EXPECT_THAT(model.failure(), StartsWith("CORRUPT: initializer \"w\": float32[46116860184273879"));
}

// A body in a body in a body ...: the parser stops before the stack does.
TEST(Refusal, BodiesNestedTooDeepAreCorrupt) {
  format::GraphProto body;
  for (int depth = 0; depth < 1000; ++depth) {
    format::GraphProto outer;
    format::AttributeProto& attribute = *outer.add_node()->add_attribute();
    attribute.mutable_g()->Swap(&body);
    body.Swap(&outer);
  }
  ModelBuilder model;
  model.graph().Swap(&body);
  EXPECT_THAT(model.failure(), StartsWith("CORRUPT: no ONNX model: "));
  const std::string bytes = model.proto.SerializeAsString();
  EXPECT_EQ(summarise(bytes.data(), bytes.size()).status().code(), BP_STATUS_CORRUPT);
}

}  // namespace
}  // namespace backplane::onnx
