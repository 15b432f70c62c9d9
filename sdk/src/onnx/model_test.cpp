// What a model becomes: values, types, constants, and normal forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/verify.hpp"
#include "onnx/model_builder.hpp"

namespace backplane::onnx {
namespace {

using graph::Graph;
using graph::Value;
using testing::ElementsAre;
using testing::IsEmpty;

Graph must_read(const ModelBuilder& model) {
  Result<Graph> graph = model.read();
  EXPECT_TRUE(graph.ok()) << graph.status().text();
  return graph.ok() ? graph.take() : Graph();
}

const Value& value_of(const Graph& graph, const std::string& name) {
  static const Value nobody;
  const graph::ValueId id = graph.find(name);
  EXPECT_NE(id, BP_NONE) << name;
  return id == BP_NONE ? nobody : graph.value(id);
}

std::string type_of(const Graph& graph, const std::string& name) {
  return to_text(value_of(graph, name).type);
}

std::vector<int64_t> integers(const Graph& graph, const std::string& name) {
  const Value& value = value_of(graph, name);
  if (value.constant == nullptr) return {-99};
  Result<std::vector<int64_t>> values = ops::integers_of(value.constant->view());
  return values.ok() ? values.take() : std::vector<int64_t>{-98};
}

TEST(Model, BecomesAGraphOfTheSameValues) {
  const Graph graph = must_read(ModelBuilder::relu());
  ASSERT_EQ(graph.nodes().size(), 1u);
  EXPECT_EQ(graph.node(0).op.op, "Relu");
  EXPECT_EQ(graph.node(0).op.name, "r");
  EXPECT_EQ(graph.node(0).op.since, 14u);
  EXPECT_EQ(graph.node(0).op.domain, "");
  EXPECT_THAT(graph.inputs(), ElementsAre(graph.find("x")));
  EXPECT_THAT(graph.outputs(), ElementsAre(graph.find("y")));
  EXPECT_EQ(graph.output_name(0), "y");
  EXPECT_EQ(type_of(graph, "y"), "float32[2,3]");
  EXPECT_THAT(graph::violations(graph), IsEmpty());
}

TEST(Model, TypesAreInferredWhereTheModelSaysNothing) {
  ModelBuilder model;
  model.input("x", {2, 3});
  model.floats("w", {3, 4}, std::vector<float>(12, 1));
  model.node("MatMul", {"x", "w"}, {"h"});
  model.node("Relu", {"h"}, {"y"});
  model.output("y");
  const Graph graph = must_read(model);
  EXPECT_EQ(type_of(graph, "h"), "float32[2,4]");
  EXPECT_EQ(type_of(graph, "y"), "float32[2,4]");
  EXPECT_FALSE(value_of(graph, "h").is_declared);
}

TEST(Model, TheSameDimensionNameIsTheSameUnknownSize) {
  ModelBuilder model;
  for (const char* name : {"a", "b", "c"}) {
    auto& shape = *model.input(name, {}).mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.add_dim()->set_dim_param(name[0] == 'c' ? "length" : "batch");
    shape.add_dim();
  }
  model.node("Relu", {"a"}, {"y"});
  model.output("y");
  const Graph graph = must_read(model);
  const auto size = [&](const char* name, int axis) {
    return value_of(graph, name).type.shape[axis];
  };
  EXPECT_LT(size("a", 0), -1);
  EXPECT_EQ(size("a", 0), size("b", 0));
  EXPECT_NE(size("a", 0), size("c", 0));
  EXPECT_EQ(size("a", 1), -1);
  EXPECT_EQ(size("y", 0), size("a", 0)) << "Relu keeps the batch";
  EXPECT_EQ(graph.dimension_names().at("batch"), size("a", 0));
}

TEST(Model, AnInitializerWinsOverAnInputOfItsName) {
  ModelBuilder model;
  model.input("x", {3});
  model.input("w", {}).mutable_type()->mutable_tensor_type()->clear_shape();
  model.floats("w", {3}, {1, 2, 3});
  model.node("Add", {"x", "w"}, {"y"});
  model.output("y");
  const Graph graph = must_read(model);
  EXPECT_THAT(graph.inputs(), ElementsAre(graph.find("x")));
  ASSERT_NE(value_of(graph, "w").constant, nullptr);
  EXPECT_FALSE(value_of(graph, "w").is_input);
}

TEST(Model, AConstantNodeStaysANodeAndItsValueIsKnown) {
  ModelBuilder model;
  model.input("x", {2, 6});
  auto& constant = model.node("Constant", {}, {"shape"});
  format::TensorProto& tensor =
      *add_attribute(constant, "value", format::AttributeProto::TENSOR).mutable_t();
  tensor.set_data_type(kInt64);
  tensor.add_dims(2);
  tensor.add_int64_data(3);
  tensor.add_int64_data(-1);
  model.node("Reshape", {"x", "shape"}, {"y"});
  model.output("y");
  const Graph graph = must_read(model);
  EXPECT_EQ(graph.nodes().size(), 2u);
  EXPECT_EQ(integers(graph, "shape"), (std::vector<int64_t>{3, -1}));
  EXPECT_EQ(type_of(graph, "y"), "float32[3,4]");
}

TEST(Model, AShapeNodesValueIsKnownWhenItsInputsSizesAre) {
  ModelBuilder model;
  model.input("x", {2, 6});
  model.input("z", {12});
  model.node("Shape", {"x"}, {"s"});
  model.node("Reshape", {"z", "s"}, {"y"});
  model.output("y");
  const Graph graph = must_read(model);
  EXPECT_EQ(integers(graph, "s"), (std::vector<int64_t>{2, 6}));
  EXPECT_EQ(type_of(graph, "y"), "float32[2,6]");
}

// The length of `shape` is the rank of y, so without a known length nothing can be inferred.
ModelBuilder reshaped_by_input(bool length_is_known) {
  ModelBuilder model;
  model.input("x", {2, 6});
  format::ValueInfoProto& shape = model.input("shape", {2}, kInt64);
  if (!length_is_known)
    shape.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->Clear();
  model.node("Reshape", {"x", "shape"}, {"y"});
  model.node("Relu", {"y"}, {"z"});
  model.value("y", {4, 3});
  model.output("z");
  return model;
}

TEST(Model, ARankThatHangsOnAnInputsValueIsTheModelsOwnWord) {
  const Graph graph = must_read(reshaped_by_input(false));
  EXPECT_EQ(type_of(graph, "y"), "float32[4,3]");
  EXPECT_TRUE(value_of(graph, "y").is_declared);
  EXPECT_EQ(type_of(graph, "z"), "float32[4,3]");
  EXPECT_FALSE(value_of(graph, "z").is_declared);
}

// The sizes are learnt when the value is: what the model says of them is held against nothing yet,
// and a kernel that believed it could write past its output.
TEST(Model, SizesThatHangOnAnInputsValueStayUnknown) {
  const Graph graph = must_read(reshaped_by_input(true));
  EXPECT_EQ(type_of(graph, "y"), "float32[?,?]");
  EXPECT_FALSE(value_of(graph, "y").is_declared);
}

TEST(Model, AbsentInputsAndOutputsAreNoValues) {
  ModelBuilder model;
  model.input("x", {3});
  model.floats("most", {}, {6});
  model.node("Clip", {"x", "", "most"}, {"y"});
  model.node("MaxPool", {"p"}, {"q", ""});
  model.input("p", {1, 1, 4});
  auto& kernel =
      add_attribute(*model.graph().mutable_node(1), "kernel_shape", format::AttributeProto::INTS);
  kernel.add_ints(2);
  model.output("y");
  model.output("q");
  const Graph graph = must_read(model);
  EXPECT_EQ(graph.node(0).inputs[1], BP_NONE);
  EXPECT_EQ(type_of(graph, "q"), "float32[1,1,3]");
  for (const Value& value : graph.values()) EXPECT_NE(value.name, "");
}

// Squeeze before opset 13 had its axes as an attribute; the normal form has them as a constant,
// whose name the model must not have either, even where it comes later.
TEST(Model, NamesOfNewConstantsAreNobodyElses) {
  const auto squeeze = [](const std::string& other) {
    ModelBuilder model;
    model.proto.mutable_opset_import(0)->set_version(11);
    model.input("x", {1, 3});
    auto& node = model.node("Squeeze", {"x"}, {"y"});
    add_attribute(node, "axes", format::AttributeProto::INTS).add_ints(0);
    model.node("Relu", {"y"}, {other});
    model.node("Relu", {other}, {"last"});
    model.output("last");
    return model;
  };
  const Graph first = must_read(squeeze("z"));
  ASSERT_EQ(first.nodes().size(), 3u);
  ASSERT_EQ(first.node(0).inputs.size(), 2u);
  const std::string new_name = first.value(first.node(0).inputs[1]).name;
  const Graph second = must_read(squeeze(new_name));
  ASSERT_EQ(second.nodes().size(), 3u);
  EXPECT_EQ(integers(second, second.value(second.node(0).inputs[1]).name),
            (std::vector<int64_t>{0}));
  EXPECT_EQ(type_of(second, new_name), "float32[3]") << "the model's own value kept its name";
}

TEST(Model, AnOutputMayBeAnInputOrAnInitializer) {
  ModelBuilder model;
  model.input("x", {3});
  model.floats("w", {2}, {1, 2});
  model.output("x");
  model.output("w");
  const Graph graph = must_read(model);
  EXPECT_TRUE(value_of(graph, "x").is_input && value_of(graph, "x").is_output);
  EXPECT_TRUE(value_of(graph, "w").is_output);
}

TEST(Model, AHugeInputThatIsOnlyDeclaredIsFine) {
  ModelBuilder model;
  model.input("x", {1LL << 40});
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  EXPECT_EQ(model.failure(), "OK");
}

TEST(Model, OldFilesWithoutImportsAreOfOpsetOne) {
  ModelBuilder model = ModelBuilder::relu();
  model.proto.clear_opset_import();
  model.proto.set_ir_version(2);
  EXPECT_EQ(model.failure(), "OK");
}

TEST(Model, AnImportThatNoNodeUsesIsFine) {
  ModelBuilder model = ModelBuilder::relu();
  auto* import = model.proto.add_opset_import();
  import->set_domain("com.acme");
  import->set_version(1);
  model.proto.add_opset_import()->set_version(17);
  EXPECT_EQ(model.failure(), "OK");
}

TEST(Model, AZeroThatTheWriterLeftOutIsRead) {
  ModelBuilder model;
  model.input("x", {3, 4});
  auto& node = model.node("Flatten", {"x"}, {"y"});
  add_attribute(node, "axis", format::AttributeProto::INT);  // no i: it is 0
  model.output("y");
  EXPECT_EQ(type_of(must_read(model), "y"), "float32[1,12]");
}

}  // namespace
}  // namespace backplane::onnx
