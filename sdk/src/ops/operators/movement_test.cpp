// movement.cpp, slice.cpp, reduce.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

TEST(Transpose, PutsAxesInOrder) {
  const auto perm = [](const std::vector<int64_t>& order) { return ints_attribute("perm", order); };
  expect_inferred({
      {"Transpose", {"float32[2,-3,4]"}, {}, "float32[4,-3,2]"},
      {"Transpose", {"float32[2,-3,4]"}, {perm({2, 0, 1})}, "float32[4,2,-3]"},
      {"Transpose", {"float32[]"}, {perm({})}, "float32[]"},
      {"Transpose",
       {"float32[2,3]"},
       {perm({0})},
       "INVALID_ARGUMENT Transpose: perm [0] is no order of 2 axes"},
      {"Transpose",
       {"float32[2,3]"},
       {perm({0, 0})},
       "INVALID_ARGUMENT Transpose: perm [0,0] is no order of 2 axes"},
      {"Transpose",
       {"float32[2,3]"},
       {perm({0, -1})},
       "INVALID_ARGUMENT Transpose: perm [0,-1] is no order of 2 axes"},
  });
}

TEST(Expand, BroadcastsBothWays) {
  expect_inferred({
      {"Expand", {"float32[3,1]", "=2,1,6"}, {}, "float32[2,3,6]"},
      {"Expand", {"float32[3,4]", "=1"}, {}, "float32[3,4]"},
      {"Expand", {"float32[-2,1]", "=1,4"}, {}, "float32[-2,4]"},
      {"Expand", {"float32[3,1]", "int64[3]"}, {}, "float32[-1,3,-1]"},
      {"Expand", {"float32[1]", "=0"}, {}, "float32[0]"},
      {"Expand",
       {"float32[3]", "=4"},
       {},
       "INVALID_ARGUMENT Expand: shapes [3] and [4] do not broadcast: sizes 3 and 4"},
      {"Expand", {"float32[3]", "=-1"}, {}, "INVALID_ARGUMENT Expand: a size of -1"},
      {"Expand",
       {"float32[3]", "int64[-1]"},
       {},
       "NOT_READY Expand: the output's rank hangs on input 1, which is no constant"},
  });
}

TEST(Tile, MultipliesSizes) {
  expect_inferred({
      {"Tile", {"float32[2,-3]", "=3,1"}, {}, "float32[6,-3]"},
      {"Tile", {"float32[2,-3]", "=0,2"}, {}, "float32[0,-1]"},
      {"Tile", {"float32[2,3]", "int64[2]"}, {}, "float32[-1,-1]"},
      {"Tile", {"float32[2]", "=1,1"}, {}, "INVALID_ARGUMENT Tile: 2 repeats for rank 1"},
      {"Tile", {"float32[2]", "=-1"}, {}, "INVALID_ARGUMENT Tile: -1 repeats of axis 0"},
      {"Tile",
       {"float32[4]", "=9223372036854775807"},
       {},
       "INVALID_ARGUMENT Tile: a size is beyond 2^63 - 1"},
  });
}

TEST(Gather, PutsTheIndicesInPlaceOfTheAxis) {
  expect_inferred({
      {"Gather", {"float32[5,6,7]", "int64[2,3]"}, {}, "float32[2,3,6,7]"},
      {"Gather", {"float32[5,6,7]", "int32[]"}, {int_attribute("axis", -1)}, "float32[5,6]"},
      {"Gather", {"float32[5,-6]", "int64[-2]"}, {int_attribute("axis", 0)}, "float32[-2,-6]"},
      {"Gather", {"float32[]", "int64[]"}, {}, "INVALID_ARGUMENT Gather: a scalar has no axes"},
      {"Gather",
       {"float32[5]", "int64[]"},
       {int_attribute("axis", 1)},
       "INVALID_ARGUMENT Gather: axis 1 is outside [-1, 0]"},
      {"Gather",
       {"float32[1,1,1,1,1]", "int64[1,1,1,1,1]"},
       {},
       "UNSUPPORTED no schema yet: Gather: output 0 has rank 9, at most 8 is possible"},
  });
}

TEST(Slice, CutsBetweenStartAndEnd) {
  expect_inferred({
      {"Slice", {"float32[10,6]", "=2,1", "=5,1000"}, {}, "float32[3,5]"},
      {"Slice", {"float32[10,6]", "=1", "=-1", "=1"}, {}, "float32[10,4]"},
      {"Slice", {"float32[10,6]", "=-3", "=9223372036854775807", "=-2"}, {}, "float32[3,6]"},
      {"Slice", {"float32[10]", "=1", "=9", "=0", "=3"}, {}, "float32[3]"},
      {"Slice", {"float32[10]", "=20", "=0", "=0", "=-1"}, {}, "float32[9]"},
      {"Slice", {"float32[10]", "=-1", "=-9223372036854775808", "=0", "=-1"}, {}, "float32[10]"},
      {"Slice", {"float32[10]", "=9", "=0", "=0", "=-4"}, {}, "float32[3]"},
      {"Slice", {"float32[10]", "=5", "=5"}, {}, "float32[0]"},
      {"Slice", {"float32[10]", "=7", "=3"}, {}, "float32[0]"},
      {"Slice", {"float32[10]", "=1000", "=2000"}, {}, "float32[0]"},
      {"Slice", {"float32[0]", "=0", "=1"}, {}, "float32[0]"},
      {"Slice", {"float32[10]", "=0", "=10", "=0", "=9223372036854775807"}, {}, "float32[1]"},
      {"Slice",
       {"float32[10]", "=-1", "=-9223372036854775808", "=0", "=-9223372036854775808"},
       {},
       "float32[1]"},
      {"Slice", {"float32[10,6]", "int32=2", "int32=5"}, {}, "float32[3,6]"},
      {"Slice", {"float32[10,6]", "=", "="}, {}, "float32[10,6]"},
  });
}

TEST(Slice, CarriesUnknownSizes) {
  expect_inferred({
      {"Slice", {"float32[-2,-3]", "=1", "=5", "=1"}, {}, "float32[-2,-1]"},
      {"Slice", {"float32[-2]", "=0", "=9223372036854775807"}, {}, "float32[-2]"},
      {"Slice", {"float32[-2]", "=-1", "=-9223372036854775808", "=0", "=-1"}, {}, "float32[-2]"},
      {"Slice", {"float32[4,5]", "int64[1]", "=3", "=1"}, {}, "float32[4,-1]"},
      {"Slice", {"float32[4,5]", "int64[1]", "int64[1]"}, {}, "float32[-1,5]"},
      {"Slice", {"float32[4,5]", "=1", "=3", "int64[1]"}, {}, "float32[-1,-1]"},
      {"Slice", {"float32[4,5]", "int64[-1]", "int64[-1]"}, {}, "float32[-1,-1]"},
  });
}

TEST(Slice, NamesWhatDoesNotFit) {
  expect_inferred({
      {"Slice", {"float32[4]", "=0", "=2", "=0", "=0"}, {}, "INVALID_ARGUMENT Slice: a step of 0"},
      {"Slice",
       {"float32[4,5]", "=0,0", "=1"},
       {},
       "INVALID_ARGUMENT Slice: input 2 has 1 elements, the others have 2"},
      {"Slice",
       {"float32[4]", "=0,0", "=1,1"},
       {},
       "INVALID_ARGUMENT Slice: 2 axes are cut of float32[4]"},
      {"Slice",
       {"float32[4,5]", "=0,0", "=1,1", "=0,-2"},
       {},
       "INVALID_ARGUMENT Slice: axis 0 is listed twice"},
      {"Slice",
       {"float32[4,5]", "=0", "int32=1"},
       {},
       "INVALID_ARGUMENT Slice: inputs 1 (int64) and 2 (int32) must have one type"},
  });
}

TEST(Pad, AddsBeginAndEnd) {
  const auto mode = [](const char* value) { return string_attribute("mode", value); };
  expect_inferred({
      {"Pad", {"float32[2,3]", "=1,0,2,5"}, {}, "float32[5,8]"},
      {"Pad", {"float32[4]", "=-1,-2", "float32[]"}, {mode("constant")}, "float32[1]"},
      {"Pad", {"float32[-2,-3]", "=0,1,0,0"}, {mode("edge")}, "float32[-2,-1]"},
      {"Pad", {"float32[-2]", "=3,-3"}, {}, "float32[-2]"},
      {"Pad", {"float32[0]", "=1,1"}, {}, "float32[2]"},
      {"Pad", {"float32[2,3]", "int64[4]"}, {}, "float32[-1,-1]"},
      {"Pad",
       {"float32[2]", "=-2,-1"},
       {},
       "INVALID_ARGUMENT Pad: axis 0: size 2 with padding -2 and -1 is negative"},
      {"Pad", {"float32[2]", "=1"}, {}, "INVALID_ARGUMENT Pad: 1 pads for rank 1, wanted 2"},
      {"Pad",
       {"float32[2]", "=1,1"},
       {mode("wrap")},
       "INVALID_ARGUMENT Pad: mode \"wrap\" is none of constant, reflect, edge"},
      {"Pad",
       {"float32[0]", "=1,1"},
       {mode("reflect")},
       "INVALID_ARGUMENT Pad: axis 0 is empty, mode reflect needs an element"},
      {"Pad",
       {"float32[2]", "=9223372036854775807,0"},
       {},
       "INVALID_ARGUMENT Pad: axis 0: a size is beyond 2^63 - 1"},
  });
}

TEST(Reduce, FoldsAxes) {
  const auto axes = [](const std::vector<int64_t>& list) { return ints_attribute("axes", list); };
  const Attribute drops = int_attribute("keepdims", 0);
  expect_inferred({
      {"ReduceMean", {"float32[2,3,4]"}, {}, "float32[1,1,1]"},
      {"ReduceMean", {"float32[2,3,4]"}, {axes({})}, "float32[1,1,1]"},
      {"ReduceMean", {"float32[2,3,4]"}, {drops}, "float32[]"},
      {"ReduceMean", {"float32[2,-3,4]"}, {axes({-1, 0})}, "float32[1,-3,1]"},
      {"ReduceMax", {"int8[2,-3,4]"}, {axes({0}), drops}, "int8[-3,4]"},
      {"ReduceProd", {"float32[]"}, {}, "float32[]"},
      {"ReduceL2",
       {"float32[2]"},
       {axes({1})},
       "INVALID_ARGUMENT ReduceL2: axis 1 is outside [-1, 0]"},
      {"ReduceL2",
       {"float32[2,2]"},
       {axes({0, -2})},
       "INVALID_ARGUMENT ReduceL2: axis 0 is listed twice"},
      {"ReduceMean",
       {"bool[2]"},
       {},
       "INVALID_ARGUMENT ReduceMean: input 0 (data) is bool, which the definition does not take"},
      {"ArgMax", {"float32[2,3]"}, {}, "int64[1,3]"},
      {"ArgMin", {"float32[2,3]"}, {int_attribute("axis", -1), drops}, "int64[2]"},
  });
}

TEST(Reduce, SumTakesItsAxesAsAnInput) {
  const Attribute drops = int_attribute("keepdims", 0);
  const Attribute nothing = int_attribute("noop_with_empty_axes", 1);
  expect_inferred({
      {"ReduceSum", {"float32[2,3]", "=1"}, {}, "float32[2,1]"},
      {"ReduceSum", {"float32[2,3]"}, {drops}, "float32[]"},
      {"ReduceSum", {"float32[2,3]", "="}, {drops}, "float32[]"},
      {"ReduceSum", {"float32[2,3]", "="}, {drops, nothing}, "float32[2,3]"},
      {"ReduceSum", {"float32[2,1,3]", "int64[1]"}, {}, "float32[-1,1,-1]"},
      {"ReduceSum", {"float32[2,1,3]", "int64[1]"}, {drops}, "float32[-1,-1]"},
      {"ReduceSum",
       {"float32[2,3]", "int64[-1]"},
       {drops},
       "NOT_READY ReduceSum: the output's rank hangs on input 1, which is no constant"},
  });
}

}  // namespace
}  // namespace backplane::ops
