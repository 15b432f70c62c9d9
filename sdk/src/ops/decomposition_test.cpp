// What the mechanism promises to an operator's decomposition and to whoever runs the parts.
#include "ops/decomposition.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ops/function_body.hpp"
#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::inputs_from;
using testing::newest_version;
using testing::type_from;

std::string text_of(const Parts& parts) {
  std::vector<std::string> texts;
  for (const Draft& draft : parts.nodes)
    texts.push_back(fmt::format("{}({}) -> {}", draft.op.op, fmt::join(draft.inputs, ", "),
                                fmt::join(draft.outputs, ", ")));
  for (const auto& [name, value] : parts.constants)
    texts.push_back(name + " = " + testing::text(*value));
  return fmt::format("{}", fmt::join(texts, "; "));
}

struct Described {
  Described(const std::string& name, const std::vector<std::string>& input_texts,
            const std::vector<std::string>& output_texts)
      : inputs(inputs_from(input_texts)) {
    op.op = name;
    op.since = newest_version(name);
    for (const std::string& each : output_texts) outputs.push_back(type_from(each));
    abi = std::make_unique<AbiNode>(op, inputs.types, outputs, inputs.constants);
  }
  const bp_node_t& node() const { return abi->node(); }

  Operator op;
  testing::Inputs inputs;
  std::vector<bp_tensor_type_t> outputs;
  std::unique_ptr<AbiNode> abi;
};

std::string decomposed(const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  const Described described(op, inputs, outputs);
  const Result<std::optional<Parts>> parts = decompose(described.node());
  if (!parts.ok()) return parts.status().text();
  return parts->has_value() ? text_of(**parts) : "none";
}

Operator make_operator(const char* op, uint32_t since, const char* domain = "") {
  Operator result;
  result.domain = domain;
  result.op = op;
  result.since = since;
  return result;
}

TEST(Decomposition, AxesOfOneComeAndGoByReshape) {
  const std::string by_shape = "Reshape(in0, constant0) -> out0; constant0 = ";
  EXPECT_EQ(decomposed("Squeeze", {"float32[2,1,3]"}, {"float32[2,3]"}),
            by_shape + "int64[2]{2,3}");
  EXPECT_EQ(decomposed("Unsqueeze", {"int8[2]", "=0,2"}, {"int8[1,2,1]"}),
            by_shape + "int64[3]{1,2,1}");
  EXPECT_EQ(decomposed("Identity", {"bool[]"}, {"bool[]"}), by_shape + "int64[0]{}");
}

TEST(Decomposition, ReshapeTakesSizesAsTheyStand) {
  const Described described("Identity", {"float32[0,3]"}, {"float32[0,3]"});
  const Result<std::optional<Parts>> parts = decompose(described.node());
  ASSERT_TRUE(parts.ok() && parts->has_value());
  const Attribute* allows_zero = (*parts)->nodes.front().op.attribute("allowzero");
  ASSERT_NE(allows_zero, nullptr);
  EXPECT_EQ(allows_zero->ints, std::vector<int64_t>{1});
}

TEST(Decomposition, ScalarsHaveTheTypeOfTheFirstInput) {
  EXPECT_EQ(decomposed("Reciprocal", {"float32[2]"}, {"float32[2]"}),
            "Div(constant0, in0) -> out0; constant0 = float32[]{1}");
  const Described described("Reciprocal", {"float64[2]"}, {"float64[2]"});
  Decomposition parts(described.node(), *find_definition("Reciprocal"));
  parts.scalar(0.1);
  const ConstantPtr value = std::move(parts).take().constants.front().second;
  EXPECT_EQ(*static_cast<const double*>(value->bytes()), 0.1);
}

TEST(Decomposition, OnlySomeOperatorsHaveOne) {
  EXPECT_EQ(decomposed("Relu", {"float32[2]"}, {"float32[2]"}), "none");
  EXPECT_FALSE(has_decomposition(make_operator("Relu", 14)));
  EXPECT_TRUE(has_decomposition(make_operator("Identity", 16)));
  EXPECT_FALSE(has_decomposition(make_operator("Squeeze", 11))) << "its axes are an attribute";
  EXPECT_FALSE(has_decomposition(make_operator("Identity", 16, "acme")));
}

TEST(Decomposition, AnOutputTakesItsNameOnceAndLaterThroughReshape) {
  const Described described("Dropout", {"float32[2]"}, {"float32[2]", "bool[2]"});
  Decomposition parts(described.node(), *find_definition("Dropout"));
  const std::string value = parts.add("Relu", {parts.input(0)});
  const std::string used_again = parts.add("Sqrt", {value});
  parts.give(0, value);
  parts.give(1, "out0");
  EXPECT_EQ(used_again, "part1");
  EXPECT_EQ(text_of(std::move(parts).take()),
            "Relu(in0) -> out0; Sqrt(out0) -> part1; Reshape(out0, constant0) -> out1; "
            "constant0 = int64[1]{2}");
}

TEST(Decomposition, WhatIsAbsentOrNotWantedIsLeftOut) {
  const Described described("Dropout", {"float32[2]", ""}, {"", "bool[2]"});
  Decomposition parts(described.node(), *find_definition("Dropout"));
  EXPECT_EQ(parts.input(1), "");
  EXPECT_EQ(parts.output_type(0).dtype, 0u);
  EXPECT_EQ(parts.output_type(7).dtype, 0u);
  parts.give(0, parts.input(0));
  EXPECT_EQ(text_of(std::move(parts).take()), "");
}

TEST(Decomposition, ARefusalNamesTheOperator) {
  const Described described("Identity", {"float32[2]"}, {"float32[2]"});
  const Decomposition parts(described.node(), *find_definition("Identity"));
  const Status refused = parts.refuse("the axes are not known");
  EXPECT_EQ(refused.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(refused.text(), "Identity has no decomposition here: the axes are not known");
}

bool has_bodies() { return function_bodies()->op != nullptr; }

TEST(FunctionBody, IsSaidInTheNamesOfTheParts) {
  if (!has_bodies()) GTEST_SKIP() << "built without libonnx";
  EXPECT_EQ(decomposed("GreaterOrEqual", {"float16[2]", "float16[]"}, {"bool[2]"}),
            "Greater(in0, in1) -> part0; Equal(in0, in1) -> part1; Or(part0, part1) -> out0");
  EXPECT_EQ(decomposed("Softmax", {"float32[2,3]"}, {"float32[2,3]"}),
            "ReduceMax(in0) -> part0; Sub(in0, part0) -> part1; Exp(part1) -> part2; "
            "ReduceSum(part2, constant0) -> part3; Div(part2, part3) -> out0; "
            "constant0 = int64[1]{-1}");
}

TEST(FunctionBody, LeavesOutWhatNobodyWants) {
  if (!has_bodies()) GTEST_SKIP() << "built without libonnx";
  const std::string text =
      decomposed("DynamicQuantizeLinear", {"float32[4]"}, {"", "float32[]", ""});
  EXPECT_EQ(text.find("QuantizeLinear"), std::string::npos) << text;
  EXPECT_NE(text.find("-> out1"), std::string::npos) << text;
}

TEST(FunctionBody, HasTheAttributesThatTheWholeHas) {
  if (!has_bodies()) GTEST_SKIP() << "built without libonnx";
  Described described("SoftmaxCrossEntropyLoss", {"float32[2,3]", "int64[2]"}, {"float32[]"});
  for (const bool ignores : {false, true}) {
    described.op.attributes = {string_attribute("reduction", "sum")};
    const int64_t ignored = (int64_t{1} << 60) + 1;
    if (ignores) described.op.attributes.push_back(int_attribute("ignore_index", ignored));
    const AbiNode node(described.op, described.inputs.types, described.outputs, {});
    const Result<std::optional<Parts>> parts = decompose(node.node());
    ASSERT_TRUE(parts.ok() && parts->has_value());
    const Operator& loss = (*parts)->nodes.back().op;
    EXPECT_EQ(loss.op, "NegativeLogLikelihoodLoss");
    EXPECT_EQ(loss.attribute("reduction")->strings.front(), "sum");
    ASSERT_EQ(loss.attribute("ignore_index") != nullptr, ignores);
    if (ignores) {
      EXPECT_EQ(loss.attribute("ignore_index")->ints.front(), ignored);
    }
  }
}

TEST(FunctionBody, IsRefusedWhereItsArithmeticIsCoarserOrOfNothing) {
  if (!has_bodies()) GTEST_SKIP() << "built without libonnx";
  const std::string begin = "Softmax has no decomposition here: ";
  EXPECT_EQ(decomposed("Softmax", {"float16[2]"}, {"float16[2]"}), begin + "not of float16");
  EXPECT_EQ(decomposed("Softmax", {"float32[0]"}, {"float32[0]"}),
            begin + "not of a tensor without elements");
}

TEST(FunctionBody, IsTakenWhereItsPartsStillMeanTheSame) {
  const auto is_taken = [](const char* op, uint32_t opset) {
    const BodyNode nodes[] = {{"Constant", {}, "zero"}, {op, {"in"}, "out"}};
    FunctionBody body = {"Softmax", 13, opset};
    body.nodes = nodes;
    body.node_count = 2;
    return is_current(definitions(), body);
  };
  EXPECT_TRUE(is_taken("ReduceSum", 13));
  EXPECT_FALSE(is_taken("ReduceSum", 12)) << "its axes were an attribute";
  EXPECT_TRUE(is_taken("ReduceMax", 11));
  EXPECT_FALSE(is_taken("LayerNormalization", 16)) << "it begins with 17";
  EXPECT_FALSE(is_taken("Upsample", 9)) << "it is Resize now";
  EXPECT_FALSE(is_taken("NoSuchOperator", 17));
}

// What the build wrote is what the host takes, and one by hand comes first.
TEST(FunctionBody, IsTakenOfEveryOperatorInTheTable) {
  for (const FunctionBody* body = function_bodies(); body->op != nullptr; ++body)
    EXPECT_TRUE(has_decomposition(make_operator(body->op, body->since))) << body->op;
  EXPECT_EQ(decomposed("HardSwish", {"float32[]"}, {"float32[]"}).find("HardSigmoid"),
            std::string::npos);
  EXPECT_EQ(decomposed("Range", {"int64[]", "int64[]", "int64[]"}, {"int64[3]"}), "none");
}

}  // namespace
}  // namespace backplane::ops
