#include "ops/broadcast.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

namespace backplane::ops {
namespace {

TEST(Broadcast, MatchesAxesFromTheLast) {
  EXPECT_EQ(*broadcast({{2, 3, 4}, {4}}), (Shape{2, 3, 4}));
  EXPECT_EQ(*broadcast({{3, 1}, {2, 1, 4}}), (Shape{2, 3, 4}));
  EXPECT_EQ(*broadcast({{}, {5}}), (Shape{5}));
  EXPECT_EQ(*broadcast({{1}, {0}}), (Shape{0}));
  EXPECT_EQ(*broadcast({{2}, {1}, {1, 1}}), (Shape{1, 2}));
  EXPECT_EQ(*broadcast({}), (Shape{}));
}

TEST(Broadcast, NamesTheSizesThatDoNotFit) {
  EXPECT_EQ(broadcast({{2, 3}, {2}}).status().text(),
            "shapes [2,3] and [2] do not broadcast: sizes 3 and 2");
  EXPECT_FALSE(broadcast({{0}, {2}}).ok());
}

TEST(Broadcast, OneWayKeepsTheTarget) {
  EXPECT_TRUE(check_broadcast_to({1, 4}, {2, 3, 4}).ok());
  EXPECT_TRUE(check_broadcast_to({}, {}).ok());
  EXPECT_TRUE(check_broadcast_to({-2}, {4}).ok());
  EXPECT_EQ(check_broadcast_to({4}, {1}).text(), "shape [4] does not broadcast to [1]");
  EXPECT_FALSE(check_broadcast_to({1, 4}, {4}).ok());
}

// The rule itself, on known sizes: element by element from the last axis.
std::optional<Shape> by_rule(const std::vector<Shape>& shapes) {
  size_t rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.size());
  Shape result(rank, 1);
  for (const Shape& shape : shapes)
    for (size_t back = 1; back <= shape.size(); ++back) {
      const int64_t size = shape[shape.size() - back];
      int64_t& so_far = result[rank - back];
      if (size != 1 && so_far != 1 && size != so_far) return std::nullopt;
      if (size != 1) so_far = size;
    }
  return result;
}

// A size below -1 stands for one number, everywhere the same; -1 for any.
int64_t size_at(int64_t size, const std::vector<int64_t>& worth, std::mt19937& random) {
  if (size >= 0) return size;
  return size == -1 ? static_cast<int64_t>(random() % 4) : worth[static_cast<size_t>(-size - 2)];
}

TEST(Broadcast, WithUnknownSizesItHoldsForEveryNumberTheyCanBe) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<Shape> shapes(1 + random() % 3);
    for (Shape& shape : shapes) {
      shape.resize(random() % 4);
      for (int64_t& size : shape) size = static_cast<int64_t>(random() % 8) - 4;  // -4 to 3
    }
    const auto abstract = broadcast(shapes);
    for (int concrete = 0; concrete < 20; ++concrete) {
      const std::vector<int64_t> worth = {static_cast<int64_t>(random() % 4),
                                          static_cast<int64_t>(random() % 4),
                                          static_cast<int64_t>(random() % 4)};
      std::vector<Shape> known = shapes;
      for (Shape& shape : known)
        for (int64_t& size : shape) size = size_at(size, worth, random);
      const std::optional<Shape> expected = by_rule(known);
      if (!expected.has_value()) continue;
      ASSERT_TRUE(abstract.ok()) << abstract.status().text();
      ASSERT_EQ(abstract->size(), expected->size());
      for (size_t axis = 0; axis < expected->size(); ++axis)
        EXPECT_TRUE((*abstract)[axis] == -1 ||
                    size_at((*abstract)[axis], worth, random) == (*expected)[axis]);
    }
  }
}

}  // namespace
}  // namespace backplane::ops
