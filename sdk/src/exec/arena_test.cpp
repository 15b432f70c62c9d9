#include "exec/arena.hpp"

#include <gtest/gtest.h>

#include <random>

namespace backplane::exec {
namespace {

// Nothing that is alive together shares a byte; everything is aligned and inside its chunk.
void expect_sound(const std::vector<Interval>& intervals, const ArenaLayout& layout) {
  for (size_t a = 0; a < intervals.size(); ++a) {
    const ArenaLayout::Place& place = layout.places[a];
    if (intervals[a].size == 0) continue;
    ASSERT_EQ(place.offset % intervals[a].alignment, 0u);
    ASSERT_LE(place.offset + intervals[a].size, layout.chunks[place.chunk]);
    for (size_t b = 0; b < a; ++b) {
      const ArenaLayout::Place& other = layout.places[b];
      const bool are_together =
          intervals[a].first <= intervals[b].last && intervals[b].first <= intervals[a].last;
      if (!are_together || other.chunk != place.chunk || intervals[b].size == 0) continue;
      ASSERT_TRUE(place.offset + intervals[a].size <= other.offset ||
                  other.offset + intervals[b].size <= place.offset);
    }
  }
}

TEST(Arena, AChainNeedsTwoPlaces) {
  std::vector<Interval> chain;
  for (uint32_t k = 0; k < 100; ++k) chain.push_back({1000, 8, k, k + 1});
  const ArenaLayout layout = lay_out(chain, UINT64_MAX);
  expect_sound(chain, layout);
  EXPECT_EQ(layout.size(), 2000u);
  EXPECT_EQ(largest_live_set(chain), 2000u);
}

TEST(Arena, NothingNeedsNothing) {
  EXPECT_EQ(lay_out({}, 100).size(), 0u);
  EXPECT_EQ(lay_out({{0, 1, 0, 5}}, 100).size(), 0u);
}

TEST(Arena, MoreThanOneBufferCanHoldGoesToSeveral) {
  const std::vector<Interval> intervals(5, {60, 4, 0, 1});
  const ArenaLayout layout = lay_out(intervals, 130);
  expect_sound(intervals, layout);
  EXPECT_EQ(layout.chunks.size(), 3u);
  for (uint64_t chunk : layout.chunks) EXPECT_LE(chunk, 130u);
}

TEST(Arena, AHoleThatFitsIsTaken) {
  const std::vector<Interval> intervals = {
      {100, 1, 0, 9}, {50, 1, 0, 1}, {100, 1, 0, 9}, {40, 1, 5, 9}};
  const ArenaLayout layout = lay_out(intervals, UINT64_MAX);
  expect_sound(intervals, layout);
  EXPECT_EQ(layout.size(), 250u);
}

TEST(Arena, RandomLifetimesAreLaidOutSoundAndNearTheBound) {
  std::mt19937 random(3);
  double planned = 0;
  double bound = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<Interval> intervals(random() % 80);
    for (Interval& interval : intervals) {
      interval.size = 1 + random() % 5000;
      interval.alignment = uint64_t{1} << random() % 8;
      interval.first = random() % 60;
      interval.last = interval.first + random() % 8;
    }
    const ArenaLayout layout = lay_out(intervals, UINT64_MAX);
    expect_sound(intervals, layout);
    ASSERT_GE(layout.size(), largest_live_set(intervals));
    planned += static_cast<double>(layout.size());
    bound += static_cast<double>(largest_live_set(intervals));
  }
  EXPECT_LE(planned, 1.15 * bound);
}

}  // namespace
}  // namespace backplane::exec
