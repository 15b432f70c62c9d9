#include "run/case_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "published/list.hpp"

namespace backplane::conformance {
namespace {

TEST(CaseList, IdsAreUniqueAndNeedNoQuotes) {
  std::set<std::string> seen;
  for (const Case& one : all_cases(find_published_data())) {
    EXPECT_TRUE(is_valid_id(one.id)) << one.id;
    EXPECT_TRUE(seen.insert(one.id).second) << one.id << " is there twice";
    EXPECT_EQ(one.id.rfind(level_name(one.level), 0), 0u) << one.id << " is of another level";
    EXPECT_FALSE(one.sentence.empty()) << one.id;
  }
}

TEST(CaseList, HasTheCasesThatEachLevelNeeds) {
  const std::vector<Case> all = all_cases("");
  const auto count = [&all](Level level) {
    return std::count_if(all.begin(), all.end(),
                         [level](const Case& one) { return one.level == level; });
  };
  EXPECT_GE(count(Level::kMemory), 90);
  EXPECT_GE(count(Level::kStream), 64);
}

TEST(CaseList, EveryAbiCaseIsFoundByItsId) {
  for (const AbiCase& one : abi_cases()) EXPECT_EQ(find_abi_case(one.id)->body, one.body);
  EXPECT_EQ(find_abi_case("memory/no-such-case"), nullptr);
}

TEST(CaseList, EveryPublishedTestIsACaseAndOnlyRandomOnesAreSkippedByName) {
  const std::string data = find_published_data();
  if (data.empty()) GTEST_SKIP() << "libonnx-testdata is not installed";
  const std::vector<Case> published = published_cases(data);
  EXPECT_EQ(published.size(), 1072u);
  const auto skipped = std::count_if(published.begin(), published.end(),
                                     [](const Case& one) { return !one.skip.empty(); });
  EXPECT_EQ(skipped, 10);
  const auto plain = std::count_if(published.begin(), published.end(),
                                   [](const Case& one) { return one.is_plain; });
  EXPECT_EQ(plain, 1021);
}

// Each operator among these draws random numbers and its outputs are compared by value.
TEST(CaseList, TheSkippedTestsDrawRandomNumbers) {
  const std::string data = find_published_data();
  if (data.empty()) GTEST_SKIP() << "libonnx-testdata is not installed";
  for (const Case& one : published_cases(data)) {
    if (one.skip.empty()) continue;
    const std::set<std::string> operators(one.operators.begin(), one.operators.end());
    EXPECT_TRUE(operators.count("Bernoulli") + operators.count("RandomUniformLike") +
                    operators.count("Dropout") >
                0)
        << one.id;
  }
}

TEST(CaseList, AFolderWithoutTestsHasNone) {
  EXPECT_TRUE(published_cases("/no/such/folder").empty());
  EXPECT_TRUE(published_cases("/usr").empty());
}

}  // namespace
}  // namespace backplane::conformance
