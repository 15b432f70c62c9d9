#include "graph/pass_cases.hpp"

#include <gtest/gtest.h>

#include <set>

namespace backplane::conformance {
namespace {

std::set<std::string> ids_of(const std::vector<Case>& cases) {
  std::set<std::string> ids;
  for (const Case& one : cases) ids.insert(one.id);
  return ids;
}

TEST(PassCases, EveryPassHasEveryCheck) {
  const std::vector<Case> cases = pass_cases({"fuse-a", "fuse-b"}, false, "");
  const std::set<std::string> ids = ids_of(cases);
  EXPECT_EQ(cases.size(), 21u);
  EXPECT_EQ(ids.count("graph/fuse-a/outputs") + ids.count("graph/fuse-b/keeps-no-pointer"), 2u);
  for (const Case& one : cases) EXPECT_EQ(one.level, Level::kGraph);
}

// Whatever a plugin calls them: ids are distinct, and a shell takes them as they are.
TEST(PassCases, StrangeNamesMakeGoodIds) {
  const std::vector<std::string> names = {"", "a b", "a-b", "a-b", "a-b-3", "passes", "../*", "ä"};
  const std::vector<Case> cases = pass_cases(names, false, "");
  EXPECT_EQ(ids_of(cases).size(), cases.size());
  for (const Case& one : cases) {
    EXPECT_TRUE(is_valid_id(one.id)) << one.id;
    EXPECT_TRUE(one.id.rfind("graph/passes/", 0) != 0 || &one >= &cases.back() - 2)
        << "the place of cases about all passes";
  }
}

TEST(PassCases, AQuickRunHasTheSameCasesWithFewerGraphs) {
  const std::vector<Case> whole = pass_cases({"fuse"}, false, "");
  const std::vector<Case> quick = pass_cases({"fuse"}, true, "");
  EXPECT_EQ(ids_of(whole), ids_of(quick));
  EXPECT_NE(whole.front().problem, quick.front().problem);
}

}  // namespace
}  // namespace backplane::conformance
