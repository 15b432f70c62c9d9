#include "loader/version.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

bool newer(const char* a, const char* b) { return is_newer(*parse_version(a), *parse_version(b)); }

TEST(Version, TheOrderIsThatOfSemanticVersioning) {
  // The chain that semver.org gives as its example, and numbers that a comparison of text gets
  // wrong.
  const char* const rising[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                "1.0.0-rc.1",  "1.0.0",         "1.0.9",
                                "1.0.10",      "1.2.0",         "1.10.0",
                                "2.0.0",       "10.0.0"};
  for (size_t i = 0; i < std::size(rising); ++i)
    for (size_t j = 0; j < std::size(rising); ++j)
      EXPECT_EQ(newer(rising[i], rising[j]), i > j) << rising[i] << " and " << rising[j];
}

TEST(Version, WhatStandsAfterAPlusDoesNotCount) {
  EXPECT_FALSE(newer("1.0.0+b", "1.0.0+a"));
  EXPECT_FALSE(newer("1.0.0+a", "1.0.0+b"));
}

TEST(Version, AnythingElseIsRefusedByName) {
  for (const char* text :
       {"", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "01.2.3", "1.2.3-", "1.2.3+", "1.2.3-a..b",
        "1.2.3 ", "-1.2.3", "99999999999999999999.0.0"}) {
    const Result<Version> version = parse_version(text);
    ASSERT_FALSE(version.ok()) << text;
    EXPECT_EQ(version.status().code(), BP_STATUS_INVALID_ARGUMENT);
    EXPECT_NE(version.status().text().find("\"" + std::string(text) + "\""), std::string::npos);
  }
}

TEST(Version, AbiVersionsAreTwoNumbers) {
  const Result<bp_version_t> version = parse_abi_version("3.14");
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(to_text(*version), "3.14");
  for (const char* text : {"", "1", "1.", ".1", "1.2.3", "0.1-", "0.x", "0.4294967296"})
    EXPECT_FALSE(parse_abi_version(text).ok()) << text;
}

struct Pair {
  bp_version_t host;
  bp_version_t plugin;
  bool is_taken;
};

// proves BP-HOST-12
TEST(Version, AHostTakesEqualMajorsAndOfMajorZeroItsOwnMinorAndThoseFromTwoOn) {
  const Pair pairs[] = {
      {{0, 1}, {0, 1}, true},  {{0, 1}, {0, 0}, false}, {{0, 1}, {0, 2}, false},
      {{0, 2}, {0, 1}, false}, {{0, 2}, {0, 2}, true},  {{0, 3}, {0, 2}, true},
      {{0, 3}, {0, 1}, false}, {{0, 3}, {0, 0}, false}, {{0, 3}, {0, 4}, false},
      {{0, 9}, {0, 2}, true},  {{0, 0}, {0, 0}, true},  {{1, 0}, {1, 7}, true},
      {{1, 7}, {1, 0}, true},  {{1, 0}, {0, 1}, false}, {{0, 1}, {1, 0}, false},
      {{1, 0}, {2, 0}, false}, {{2, 5}, {1, 5}, false}, {{0, 1}, {9, 0}, false},
  };
  for (const Pair& pair : pairs)
    EXPECT_EQ(host_takes(pair.host, pair.plugin), pair.is_taken)
        << to_text(pair.host) << " and " << to_text(pair.plugin);
}

TEST(Version, WhatAHostTakesIsSaidInWords) {
  EXPECT_EQ(taken_by({0, 1}), "just 0.1");
  EXPECT_EQ(taken_by({0, 2}), "just 0.2");
  EXPECT_EQ(taken_by({0, 4}), "0.2 to 0.4");
  EXPECT_EQ(taken_by({2, 1}), "any 2.x");
}

}  // namespace
}  // namespace backplane
