#include "support/log.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

TEST(Log, SourcesAreSplitAtCommas) {
  EXPECT_EQ(Log::sources_wanted("loader,memory"), (std::vector<std::string>{"loader", "memory"}));
  EXPECT_TRUE(Log::sources_wanted(nullptr).empty());
  EXPECT_TRUE(Log::sources_wanted("").empty());
}

TEST(Log, LinesBelowTheLevelAreDropped) {
  std::vector<std::string> lines;
  const Log log(BP_LOG_WARNING, [&](bp_log_level_t, const char* source, const std::string& text) {
    lines.push_back(std::string(source) + " " + text);
  });
  log.write(BP_LOG_INFO, "loader", "a");
  log.write(BP_LOG_ERROR, "loader", "b");
  EXPECT_EQ(lines, std::vector<std::string>{"loader b"});
}

TEST(Log, ASourceNamedInTheEnvironmentIsHeardInFull) {
  setenv("BACKPLANE_LOG", "loader", 1);
  std::vector<std::string> lines;
  const Log log(BP_LOG_ERROR, [&](bp_log_level_t, const char* source, const std::string& text) {
    lines.push_back(std::string(source) + " " + text);
  });
  unsetenv("BACKPLANE_LOG");
  log.write(BP_LOG_DEBUG, "loader", "a");
  log.write(BP_LOG_DEBUG, "memory", "b");
  EXPECT_EQ(lines, std::vector<std::string>{"loader a"});
}

TEST(Log, OnStandardErrorHasTheTimesThatWereAskedFor) {
  for (const char* value : {"0", "1", "2"}) {
    setenv("BACKPLANE_CHECK", value, 1);
    const Log log;
    unsetenv("BACKPLANE_CHECK");
    EXPECT_EQ(log.wants(BP_LOG_INFO, "check"), *value == '2') << value;
    EXPECT_FALSE(log.wants(BP_LOG_INFO, "loader")) << value;
  }
}

}  // namespace
}  // namespace backplane
