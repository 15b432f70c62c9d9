#include "loader/probe_protocol.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

TEST(ProbeProtocol, WhatIsWrittenIsRead) {
  const Status refusal = unsupported("it cannot be opened:\nundefined symbol: x");
  const ProbeReport report = read_report(stage_line(Stage::kOpen) + stage_line(Stage::kQuery) +
                                         threads_line(3) + verdict_line(refusal));
  EXPECT_STREQ(report.where, "in bp_plugin_query");
  EXPECT_EQ(report.threads, 3u);
  ASSERT_TRUE(report.has_verdict);
  EXPECT_EQ(report.verdict.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(report.verdict.text(), "it cannot be opened:\\x0aundefined symbol: x");
}

TEST(ProbeProtocol, AReportThatBreaksOffHasNoVerdict) {
  EXPECT_STREQ(read_report("at open\n").where, "while it was opened (a constructor)");
  EXPECT_STREQ(read_report("at open\nat query\nat table\nacc").where, "while its table was read");
  EXPECT_FALSE(read_report("at open\nat query\nat table\nacc").has_verdict);
  EXPECT_FALSE(read_report("accepted").has_verdict) << "the line has no end";
  EXPECT_EQ(read_report("").where, nullptr);
}

TEST(ProbeProtocol, LinesThatItDoesNotKnowArePassedOver) {
  const ProbeReport report =
      read_report("\n\n\xff\nrefused\nrefused x y\nrefused 0 fine\nthreads -4\nat moon\nlater 7\n");
  EXPECT_FALSE(report.has_verdict);
  EXPECT_EQ(report.threads, 0u);
  EXPECT_EQ(report.where, nullptr);
  EXPECT_TRUE(read_report("accepted\n").has_verdict);
}

}  // namespace
}  // namespace backplane
