// conv.cpp, pool.cpp, max_unpool.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

Attribute auto_pad(const char* value) { return string_attribute("auto_pad", value); }
Attribute kernel(const std::vector<int64_t>& sizes) {
  return ints_attribute("kernel_shape", sizes);
}
Attribute strides(const std::vector<int64_t>& values) { return ints_attribute("strides", values); }
Attribute pads(const std::vector<int64_t>& values) { return ints_attribute("pads", values); }
Attribute dilations(const std::vector<int64_t>& values) {
  return ints_attribute("dilations", values);
}
const Attribute kRoundsUp = int_attribute("ceil_mode", 1);

TEST(Conv, PlacesTheWindow) {
  expect_inferred({
      {"Conv", {"float32[1,3,32,30]", "float32[8,3,3,5]"}, {}, "float32[1,8,30,26]"},
      {"Conv",
       {"float32[1,3,32,30]", "float32[8,3,3,5]", "float32[8]"},
       {pads({1, 2, 1, 2}), strides({2, 3})},
       "float32[1,8,16,10]"},
      {"Conv",
       {"float32[1,3,32,30]", "float32[8,3,3,5]"},
       {dilations({4, 2}), pads({0, 1, 3, 0})},
       "float32[1,8,27,23]"},
      {"Conv", {"float32[2,4,9]", "float32[6,2,3]"}, {int_attribute("group", 2)}, "float32[2,6,7]"},
      {"Conv", {"float32[0,3,4,4,4]", "float32[2,3,2,2,2]"}, {}, "float32[0,2,3,3,3]"},
  });
}

TEST(Conv, PadsByItself) {
  expect_inferred({
      {"Conv",
       {"float32[1,1,7,8]", "float32[1,1,3,3]"},
       {auto_pad("SAME_UPPER"), strides({2, 2})},
       "float32[1,1,4,4]"},
      {"Conv",
       {"float32[1,1,7,8]", "float32[1,1,3,3]"},
       {auto_pad("SAME_LOWER")},
       "float32[1,1,7,8]"},
      {"Conv",
       {"float32[1,1,7,8]", "float32[1,1,3,3]"},
       {auto_pad("VALID"), strides({2, 2}), pads({0, 0, 0, 0})},
       "float32[1,1,3,3]"},
      {"Conv",
       {"float32[1,1,7]", "float32[1,1,3]"},
       {auto_pad("SAME_UPPER"), pads({1, 0})},
       "INVALID_ARGUMENT Conv: pads and auto_pad SAME_UPPER exclude each other"},
      {"Conv",
       {"float32[1,1,7]", "float32[1,1,3]"},
       {auto_pad("SAME")},
       "INVALID_ARGUMENT Conv: auto_pad \"SAME\" is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID"},
  });
}

TEST(Conv, CarriesUnknownSizes) {
  expect_inferred({
      {"Conv", {"float32[-2,3,-3,-4]", "float32[8,3,3,1]"}, {}, "float32[-2,8,-1,-4]"},
      {"Conv", {"float32[-2,3,-3]", "float32[8,3,3]"}, {pads({1, 1})}, "float32[-2,8,-3]"},
      {"Conv",
       {"float32[1,3,-3]", "float32[8,3,3]"},
       {pads({1, 1}), strides({2})},
       "float32[1,8,-1]"},
      {"Conv", {"float32[1,-5,9]", "float32[-6,3,-7]"}, {kernel({3})}, "float32[1,-6,7]"},
      {"Conv", {"float32[1,-5,9]", "float32[-6,3,-7]"}, {}, "float32[1,-6,-1]"},
  });
}

TEST(Conv, NamesWhatDoesNotFit) {
  expect_inferred({
      {"Conv",
       {"float32[1,3,8,8]", "float32[8,4,3,3]"},
       {},
       "INVALID_ARGUMENT Conv: 3 channels in 1 groups do not meet filters of depth 4"},
      {"Conv",
       {"float32[1,4,8]", "float32[3,2,3]"},
       {int_attribute("group", 2)},
       "INVALID_ARGUMENT Conv: 3 filters do not divide into 2 groups"},
      {"Conv",
       {"float32[1,4,8]", "float32[3,4,3]"},
       {int_attribute("group", 0)},
       "INVALID_ARGUMENT Conv: group 0, at least 1 is possible"},
      {"Conv",
       {"float32[1,3,4,9]", "float32[8,3,5,5]"},
       {},
       "INVALID_ARGUMENT Conv: a window that spans 5 does not fit into size 4 with padding 0 "
       "(spatial axis 0)"},
      {"Conv",
       {"float32[1,3,8]", "float32[8,3,5]", "float32[7]"},
       {},
       "INVALID_ARGUMENT Conv: bias and filters: sizes 7 and 8 differ"},
      {"Conv",
       {"float32[1,3,8]", "float32[8,3,5]"},
       {kernel({4})},
       "INVALID_ARGUMENT Conv: kernel_shape [4] differs from the filters' [5]"},
      {"Conv",
       {"float32[1,3,8]", "float32[8,3,5]"},
       {strides({0})},
       "INVALID_ARGUMENT Conv: strides has 0, at least 1 is possible"},
      {"Conv",
       {"float32[1,3,8]", "float32[8,3,5]"},
       {pads({1})},
       "INVALID_ARGUMENT Conv: pads has 1 values, wanted 2"},
      {"Conv",
       {"float32[3,8]", "float32[8,3]"},
       {},
       "INVALID_ARGUMENT Conv: input 0 (X) needs a batch, channels and a spatial axis, found "
       "float32[3,8]"},
      {"Conv",
       {"float32[1,3,8,8]", "float32[8,3,5]"},
       {},
       "INVALID_ARGUMENT Conv: ranks 4 of X and 3 of W differ"},
      {"Conv",
       {"float32[1,3,8]", "float32[8,3,5]"},
       {dilations({INT64_MAX})},
       "INVALID_ARGUMENT Conv: a size is beyond 2^63 - 1"},
  });
}

TEST(Pool, RoundsDownOrUp) {
  expect_inferred({
      {"MaxPool", {"float32[1,3,6,7]"}, {kernel({3, 3}), strides({2, 2})}, "float32[1,3,2,3]"},
      {"MaxPool",
       {"float32[1,3,6,7]"},
       {kernel({3, 3}), strides({2, 2}), kRoundsUp},
       "float32[1,3,3,3]"},
      {"AveragePool",
       {"float32[1,3,6]"},
       {kernel({3}), strides({2}), pads({1, 0}), kRoundsUp},
       "float32[1,3,3]"},
      {"AveragePool",
       {"float32[1,3,6]"},
       {kernel({2}), strides({4}), auto_pad("VALID"), kRoundsUp},
       "float32[1,3,2]"},
      {"AveragePool",
       {"float32[1,3,-6]"},
       {kernel({3}), strides({1}), auto_pad("SAME_LOWER")},
       "float32[1,3,-6]"},
      {"MaxPool", {"int8[1,3,9]"}, {kernel({3}), dilations({3})}, "int8[1,3,3]"},
  });
}

TEST(Pool, IndicesHaveTheShapeOfTheMaxima) {
  expect_inferred(
      {{"MaxPool", {"float16[1,3,6]"}, {kernel({2})}, "float16[1,3,5] int64[1,3,5]", 2}});
}

TEST(Pool, NamesWhatDoesNotFit) {
  expect_inferred({
      {"MaxPool",
       {"float32[1,3,6]"},
       {},
       "INVALID_ARGUMENT MaxPool: attribute kernel_shape is missing"},
      {"MaxPool",
       {"float32[1,3,6]"},
       {kernel({2, 2})},
       "INVALID_ARGUMENT MaxPool: kernel_shape has 2 values, the input 1 spatial axes"},
      {"MaxPool",
       {"float32[1,3,6]"},
       {kernel({0})},
       "INVALID_ARGUMENT MaxPool: kernel_shape has 0, at least 1 is possible"},
      {"AveragePool",
       {"float32[1,3,6]"},
       {kernel({2}), pads({-1, 0})},
       "INVALID_ARGUMENT AveragePool: pads has -1, at least 0 is possible"},
      {"AveragePool",
       {"float32[1,3,6]"},
       {kernel({2}), dilations({1})},
       "INVALID_ARGUMENT AveragePool: there is no attribute dilations in opset 11"},
  });
}

TEST(Pool, OverEverythingLeavesOneElement) {
  expect_inferred({
      {"GlobalAveragePool", {"float32[-2,3,5,7]"}, {}, "float32[-2,3,1,1]"},
      {"GlobalMaxPool", {"float32[2,3,-1]"}, {}, "float32[2,3,1]"},
      {"GlobalMaxPool",
       {"float32[2,3]"},
       {},
       "INVALID_ARGUMENT GlobalMaxPool: input 0 (X) needs a batch, channels and a spatial axis, "
       "found float32[2,3]"},
  });
}

TEST(MaxUnpool, SpansWhatThePoolDid) {
  const std::vector<std::string> inputs = {"float32[-2,3,2,-3]", "int64[-2,3,2,-3]"};
  const std::vector<std::string> small = {"float32[1,1,2]", "int64[1,1,2]"};
  expect_inferred({
      {"MaxUnpool", inputs, {kernel({3, 2}), strides({2, 2})}, "float32[-2,3,5,-1]"},
      {"MaxUnpool", small, {kernel({3}), pads({1, 0})}, "float32[1,1,3]"},
      {"MaxUnpool", {small[0], small[1], "=1,1,7"}, {kernel({2}), strides({2})}, "float32[1,1,7]"},
      {"MaxUnpool", {small[0], small[1], "int64[3]"}, {kernel({2})}, "float32[-1,-1,-1]"},
      {"MaxUnpool",
       {small[0], small[1], "=7"},
       {kernel({2})},
       "INVALID_ARGUMENT MaxUnpool: output_shape of 1 sizes for 3 axes"},
      {"MaxUnpool",
       {small[0], "int64[1,1,3]"},
       {kernel({2})},
       "INVALID_ARGUMENT MaxUnpool: indices int64[1,1,3] for float32[1,1,2]"},
      {"MaxUnpool",
       small,
       {kernel({2, 2})},
       "INVALID_ARGUMENT MaxUnpool: kernel_shape [2,2] for 1 spatial axes, from 1 on"},
  });
}

}  // namespace
}  // namespace backplane::ops
