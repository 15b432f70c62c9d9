#include "run/expectations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backplane::conformance {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kToday = "2026-11-22";

Case case_named(const std::string& id) {
  Case one;
  one.id = id;
  return one;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {case_named("memory/a"), case_named("memory/b"),
                                        case_named("stream/a")};
  return all;
}

std::vector<Expectation> parsed(const std::string& text) {
  Result<std::vector<Expectation>> expectations = parse_expectations(text, cases(), kToday);
  EXPECT_TRUE(expectations.ok()) << expectations.status().text();
  return expectations.ok() ? expectations.take() : std::vector<Expectation>();
}

std::string refusal(const std::string& text) {
  const Result<std::vector<Expectation>> expectations = parse_expectations(text, cases(), kToday);
  EXPECT_FALSE(expectations.ok()) << text;
  return expectations.ok() ? "" : expectations.status().text();
}

Outcome outcome_of(Verdict verdict, const std::string& text = "") {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.text = text;
  return outcome;
}

TEST(Expectations, AFileIsReadLineByLine) {
  const std::vector<Expectation> lines = parsed(
      "# a comment\n\n  unsupported memory/*   # no memory # at all \r\n"
      "expected-fail\tstream/a\tuntil=2026-11-22 # issue 41\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, 3u);
  EXPECT_EQ(lines[0].glob, "memory/*");
  EXPECT_EQ(lines[0].until, "");
  EXPECT_EQ(lines[0].reason, "no memory # at all");
  EXPECT_EQ(lines[1].kind, Expectation::Kind::kExpectedFail);
  EXPECT_EQ(lines[1].until, "2026-11-22") << "the last day counts";
  EXPECT_EQ(lines[1].reason, "issue 41");
  EXPECT_TRUE(parsed("").empty());
}

TEST(Expectations, ALineWithoutAReasonIsRefused) {
  EXPECT_THAT(refusal("unsupported memory/a"), HasSubstr("line 1: there is no reason"));
  EXPECT_THAT(refusal("unsupported memory/a #  "), HasSubstr("the reason after '#' is empty"));
}

TEST(Expectations, ALineThatExpiredIsRefusedWithItsReason) {
  EXPECT_THAT(refusal("unsupported memory/a until=2026-11-21 # soon"),
              HasSubstr("line 1: expired on 2026-11-21: soon"));
  EXPECT_THAT(refusal("expected-fail memory/a # for ever"), HasSubstr("add until=YYYY-MM-DD"));
}

TEST(Expectations, ALineThatMatchesNoCaseIsRefused) {
  EXPECT_THAT(refusal("unsupported memory/c # typo"), HasSubstr("\"memory/c\" matches no case"));
}

TEST(Expectations, AWrongLineIsRefusedInWords) {
  EXPECT_THAT(refusal("skip memory/a # x"), HasSubstr("\"skip\" is neither"));
  EXPECT_THAT(refusal("unsupported # x"), HasSubstr("there is no glob"));
  EXPECT_THAT(refusal("unsupported memory/a memory/b # x"), HasSubstr("\"memory/b\" is not"));
  for (const char* day : {"", "tomorrow", "2027-02-30", "2027-13-01", "27-01-01", "2027-1-1",
                          "2027-01-01x", "+027-01-01"})
    EXPECT_THAT(refusal("unsupported memory/a until=" + std::string(day) + " # x"),
                HasSubstr("is no day"))
        << day;
  EXPECT_THAT(refusal("unsupported memory/a until=2027-01-01 until=2028-01-01 # x"),
              HasSubstr("is not understood"));
}

TEST(Expectations, EveryWrongLineIsNamed) {
  const std::string text = refusal("skip a # x\nunsupported memory/a # fine\nunsupported b # y\n");
  EXPECT_THAT(text, HasSubstr("line 1:"));
  EXPECT_THAT(text, Not(HasSubstr("line 2:")));
  EXPECT_THAT(text, HasSubstr("line 3:"));
}

TEST(Expectations, AnExpectedFailureDoesNotFailTheRun) {
  const auto lines = parsed("expected-fail memory/* until=2027-01-01 # issue 41");
  for (const Verdict verdict : {Verdict::kFail, Verdict::kCrash, Verdict::kHang, Verdict::kFlaky}) {
    const Outcome judged = judged_by(lines, cases()[0], outcome_of(verdict, "one byte is wrong"));
    EXPECT_EQ(judged.verdict, Verdict::kExpectedFail);
    EXPECT_FALSE(is_failure(judged.verdict));
    EXPECT_THAT(judged.text, HasSubstr("issue 41"));
    EXPECT_THAT(judged.text, HasSubstr("until 2027-01-01"));
    EXPECT_THAT(judged.text, HasSubstr(std::string(verdict_name(verdict)) + ": one byte is wrong"));
  }
  EXPECT_EQ(judged_by(lines, cases()[2], outcome_of(Verdict::kFail)).verdict, Verdict::kFail);
}

TEST(Expectations, APassAgainstTheFileFails) {
  for (const char* line :
       {"expected-fail memory/a until=2027-01-01 # x", "unsupported memory/a # x"}) {
    const Outcome judged = judged_by(parsed(line), cases()[0], outcome_of(Verdict::kPass));
    EXPECT_EQ(judged.verdict, Verdict::kUnexpectedPass) << line;
    EXPECT_TRUE(is_failure(judged.verdict));
    EXPECT_THAT(judged.text, HasSubstr("line 1: x"));
  }
}

TEST(Expectations, WhatIsUnsupportedExcusesNoFailure) {
  const auto lines = parsed("unsupported memory/a # no such memory");
  EXPECT_EQ(judged_by(lines, cases()[0], outcome_of(Verdict::kFail)).verdict, Verdict::kFail);
  EXPECT_EQ(judged_by(lines, cases()[0], outcome_of(Verdict::kCrash)).verdict, Verdict::kCrash);
  EXPECT_EQ(judged_by(lines, cases()[0], outcome_of(Verdict::kUnsupported)).verdict,
            Verdict::kUnsupported);
  const Outcome missing = judged_by(lines, cases()[0], outcome_of(Verdict::kMissing));
  EXPECT_EQ(missing.verdict, Verdict::kUnsupported);
  EXPECT_EQ(missing.refused_by, RefusedBy::kPlugin);
}

TEST(Expectations, TheFirstLineThatMatchesDecides) {
  const auto lines =
      parsed("unsupported memory/a # first\nexpected-fail memory/* until=2027-01-01 # second");
  EXPECT_EQ(judged_by(lines, cases()[0], outcome_of(Verdict::kFail)).verdict, Verdict::kFail);
  EXPECT_EQ(judged_by(lines, cases()[1], outcome_of(Verdict::kFail)).verdict,
            Verdict::kExpectedFail);
}

TEST(Expectations, TodayIsADay) {
  EXPECT_TRUE(parse_expectations("unsupported memory/a until=" + today_text() + " # x", cases(),
                                 today_text())
                  .ok());
}

}  // namespace
}  // namespace backplane::conformance
