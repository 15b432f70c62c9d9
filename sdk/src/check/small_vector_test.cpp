#include "check/small_vector.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace backplane::check {
namespace {

TEST(SmallVector, HoldsTheSameValuesWithAndWithoutTheHeap) {
  SmallVector<int, 4> small;
  std::vector<int> expected;
  EXPECT_EQ(small.begin(), small.end());
  for (int value = 0; value < 12; ++value) {
    small.push_back(value * value);
    expected.push_back(value * value);
    ASSERT_EQ(std::vector<int>(small.begin(), small.end()), expected);
    ASSERT_EQ(small.data()[small.size() - 1], value * value);
  }
  EXPECT_EQ(small[3], 9);
  EXPECT_EQ(small[4], 16);
}

}  // namespace
}  // namespace backplane::check
