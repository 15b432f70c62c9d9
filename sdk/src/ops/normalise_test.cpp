// What a model's nodes become.
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::draft_of;
using testing::expect_normalised;
using testing::floats_attribute;
using testing::normalised;

const Attribute kConsumed = ints_attribute("consumed_inputs", {0, 0});

TEST(Normalise, GivesTheVersionAtWhichTheDefinitionBegan) {
  expect_normalised({
      {draft_of("MatMul", {"a", "b"}), 17, {}, "MatMul-13(a, b) -> y"},
      {draft_of("MatMul", {"a", "b"}), 1, {}, "MatMul-13(a, b) -> y"},
      {draft_of("Add", {"a", "b"}), 7, {}, "Add-14(a, b) -> y"},
      {draft_of("MatMul", {"a", "b"}), 21, {}, "MatMul-13(a, b) -> y"},
      {draft_of("Relu", {"x"}, {kConsumed}), 1, {}, "Relu-14(x) -> y"},
      {draft_of("Not", {"x"}), 9, {}, "Not-1(x) -> y"},
  });
}

// proves BP-HOST-4
TEST(Normalise, FillsInDefaultsInTheOrderOfTheDefinition) {
  expect_normalised({
      {draft_of("Gemm", {"a", "b"}, {int_attribute("transB", 1)}),
       13,
       {},
       "Gemm-13(a, b) -> y {alpha=1, beta=1, transA=0, transB=1}"},
      {draft_of("Gather", {"a", "b"}), 13, {}, "Gather-13(a, b) -> y {axis=0}"},
      {draft_of("ReduceMean", {"x"}), 13, {}, "ReduceMean-13(x) -> y {keepdims=1}"},
      {draft_of("Transpose", {"x"}), 13, {"float32[2,3,4]"}, "Transpose-13(x) -> y {perm=[2,1,0]}"},
      {draft_of("Transpose", {"x"}), 13, {""}, "Transpose-13(x) -> y"},
      {draft_of("ConstantOfShape", {"s"}),
       9,
       {},
       "ConstantOfShape-9(s) -> y {value=float32[1]{0}}"},
      {draft_of("Selu", {"x"}), 6, {}, "Selu-6(x) -> y {alpha=1.6732632, gamma=1.050701}"},
      {draft_of("Selu", {"x"}), 1, {}, "Selu-6(x) -> y {alpha=1.6732, gamma=1.0507}"},
      {draft_of("LRN", {"x"}, {int_attribute("size", 3)}),
       13,
       {},
       "LRN-13(x) -> y {alpha=0.0001, beta=0.75, bias=1, size=3}"},
  });
}

// proves BP-HOST-4
TEST(Normalise, FillsInWindowsFromTheSpatialAxes) {
  const Attribute kernel = ints_attribute("kernel_shape", {2, 2});
  expect_normalised({
      {draft_of("Conv", {"x", "w"}),
       11,
       {"", "float32[8,3,3,5]"},
       "Conv-11(x, w) -> y {auto_pad=\"NOTSET\", dilations=[1,1], group=1, kernel_shape=[3,5], "
       "pads=[0,0,0,0], strides=[1,1]}"},
      {draft_of("Conv", {"x", "w"}, {string_attribute("auto_pad", "SAME_UPPER")}),
       1,
       {"", "float32[8,3,-1]"},
       "Conv-11(x, w) -> y {auto_pad=\"SAME_UPPER\", dilations=[1], group=1, pads=[0,0], "
       "strides=[1]}"},
      {draft_of("Conv", {"x", "w"}),
       11,
       {"", ""},
       "Conv-11(x, w) -> y {auto_pad=\"NOTSET\", group=1}"},
      {draft_of("MaxPool", {"x"}, {kernel}),
       1,
       {},
       "MaxPool-12(x) -> y {auto_pad=\"NOTSET\", ceil_mode=0, dilations=[1,1], kernel_shape=[2,2], "
       "pads=[0,0,0,0], storage_order=0, strides=[1,1]}"},
      {draft_of("AveragePool", {"x"}, {kernel, ints_attribute("pads", {1, 1, 1, 1})}),
       1,
       {},
       "AveragePool-11(x) -> y {auto_pad=\"NOTSET\", ceil_mode=0, count_include_pad=0, "
       "kernel_shape=[2,2], pads=[1,1,1,1], strides=[1,1]}"},
  });
}

TEST(Normalise, ConstantsSayTheirValueAsATensor) {
  const Attribute value = tensor_attribute("value", make_int64_constant({7}));
  expect_normalised({
      {draft_of("Constant", {}, {value}), 1, {}, "Constant-13() -> y {value=int64[1]{7}}"},
      {draft_of("Constant", {}, {float_attribute("value_float", 0.5f)}),
       12,
       {},
       "Constant-13() -> y {value=float32[]{0.5}}"},
      {draft_of("Constant", {}, {floats_attribute("value_floats", {1.0f, 2.0f})}),
       13,
       {},
       "Constant-13() -> y {value=float32[2]{1,2}}"},
      {draft_of("Constant", {}, {int_attribute("value_int", -3)}),
       13,
       {},
       "Constant-13() -> y {value=int64[]{-3}}"},
      {draft_of("Constant", {}, {ints_attribute("value_ints", {})}),
       13,
       {},
       "Constant-13() -> y {value=int64[0]{}}"},
      {draft_of("Constant", {}, {string_attribute("value_string", "a")}),
       13,
       {},
       "UNSUPPORTED string: Constant: attribute value_string"},
      {draft_of("Constant", {}, {value, int_attribute("value_int", 1)}),
       13,
       {},
       "INVALID_ARGUMENT Constant: 2 attributes say the value, wanted one"},
      {draft_of("Constant", {}),
       13,
       {},
       "INVALID_ARGUMENT Constant: 0 attributes say the value, wanted one"},
      {draft_of("Constant", {}), 9, {}, "INVALID_ARGUMENT Constant: attribute value is missing"},
  });
}

TEST(Normalise, OperatorsOutsideTheTableAreRefusedByName) {
  Draft foreign = draft_of("Gelu", {"x"});
  foreign.op.domain = "com.microsoft";
  Draft spelled = draft_of("Relu", {"x"});
  spelled.op.domain = "ai.onnx";
  expect_normalised({
      {draft_of("Frobnicate", {"x"}),
       17,
       {},
       "UNSUPPORTED no schema yet: Frobnicate: not an operator known here"},
      {foreign, 17, {}, "UNSUPPORTED no schema yet: Gelu: of domain com.microsoft"},
      {spelled, 17, {}, "Relu-14(x) -> y"},
      {draft_of("ReduceMean", {"x"}),
       18,
       {},
       "UNSUPPORTED no schema yet: ReduceMean: changed in opset 18, the model has opset 18"},
      {draft_of("Split", {"x"}),
       21,
       {},
       "UNSUPPORTED no schema yet: Split: changed in opset 18, the model has opset 21"},
      {draft_of("Relu", {"x"}),
       1000,
       {},
       "UNSUPPORTED no schema yet: Relu: opset 1000 is newer than 25"},
      {draft_of("Expand", {"x", "s"}),
       7,
       {},
       "INVALID_ARGUMENT Expand: begins with opset 8, the model has opset 7"},
      {draft_of("Relu", {"x"}),
       0,
       {},
       "INVALID_ARGUMENT Relu: begins with opset 1, the model has opset 0"},
  });
}

TEST(Normalise, TypesOfLaterDefinitionsAreNotCalledWrong) {
  expect_normalised({
      {draft_of("Conv", {"x", "w"}),
       22,
       {"bfloat16[1,1,4]", "bfloat16[1,1,2]"},
       "UNSUPPORTED no schema yet: Conv: input 0 (X) is bfloat16"},
      {draft_of("Conv", {"x", "w"}),
       21,
       {"bfloat16[1,1,4]", "bfloat16[1,1,2]"},
       "INVALID_ARGUMENT Conv: input 0 (X) is bfloat16, which the definition does not take"},
      {draft_of("Identity", {"x"}),
       19,
       {"float8e5m2[1]"},
       "UNSUPPORTED no schema yet: Identity: input 0 (input) is float8e5m2"},
  });
}

TEST(Normalise, NodesThatBreakTheirDefinitionAreNamed) {
  Attribute nameless_list = ints_attribute("axis", {1});
  expect_normalised({
      {draft_of("Concat", {"a", "b"}),
       13,
       {},
       "INVALID_ARGUMENT Concat: attribute axis is missing"},
      {draft_of("Concat", {"a"}, {nameless_list}),
       13,
       {},
       "INVALID_ARGUMENT Concat: attribute axis is integers, wanted an integer"},
      {draft_of("Concat", {"a", ""}, {int_attribute("axis", 0)}),
       13,
       {},
       "INVALID_ARGUMENT Concat: input 1 (inputs) must not be absent"},
      {draft_of("Gemm", {"a", "b"}), 9, {}, "INVALID_ARGUMENT Gemm: input C is missing"},
      {draft_of("Relu", {"x"}, {}, {"y", "z"}),
       13,
       {},
       "INVALID_ARGUMENT Relu: 2 outputs, at most 1 are possible"},
      {draft_of("Relu", {"x"}, {}, {}), 13, {}, "INVALID_ARGUMENT Relu: output Y is missing"},
      {draft_of("Add", {"a", "b"}, {int_attribute("broadcast", 1)}),
       7,
       {},
       "INVALID_ARGUMENT Add: there is no attribute broadcast in opset 7"},
      {draft_of("Gather", {"a", "b"}, {int_attribute("axis", 0), int_attribute("axis", 1)}),
       13,
       {},
       "INVALID_ARGUMENT Gather: attribute axis is given twice"},
      {draft_of("Squeeze", {"a", "b"}),
       11,
       {},
       "INVALID_ARGUMENT Squeeze: 2 inputs, at most 1 are possible"},
      {draft_of("Add", {"a", "b"}),
       13,
       {"float32[1]", "int64[1]"},
       "INVALID_ARGUMENT Add: inputs 0 (float32) and 1 (int64) must have one type"},
  });
}

TEST(Normalise, NamesThatAreTakenAreNotGivenAgain) {
  const Draft draft = draft_of("Squeeze", {"y#axes"}, {ints_attribute("axes", {0})});
  EXPECT_EQ(normalised(draft, 11, {"float32[1]"}),
            "Squeeze-13(y#axes, y#axes') -> y; y#axes' = int64[1]{0}");
}

TEST(Normalise, WhatIsNormalStaysAsItIs) {
  for (const std::string& op : known_operators()) {
    const Draft draft = draft_of(op, {"a", "b", "c", "d", "e"});
    const Result<Normalised> once = normalise(draft, 17, {});
    if (!once.ok()) continue;
    const Result<Normalised> twice = normalise(once->nodes.front(), 17, {});
    ASSERT_TRUE(twice.ok()) << twice.status().text();
    EXPECT_EQ(once->nodes.front().op.attributes.size(), twice->nodes.front().op.attributes.size());
    EXPECT_EQ(once->nodes.front().op.since, twice->nodes.front().op.since);
  }
}

}  // namespace
}  // namespace backplane::ops
