#include "graph/pass_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace backplane::conformance {
namespace {

constexpr bp_pass_phase_t kEarly = BP_PASS_BEFORE_PARTITION, kLate = BP_PASS_AFTER_PARTITION;
const std::vector<PassInfo> kInfos = {
    {"first", "", kEarly}, {"second", "first", kEarly}, {"third", "second", kEarly},
    {"free", "", kEarly},  {"late", "", kLate},
};
using Order = std::vector<uint32_t>;

TEST(PassOrder, APassFollowsWhereNothingHasToBeBetween) {
  Order before;
  EXPECT_TRUE(may_follow(kInfos, 0, 1, &before));
  EXPECT_EQ(before, Order());
  EXPECT_TRUE(may_follow(kInfos, 1, 2, &before));
  EXPECT_EQ(before, Order({0}));
  EXPECT_TRUE(may_follow(kInfos, 3, 2, &before));
  EXPECT_EQ(before, Order({0, 1}));
  EXPECT_TRUE(may_follow(kInfos, 2, 3, &before));
  EXPECT_EQ(before, Order({0, 1}));
  EXPECT_FALSE(may_follow(kInfos, 0, 2, &before)) << "the second has to be between";
  EXPECT_FALSE(may_follow(kInfos, 2, 0, &before));
  EXPECT_FALSE(may_follow(kInfos, 3, 3, &before));
}

TEST(PassOrder, PhasesComeOneAfterTheOther) {
  Order before;
  EXPECT_TRUE(may_follow(kInfos, 3, 4, &before));
  EXPECT_FALSE(may_follow(kInfos, 4, 3, &before));
}

TEST(PassOrder, RandomOrdersAreLegalAndDiffer) {
  std::vector<Order> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Order order = random_order(kInfos, seed);
    for (size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(std::count(order.begin(), order.end(), order[i]), 1);
      EXPECT_LE(kInfos[order[i]].phase, kInfos[order.back()].phase);
      const size_t needed = place_of(kInfos, kInfos[order[i]].after);
      const auto end = order.begin() + static_cast<int64_t>(i);
      EXPECT_TRUE(needed == kInfos.size() || std::find(order.begin(), end, needed) != end);
    }
    if (std::find(seen.begin(), seen.end(), order) == seen.end()) seen.push_back(order);
  }
  EXPECT_GE(seen.size(), 20u);
}

}  // namespace
}  // namespace backplane::conformance
