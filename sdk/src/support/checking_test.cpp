#include "support/checking.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace backplane {
namespace {

TEST(Checking, HasThreeValues) {
  EXPECT_EQ(parse_checking("0"), Checking::kNone);
  EXPECT_EQ(parse_checking("1"), Checking::kRules);
  EXPECT_EQ(parse_checking("2"), Checking::kRulesAndTimes);
  for (const char* other : {"", "3", "12", "yes", "-1", " 1"})
    EXPECT_FALSE(parse_checking(other).has_value()) << other;
}

TEST(Checking, IsOffWhereTheEnvironmentSaysNothingOfIt) {
  unsetenv("BACKPLANE_CHECK");
  EXPECT_EQ(checking_wanted(), Checking::kNone);
  setenv("BACKPLANE_CHECK", "maybe", 1);
  EXPECT_EQ(checking_wanted(), Checking::kNone);
  setenv("BACKPLANE_CHECK", "2", 1);
  EXPECT_EQ(checking_wanted(), Checking::kRulesAndTimes);
  unsetenv("BACKPLANE_CHECK");
}

}  // namespace
}  // namespace backplane
