#include "ops/sizes.hpp"

#include <gtest/gtest.h>

namespace backplane::ops {
namespace {

TEST(Sizes, ArithmeticRemembersAnOverflow) {
  EXPECT_EQ((Checked(3) * 4 - 5 + 6).value, 13);
  EXPECT_FALSE((Checked(3) * 4).overflowed);
  EXPECT_TRUE((Checked(INT64_MAX) + 1).overflowed);
  EXPECT_TRUE((Checked(INT64_MIN) - 1).overflowed);
  EXPECT_TRUE((Checked(INT64_MAX) * 2 - INT64_MAX).overflowed);
  EXPECT_TRUE((Checked(0) * (Checked(INT64_MAX) + 1)).overflowed);
  EXPECT_EQ(size_from(Checked(INT64_MAX) + 1).status().code(), BP_STATUS_INVALID_ARGUMENT);
}

TEST(Sizes, AProductSaysAllThatIsKnown) {
  EXPECT_EQ(*product_of({}), 1);
  EXPECT_EQ(*product_of({2, 3, 4}), 24);
  EXPECT_EQ(*product_of({1, -5, 1}), -5);      // the same unknown size
  EXPECT_EQ(*product_of({2, -5}), kUnknown);   // twice it
  EXPECT_EQ(*product_of({-5, -5}), kUnknown);  // its square
  EXPECT_EQ(*product_of({-5, 0, -6}), 0);      // nothing, whatever they are
  EXPECT_EQ(*product_of({INT64_MAX, INT64_MAX, 0}), 0);
  EXPECT_FALSE(product_of({INT64_MAX, 2}).ok());
  EXPECT_FALSE(product_of({INT64_MAX, 2, -1}).ok());
}

TEST(Sizes, ASumSaysAllThatIsKnown) {
  EXPECT_EQ(*sum_of({}), 0);
  EXPECT_EQ(*sum_of({2, 3}), 5);
  EXPECT_EQ(*sum_of({0, -5, 0}), -5);
  EXPECT_EQ(*sum_of({1, -5}), kUnknown);
  EXPECT_EQ(*sum_of({-5, -5}), kUnknown);
  EXPECT_FALSE(sum_of({INT64_MAX, 1}).ok());
}

TEST(Sizes, OfTwoEqualSizesTheBetterKnownIsKept) {
  EXPECT_EQ(*same_size(3, 3), 3);
  EXPECT_EQ(*same_size(3, -5), 3);
  EXPECT_EQ(*same_size(-5, 3), 3);
  EXPECT_EQ(*same_size(kUnknown, -5), -5);
  EXPECT_EQ(*same_size(-5, kUnknown), -5);
  EXPECT_EQ(*same_size(kUnknown, kUnknown), kUnknown);
  EXPECT_EQ(same_size(3, 4).status().text(), "sizes 3 and 4 differ");
}

}  // namespace
}  // namespace backplane::ops
