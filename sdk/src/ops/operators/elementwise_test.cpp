// unary.cpp, binary.cpp, variadic.cpp, clip.cpp, cast.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

TEST(Unary, KeepsTheTypeOfItsInput) {
  expect_inferred({
      {"Relu", {"float32[2,-3,0]"}, {}, "float32[2,-3,0]"},
      {"Relu", {"int32[]"}, {}, "int32[]"},
      {"Identity", {"bool[4]"}, {}, "bool[4]"},
      {"Sqrt", {"bfloat16[1,2,3,4,5,6,7,8]"}, {}, "bfloat16[1,2,3,4,5,6,7,8]"},
      {"LeakyRelu", {"float16[3]"}, {float_attribute("alpha", 0.3f)}, "float16[3]"},
      {"IsNaN", {"float16[3]"}, {}, "bool[3]"},
  });
}

TEST(Unary, RefusesTypesAndArityOutsideItsDefinition) {
  expect_inferred({
      {"Relu",
       {"uint8[2]"},
       {},
       "INVALID_ARGUMENT Relu: input 0 (X) is uint8, which the definition does not take"},
      {"Relu", {}, {}, "INVALID_ARGUMENT Relu: input X is missing"},
      {"Relu", {""}, {}, "INVALID_ARGUMENT Relu: input 0 (X) must not be absent"},
      {"Relu",
       {"float32[]", "float32[]"},
       {},
       "INVALID_ARGUMENT Relu: 2 inputs, at most 1 are possible"},
      {"Relu",
       {"float32[]"},
       {int_attribute("axis", 1)},
       "INVALID_ARGUMENT Relu: there is no attribute axis in opset 14"},
      {"Relu", {"float32[]"}, {}, "INVALID_ARGUMENT Relu: 2 outputs, at most 1 are possible", 2},
      {"Not",
       {"float32[]"},
       {},
       "INVALID_ARGUMENT Not: input 0 (X) is float32, which the definition does not take"},
      {"Neg", {"int4[2]"}, {}, "UNSUPPORTED no schema yet: Neg: input 0 (X) is int4"},
      {"Elu",
       {"float32[]"},
       {int_attribute("alpha", 1)},
       "INVALID_ARGUMENT Elu: attribute alpha is an integer, wanted a float"},
      {"IsInf",
       {"float32[]"},
       {int_attribute("detect_negative", 2)},
       "INVALID_ARGUMENT IsInf: attribute detect_negative is 2, wanted 0 or 1"},
  });
}

TEST(Binary, BroadcastsBothWays) {
  expect_inferred({
      {"Add", {"float32[2,3]", "float32[3]"}, {}, "float32[2,3]"},
      {"Sub", {"int8[]", "int8[2,1]"}, {}, "int8[2,1]"},
      {"Mul", {"float32[-2,3]", "float32[-2,1]"}, {}, "float32[-2,3]"},
      {"Div", {"float32[-2]", "float32[-3]"}, {}, "float32[-1]"},
      {"Add",
       {"float32[2,3]", "float32[2]"},
       {},
       "INVALID_ARGUMENT Add: shapes [2,3] and [2] do not broadcast: sizes 3 and 2"},
      {"Add",
       {"float32[]", "int64[]"},
       {},
       "INVALID_ARGUMENT Add: inputs 0 (float32) and 1 (int64) must have one type"},
  });
}

TEST(Binary, PowHasTheTypeOfItsBase) {
  expect_inferred({
      {"Pow", {"float32[3]", "int64[]"}, {}, "float32[3]"},
      {"Pow", {"int32[3]", "float32[2,1]"}, {}, "int32[2,3]"},
      {"Pow",
       {"uint8[3]", "float32[]"},
       {},
       "INVALID_ARGUMENT Pow: input 0 (X) is uint8, which the definition does not take"},
  });
}

TEST(Binary, QuestionsAreAnsweredWithBool) {
  expect_inferred({
      {"Equal", {"int64[2,1]", "int64[3]"}, {}, "bool[2,3]"},
      {"LessOrEqual", {"float16[]", "float16[]"}, {}, "bool[]"},
      {"Xor", {"bool[2]", "bool[2]"}, {}, "bool[2]"},
      {"Where", {"bool[2,1]", "float32[3]", "float32[]"}, {}, "float32[2,3]"},
  });
}

TEST(Binary, ASlopeStretchesOneWay) {
  expect_inferred({
      {"PRelu", {"float32[2,3,4]", "float32[3,1]"}, {}, "float32[2,3,4]"},
      {"PRelu",
       {"float32[3]", "float32[2,3]"},
       {},
       "INVALID_ARGUMENT PRelu: shape [2,3] does not broadcast to [3]"},
  });
}

TEST(Variadic, TakesAnyNumberOfInputs) {
  expect_inferred({
      {"Max", {"int8[3]"}, {}, "int8[3]"},
      {"Sum", {"float32[2,1]", "float32[3]", "float32[1,1,1]"}, {}, "float32[1,2,3]"},
      {"Mean", {}, {}, "INVALID_ARGUMENT Mean: input data_0 is missing"},
      {"Min", {"float32[]", ""}, {}, "INVALID_ARGUMENT Min: input 1 (data_0) must not be absent"},
      {"Sum",
       {"float32[]", "float32[]", "float64[]"},
       {},
       "INVALID_ARGUMENT Sum: inputs 0 (float32) and 2 (float64) must have one type"},
  });
}

TEST(Clip, TakesScalarsAsBounds) {
  expect_inferred({
      {"Clip", {"float32[2]"}, {}, "float32[2]"},
      {"Clip", {"float32[2]", "", "float32[]"}, {}, "float32[2]"},
      {"Clip", {"int8[-7]", "int8[1]", "int8[]"}, {}, "int8[-7]"},
      {"Clip",
       {"float32[2]", "float32[2]"},
       {},
       "INVALID_ARGUMENT Clip: input 1 must be a scalar, found float32[2]"},
  });
}

TEST(Cast, HasTheTypeAskedFor) {
  expect_inferred({
      {"Cast", {"float32[2]"}, {int_attribute("to", BP_DTYPE_BOOL)}, "bool[2]"},
      {"Cast", {"bool[]"}, {int_attribute("to", BP_DTYPE_BFLOAT16)}, "bfloat16[]"},
      {"Cast", {"float32[2]"}, {}, "INVALID_ARGUMENT Cast: attribute to is missing"},
      {"Cast", {"float32[2]"}, {int_attribute("to", 8)}, "UNSUPPORTED string: Cast: to string"},
      {"Cast",
       {"float32[2]"},
       {int_attribute("to", BP_DTYPE_FLOAT8E5M2)},
       "UNSUPPORTED no schema yet: Cast: to float8e5m2"},
      {"Cast",
       {"float32[2]"},
       {int_attribute("to", 14)},
       "INVALID_ARGUMENT Cast: attribute to is 14, no element type"},
      {"Cast",
       {"float32[2]"},
       {int_attribute("to", (int64_t{1} << 32) + 1)},
       "INVALID_ARGUMENT Cast: attribute to is 4294967297, no element type"},
  });
}

}  // namespace
}  // namespace backplane::ops
