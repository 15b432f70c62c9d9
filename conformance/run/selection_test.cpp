#include "run/selection.hpp"

#include <gtest/gtest.h>

#include <map>

namespace backplane::conformance {
namespace {

Case case_named(const std::string& id, Level level = Level::kMemory) {
  Case one;
  one.id = id;
  one.level = level;
  return one;
}

TEST(Selection, AStarStandsForAnythingSlashesIncluded) {
  EXPECT_TRUE(glob_matches("operators/*/test_conv*", "operators/published/node/test_conv_pads"));
  EXPECT_TRUE(glob_matches("*", "a/b"));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_matches("*a*b*", "xxbxxaxx"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Selection, AQuestionMarkStandsForOneCharacterAndNothingElseIsSpecial) {
  EXPECT_TRUE(glob_matches("test_?", "test_a"));
  EXPECT_FALSE(glob_matches("test_?", "test_"));
  EXPECT_FALSE(glob_matches("a.c", "abc"));
  EXPECT_TRUE(glob_matches("a-b:c#7", "a-b:c#7"));
  EXPECT_FALSE(glob_matches("[ab]", "a"));
}

TEST(Selection, ManyStarsDoNotTakeForEver) {
  const std::string glob(50, '*');
  EXPECT_FALSE(glob_matches(glob + "b", std::string(2000, 'a')));
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Selection, EveryCaseIsInExactlyOneShard) {
  for (uint64_t count : {1, 2, 3, 7}) {
    for (int i = 0; i < 500; ++i) {
      const Case one = case_named("memory/case-" + std::to_string(i));
      uint64_t shards = 0;
      for (uint64_t shard = 0; shard < count; ++shard) {
        Selection selection;
        selection.shard = shard;
        selection.shard_count = count;
        shards += is_selected(selection, one) ? 1 : 0;
      }
      EXPECT_EQ(shards, 1u);
    }
  }
}

// The hash is part of the contract: a shard must hold the same cases tomorrow.
TEST(Selection, ShardsHangOnTheIdAlone) {
  EXPECT_EQ(shard_of("", 1u << 31),
            ((0xcbf29ce484222325u ^ (0xcbf29ce484222325u >> 32)) % (1u << 31)));
  EXPECT_EQ(shard_of("memory/x", 5), shard_of("memory/x", 5));
}

TEST(Selection, ShardsAreOfLikeSize) {
  std::map<uint64_t, int> sizes;
  for (int i = 0; i < 8000; ++i)
    ++sizes[shard_of("operators/published/test_" + std::to_string(i), 8)];
  for (const auto& [shard, size] : sizes) {
    EXPECT_GT(size, 800) << shard;
    EXPECT_LT(size, 1200) << shard;
  }
}

TEST(Selection, FiltersLevelsAndIdsMustAllAgree) {
  Selection selection;
  selection.filters = {"memory/*", "stream/*"};
  EXPECT_TRUE(is_selected(selection, case_named("memory/a")));
  EXPECT_FALSE(is_selected(selection, case_named("load/a")));
  selection.levels = {"stream"};
  EXPECT_FALSE(is_selected(selection, case_named("memory/a")));
  selection.levels = {"memory"};
  selection.only = {"memory/b"};
  EXPECT_FALSE(is_selected(selection, case_named("memory/a")));
  EXPECT_TRUE(is_selected(selection, case_named("memory/b")));
}

TEST(Selection, OnlyWhatCannotBeSelectedIsLeftOutBeforehand) {
  const auto may = [](const Selection& selection) {
    return may_select(selection, Level::kOperators, "operators/matmul/");
  };
  const auto filtered = [&may](const std::string& filter) {
    Selection selection;
    selection.filters = {"memory/*", filter};
    return may(selection);
  };
  EXPECT_TRUE(may({}));
  for (const char* filter : {"*", "op*", "operators/*/x", "operators/matmul/float32/1x1_1x1",
                             "?perators/add/*", "operators/matmul/?", "operators/mat*"})
    EXPECT_TRUE(filtered(filter)) << filter;
  for (const char* filter : {"operators/matmulinteger/*", "operators/add/*", "stream/*", "x*"})
    EXPECT_FALSE(filtered(filter)) << filter;
  Selection selection;
  selection.levels = {"memory"};
  EXPECT_FALSE(may(selection));
  selection.levels = {"operators"};
  selection.only = {"operators/add/float32/1_1"};
  EXPECT_FALSE(may(selection));
  selection.only.emplace_back("operators/matmul/float32/1x1_1x1");
  EXPECT_TRUE(may(selection));
}

}  // namespace
}  // namespace backplane::conformance
