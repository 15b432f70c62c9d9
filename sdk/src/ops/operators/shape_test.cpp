// reshape.cpp, squeeze.cpp, concat.cpp, constant.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

const Attribute kAllowsZero = int_attribute("allowzero", 1);

TEST(Reshape, FollowsTheSizesGiven) {
  expect_inferred({
      {"Reshape", {"float32[2,3,4]", "=4,6"}, {}, "float32[4,6]"},
      {"Reshape", {"float32[2,3,4]", "=2,-1"}, {}, "float32[2,12]"},
      {"Reshape", {"float32[2,3,4]", "=0,-1,2"}, {}, "float32[2,6,2]"},
      {"Reshape", {"float32[1,1]", "="}, {}, "float32[]"},
      {"Reshape", {"float32[]", "=-1"}, {}, "float32[1]"},
      {"Reshape", {"float32[0,4]", "=0,4"}, {}, "float32[0,4]"},
      {"Reshape", {"float32[0,4]", "=3,0"}, {kAllowsZero}, "float32[3,0]"},
      {"Reshape", {"float32[0,4]", "=2,-1"}, {}, "float32[2,0]"},
  });
}

TEST(Reshape, CarriesUnknownSizes) {
  expect_inferred({
      {"Reshape", {"float32[-2,3,4]", "=0,-1"}, {}, "float32[-2,12]"},
      {"Reshape", {"float32[-2,3,4]", "=-1,12"}, {}, "float32[-2,12]"},
      {"Reshape", {"float32[-2,3,4]", "=0,4,-1"}, {}, "float32[-2,4,3]"},
      {"Reshape", {"float32[-1,3,4]", "=0,-1"}, {}, "float32[-1,12]"},
      {"Reshape", {"float32[-2,3,4]", "=-1"}, {}, "float32[-1]"},
      {"Reshape", {"float32[-2,-2]", "=0,-1"}, {}, "float32[-2,-2]"},
      {"Reshape", {"float32[-2,3,4]", "=6,-1"}, {}, "float32[6,-1]"},
      {"Reshape", {"float32[2,3,4]", "int64[3]"}, {}, "float32[-1,-1,-1]"},
      {"Reshape",
       {"float32[2,3,4]", "int64[-1]"},
       {},
       "NOT_READY Reshape: the output's rank hangs on input 1, which is no constant"},
  });
}

TEST(Reshape, NamesWhatDoesNotFit) {
  expect_inferred({
      {"Reshape",
       {"float32[2,3]", "=4,2"},
       {},
       "INVALID_ARGUMENT Reshape: [2,3] has 6 elements, [4,2] has 8"},
      {"Reshape",
       {"float32[2,3]", "=4,-1"},
       {},
       "INVALID_ARGUMENT Reshape: 6 elements do not divide by the 4 of the other sizes"},
      {"Reshape",
       {"float32[2,3]", "=-1,-1"},
       {},
       "INVALID_ARGUMENT Reshape: 2 sizes are -1, one may be"},
      {"Reshape", {"float32[2,3]", "=-2,3"}, {}, "INVALID_ARGUMENT Reshape: a size of -2"},
      {"Reshape",
       {"float32[2,3]", "=6,1,0"},
       {},
       "INVALID_ARGUMENT Reshape: 0 copies axis 2 of the input, which has rank 2"},
      {"Reshape",
       {"float32[0,3]", "=0,-1"},
       {},
       "INVALID_ARGUMENT Reshape: -1 beside a size of 0 can be anything"},
      {"Reshape",
       {"float32[0,3]", "=0,-1"},
       {kAllowsZero},
       "INVALID_ARGUMENT Reshape: -1 and 0 exclude each other with allowzero"},
      {"Reshape",
       {"float32[1]", "=1,1,1,1,1,1,1,1,1"},
       {},
       "UNSUPPORTED no schema yet: Reshape: output 0 has rank 9, at most 8 is possible"},
      {"Reshape",
       {"float32[2,3]", "int64:6"},
       {},
       "INVALID_ARGUMENT Reshape: input 1 must be a vector, found int64[]"},
      {"Reshape",
       {"float32[2,3]", "int32=6"},
       {},
       "INVALID_ARGUMENT Reshape: input 1 (shape) is int32, which the definition does not take"},
  });
}

TEST(Flatten, MakesAMatrix) {
  expect_inferred({
      {"Flatten", {"float32[2,3,4]"}, {}, "float32[2,12]"},
      {"Flatten", {"float32[2,3,4]"}, {int_attribute("axis", 0)}, "float32[1,24]"},
      {"Flatten", {"float32[2,3,4]"}, {int_attribute("axis", 3)}, "float32[24,1]"},
      {"Flatten", {"float32[2,3,4]"}, {int_attribute("axis", -1)}, "float32[6,4]"},
      {"Flatten", {"float32[]"}, {int_attribute("axis", 0)}, "float32[1,1]"},
      {"Flatten", {"float32[-2,3,4]"}, {}, "float32[-2,12]"},
      {"Flatten", {"float32[-2,3,4]"}, {int_attribute("axis", 2)}, "float32[-1,4]"},
      {"Flatten", {"float32[-2,0,4]"}, {int_attribute("axis", 2)}, "float32[0,4]"},
      {"Flatten", {"float32[]"}, {}, "INVALID_ARGUMENT Flatten: axis 1 is outside [0, 0]"},
      {"Flatten",
       {"float32[2]"},
       {int_attribute("axis", -2)},
       "INVALID_ARGUMENT Flatten: axis -2 is outside [-1, 1]"},
  });
}

TEST(Squeeze, TakesAxesOfSizeOneAway) {
  expect_inferred({
      {"Squeeze", {"float32[1,3,1,-2]", "=0,-2"}, {}, "float32[3,-2]"},
      {"Squeeze", {"float32[1,3,1]"}, {}, "float32[3]"},
      {"Squeeze", {"float32[-2,3]", "=0"}, {}, "float32[3]"},
      {"Squeeze", {"float32[1,3]", "="}, {}, "float32[1,3]"},
      {"Squeeze", {"float32[1,3,1]", "int64[2]"}, {}, "float32[-1]"},
      {"Squeeze",
       {"float32[1,3]", "=1"},
       {},
       "INVALID_ARGUMENT Squeeze: axis 1 of float32[1,3] is not of size 1"},
      {"Squeeze",
       {"float32[1,3]", "=2"},
       {},
       "INVALID_ARGUMENT Squeeze: axis 2 is outside [-2, 1]"},
      {"Squeeze",
       {"float32[1,3]", "=0,-2"},
       {},
       "INVALID_ARGUMENT Squeeze: axis 0 is listed twice"},
      {"Squeeze",
       {"float32[1,-2]"},
       {},
       "NOT_READY Squeeze: without axes the rank hangs on a size not yet known in [1,?]"},
      {"Squeeze",
       {"float32[1,3]", "int64[-1]"},
       {},
       "NOT_READY Squeeze: the output's rank hangs on input 1, which is no constant"},
      {"Squeeze",
       {"float32[1]", "int64[2]"},
       {},
       "INVALID_ARGUMENT Squeeze: more axes than the input has"},
  });
}

TEST(Unsqueeze, AddsAxesOfSizeOne) {
  expect_inferred({
      {"Unsqueeze", {"float32[3,-2]", "=0,-1"}, {}, "float32[1,3,-2,1]"},
      {"Unsqueeze", {"float32[]", "=1,0"}, {}, "float32[1,1]"},
      {"Unsqueeze", {"float32[3]", "="}, {}, "float32[3]"},
      {"Unsqueeze", {"float32[3]", "int64[2]"}, {}, "float32[-1,-1,-1]"},
      {"Unsqueeze",
       {"float32[3]", "=2"},
       {},
       "INVALID_ARGUMENT Unsqueeze: axis 2 is outside [-2, 1]"},
      {"Unsqueeze",
       {"float32[3]", "=0,-3"},
       {},
       "INVALID_ARGUMENT Unsqueeze: axis 0 is listed twice"},
      {"Unsqueeze",
       {"float32[1,1,1,1,1,1,1,1]", "=0"},
       {},
       "UNSUPPORTED no schema yet: Unsqueeze: output 0 has rank 9, at most 8 is possible"},
      {"Unsqueeze",
       {"float32[3]", "int64[-1]"},
       {},
       "NOT_READY Unsqueeze: the output's rank hangs on input 1, which is no constant"},
  });
}

TEST(Concat, AddsTheSizesOfOneAxis) {
  const auto axis = [](int64_t value) { return int_attribute("axis", value); };
  expect_inferred({
      {"Concat", {"float32[2,3]", "float32[2,4]"}, {axis(1)}, "float32[2,7]"},
      {"Concat", {"float32[2,3]", "float32[4,3]", "float32[0,3]"}, {axis(-2)}, "float32[6,3]"},
      {"Concat", {"bool[-2]"}, {axis(0)}, "bool[-2]"},
      {"Concat", {"float32[-2,3]", "float32[5,-1]"}, {axis(1)}, "float32[5,-1]"},
      {"Concat", {"float32[-1,3]", "float32[-2,0]"}, {axis(1)}, "float32[-2,3]"},
      {"Concat",
       {"float32[2,3]", "float32[5,3]"},
       {axis(1)},
       "INVALID_ARGUMENT Concat: axis 0 of float32[2,3] and float32[5,3] differs (inputs 0 and 1)"},
      {"Concat",
       {"float32[2,3]", "float32[2]"},
       {axis(0)},
       "INVALID_ARGUMENT Concat: ranks 2 and 1 of inputs 0 and 1 differ"},
      {"Concat", {"float32[]"}, {axis(0)}, "INVALID_ARGUMENT Concat: a scalar has no axes"},
      {"Concat", {"float32[2]"}, {axis(1)}, "INVALID_ARGUMENT Concat: axis 1 is outside [-1, 0]"},
      {"Concat", {"float32[2]"}, {}, "INVALID_ARGUMENT Concat: attribute axis is missing"},
      {"Concat",
       {"int8[9223372036854775807]", "int8[1]"},
       {axis(0)},
       "INVALID_ARGUMENT Concat: a size is beyond 2^63 - 1"},
  });
}

TEST(Split, DividesOneAxis) {
  const Attribute axis = int_attribute("axis", -1);
  expect_inferred({
      {"Split", {"float32[6,2]"}, {}, "float32[2,2] float32[2,2] float32[2,2]", 3},
      {"Split", {"float32[2,6]", "=1,0,5"}, {axis}, "float32[2,1] float32[2,0] float32[2,5]", 3},
      {"Split", {"float32[-2]", "=3,4"}, {}, "float32[3] float32[4]", 2},
      {"Split", {"float32[-2]"}, {}, "float32[-2]", 1},
      {"Split", {"float32[-2]"}, {}, "float32[-1] float32[-1]", 2},
      {"Split", {"float32[3,6]", "int64[2]"}, {axis}, "float32[3,-1] float32[3,-1]", 2},
      {"Split",
       {"float32[7]"},
       {},
       "INVALID_ARGUMENT Split: axis 0: size 7 does not divide into 2 equal parts",
       2},
      {"Split",
       {"float32[7]", "=3,3"},
       {},
       "INVALID_ARGUMENT Split: axis 0: lengths [3,3] are 6 in all, the axis has 7",
       2},
      {"Split",
       {"float32[7]", "=7"},
       {},
       "INVALID_ARGUMENT Split: axis 0: 1 lengths for 2 outputs",
       2},
      {"Split", {"float32[7]", "=8,-1"}, {}, "INVALID_ARGUMENT Split: axis 0: a length of -1", 2},
  });
}

TEST(Constant, HasTheTypeOfItsValue) {
  expect_inferred({
      {"Constant", {}, {tensor_attribute("value", make_int64_constant({1, 2}))}, "int64[2]"},
      {"Constant", {}, {}, "INVALID_ARGUMENT Constant: attribute value is missing"},
      {"Constant",
       {},
       {tensor_attribute("value", make_int64_constant({1})), int_attribute("value_int", 1)},
       "INVALID_ARGUMENT Constant: attribute value_int beside value"},
      {"Constant",
       {"float32[]"},
       {tensor_attribute("value", make_int64_constant({1}))},
       "INVALID_ARGUMENT Constant: 1 inputs, at most 0 are possible"},
  });
}

TEST(ConstantOfShape, HasTheShapeInItsInput) {
  const Attribute value = tensor_attribute("value", make_int64_constant({7}));
  expect_inferred({
      {"ConstantOfShape", {"=2,0"}, {}, "float32[2,0]"},
      {"ConstantOfShape", {"="}, {value}, "int64[]"},
      {"ConstantOfShape", {"int64[2]"}, {value}, "int64[-1,-1]"},
      {"ConstantOfShape", {"=-1"}, {}, "INVALID_ARGUMENT ConstantOfShape: a size of -1"},
      {"ConstantOfShape",
       {"=2"},
       {tensor_attribute("value", make_int64_constant({7, 8}))},
       "INVALID_ARGUMENT ConstantOfShape: attribute value has 2 elements, wanted one"},
      {"ConstantOfShape",
       {"int64[-1]"},
       {},
       "NOT_READY ConstantOfShape: the output's rank hangs on input 0, which is no constant"},
      {"ConstantOfShape",
       {"=4611686018427387904,4611686018427387904"},
       {},
       "INVALID_ARGUMENT ConstantOfShape: output 0: "
       "float32[4611686018427387904,4611686018427387904] has more elements than can be counted"},
  });
}

TEST(Shape, CountsAxesFromStartToEnd) {
  const auto start = [](int64_t value) { return int_attribute("start", value); };
  const auto end = [](int64_t value) { return int_attribute("end", value); };
  expect_inferred({
      {"Shape", {"float32[2,-3,4]"}, {}, "int64[3]"},
      {"Shape", {"float32[2,3,4]"}, {start(1)}, "int64[2]"},
      {"Shape", {"float32[2,3,4]"}, {start(-1)}, "int64[1]"},
      {"Shape", {"float32[2,3,4]"}, {end(-1)}, "int64[2]"},
      {"Shape", {"float32[2,3,4]"}, {start(1), end(2)}, "int64[1]"},
      {"Shape", {"float32[2,3,4]"}, {start(-10), end(10)}, "int64[3]"},
      {"Shape", {"float32[2,3,4]"}, {start(2), end(1)}, "int64[0]"},
      {"Shape", {"float32[]"}, {}, "int64[0]"},
      {"Size", {"float32[-1,3]"}, {}, "int64[]"},
  });
}

}  // namespace
}  // namespace backplane::ops
