#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "report/comparison.hpp"
#include "report/json_lines.hpp"
#include "report/junit.hpp"
#include "report/summary.hpp"
#include "report/terminal.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

// Cases and records as a run would have them.
class ReportTest : public testing::Test {
 protected:
  void add(const std::string& id, Level level, Verdict verdict, const std::string& text = "",
           RefusedBy by = RefusedBy::kNobody) {
    auto one = std::make_unique<Case>();
    one->id = id;
    one->level = level;
    one->sentence = "a sentence";
    Record record;
    record.one = one.get();
    record.outcome.verdict = verdict;
    record.outcome.text = text;
    record.outcome.refused_by = by;
    cases_.push_back(std::move(one));
    records_.push_back(record);
  }

  RunFacts facts() const {
    RunFacts facts;
    facts.options.plugin = "/opt/acme/libbp_acme.so";
    facts.options.seed = 7;
    facts.plugin.id = "com.acme.x100";
    facts.plugin.devices = {{"Acme X100", "x100", "1", "", true}};
    facts.devices = {0};
    return facts;
  }

  std::string written(const std::string& text) {
    path_ = std::filesystem::temp_directory_path() /
            ("report_test_" + std::to_string(getpid()) + ".jsonl");
    EXPECT_TRUE(write_file(path_, text).ok());
    return path_;
  }
  // The report of all records, as a file.
  std::string report() {
    const RunFacts of_run = facts();
    JsonLinesFile file(of_run, written(""));
    for (const Record& record : records_) file.add(record);
    file.close(records_);
    EXPECT_TRUE(file.status().ok());
    return path_;
  }
  void TearDown() override {
    if (!path_.empty()) std::filesystem::remove(path_);
  }

  std::vector<std::unique_ptr<Case>> cases_;
  std::vector<Record> records_;
  std::string path_;
};

TEST_F(ReportTest, TheClosingLinesCountEveryVerdictOnce) {
  add("load/a", Level::kLoad, Verdict::kPass);
  add("load/b", Level::kLoad, Verdict::kFail);
  add("load/c", Level::kLoad, Verdict::kCrash);
  add("load/d", Level::kLoad, Verdict::kHang);
  add("load/e", Level::kLoad, Verdict::kFlaky);
  add("load/f", Level::kLoad, Verdict::kMissing);
  add("load/g", Level::kLoad, Verdict::kUnsupported);
  add("load/h", Level::kLoad, Verdict::kSkipped);
  add("load/i", Level::kLoad, Verdict::kExpectedFail);
  add("load/j", Level::kLoad, Verdict::kUnexpectedPass);
  add("load/k", Level::kLoad, Verdict::kNonDiscriminating);
  const Counts counts = count_all(records_);
  EXPECT_EQ(counts.verdicts_line(),
            "verdicts: pass=1 fail=1 crash=1 hang=1 flaky=1 missing=1 unsupported=1 skipped=1 "
            "expected-fail=1 unexpected-pass=1 non-discriminating=1");
  EXPECT_EQ(counts.closing_line(), "1 passed, 6 failed, 4 skipped");
}

TEST_F(ReportTest, ALevelIsReachedWhenSomethingPassesAndNothingFails) {
  add("load/a", Level::kLoad, Verdict::kPass);
  add("memory/a", Level::kMemory, Verdict::kPass);
  add("memory/b", Level::kMemory, Verdict::kFlaky);
  add("stream/a", Level::kStream, Verdict::kSkipped, "not applicable (synchronous)");
  add("operators/a", Level::kOperators, Verdict::kUnsupported);
  const DeviceSummary device = summarise(records_).front();
  EXPECT_EQ(device.state(Level::kLoad), LevelState::kReached);
  EXPECT_EQ(device.state(Level::kMemory), LevelState::kNotReached);
  EXPECT_EQ(device.state(Level::kStream), LevelState::kNotApplicable);
  EXPECT_EQ(device.state(Level::kOperators), LevelState::kNotReached);
  EXPECT_EQ(device.ladder(), "reached: load; next: memory (1 failure)");
}

TEST_F(ReportTest, ALevelWithAnExpectedFailureIsNotReached) {
  add("load/a", Level::kLoad, Verdict::kPass);
  add("load/b", Level::kLoad, Verdict::kExpectedFail);
  EXPECT_EQ(summarise(records_).front().ladder(),
            "reached: nothing yet; next: load (1 expected to fail)");
}

TEST_F(ReportTest, TheLevelThatWasCutShortIsNotReached) {
  add("load/a", Level::kLoad, Verdict::kPass);
  add("memory/a", Level::kMemory, Verdict::kPass);
  const CutShort cut = {"SIGINT", 2, 9};
  EXPECT_EQ(summarise(records_, cut).front().ladder(), "reached: load; next: memory (cut short)");
  const std::string text = summary_text(facts(), records_, cut);
  EXPECT_NE(text.find("interrupted by SIGINT after 2 of 9 cases\nverdicts: "), std::string::npos)
      << text;
}

TEST_F(ReportTest, AnInterruptedRunSaysSoInBothReports) {
  add("load/a", Level::kLoad, Verdict::kPass);
  const CutShort cut = {"SIGTERM", 1, 9};
  EXPECT_NE(junit_xml(facts(), records_, cut)
                .find("<error message=\"interrupted by SIGTERM after 1 of 9 cases\"/>"),
            std::string::npos);
  const RunFacts of_run = facts();
  JsonLinesFile file(of_run, written(""));
  file.add(records_.front());
  file.close(cut);
  const auto read = read_json_lines(path_);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.status().text().find("line 3: the run was interrupted by SIGTERM"),
            std::string::npos)
      << read.status().text();
}

TEST_F(ReportTest, NotApplicableIsPrintedAndNeverCountedAsPassed) {
  add("stream/a", Level::kStream, Verdict::kSkipped, "not applicable (synchronous)");
  const std::string text = summary_text(facts(), records_);
  EXPECT_NE(text.find("stream     not applicable (synchronous)"), std::string::npos) << text;
  EXPECT_NE(text.find("0 passed, 0 failed, 1 skipped"), std::string::npos);
}

TEST_F(ReportTest, EveryFailureHasALineThatRunsItAgain) {
  add("memory/a", Level::kMemory, Verdict::kFail, "one byte is wrong");
  const std::string text = failures_text(facts(), records_, false);
  EXPECT_NE(text.find("conformance-run --plugin /opt/acme/libbp_acme.so --device 0 --seed 7 "
                      "--repro memory/a"),
            std::string::npos)
      << text;
}

TEST_F(ReportTest, AThousandFailuresTakeFortyLines) {
  for (int i = 0; i < 1000; ++i)
    add("memory/" + std::to_string(i), Level::kMemory, Verdict::kFail, "wrong");
  const std::string text = failures_text(facts(), records_, false);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 41);
  EXPECT_NE(text.find("and 987 more failures"), std::string::npos) << text;
}

TEST_F(ReportTest, RefusalsAreCountedInTwoColumns) {
  add("operators/a", Level::kOperators, Verdict::kUnsupported, "only f32", RefusedBy::kPlugin);
  add("operators/b", Level::kOperators, Verdict::kUnsupported, "string", RefusedBy::kHost);
  add("operators/c", Level::kOperators, Verdict::kUnsupported, "string", RefusedBy::kHost);
  const LevelSummary level = summarise(records_).front().levels[3];
  EXPECT_EQ(level.unsupported_by_plugin, 1u);
  EXPECT_EQ(level.unsupported_by_host, 2u);
  EXPECT_EQ(reasons(records_, RefusedBy::kHost).front(),
            std::make_pair(std::string("string"), size_t{2}));
}

TEST_F(ReportTest, WhatIsWrittenAsJsonLinesIsReadBack) {
  add("memory/a", Level::kMemory, Verdict::kFail, "quote \" and \xff byte\nsecond line");
  cases_.front()->operators = {"Conv"};
  const auto read = read_json_lines(report());
  ASSERT_TRUE(read.ok()) << read.status().text();
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().id, "memory/a");
  EXPECT_EQ(read->front().verdict, Verdict::kFail);
  EXPECT_EQ(read->front().operators, std::vector<std::string>{"Conv"});
}

TEST_F(ReportTest, ADamagedReportIsNamed) {
  add("memory/a", Level::kMemory, Verdict::kPass);
  const std::string whole = *read_file(report());
  const size_t last_line = whole.rfind('\n', whole.size() - 2);
  for (const std::string& damaged :
       {whole.substr(0, last_line + 1), std::string("no json\n"), std::string("{\"is\":7}\n"),
        std::string("{\"is\":\"case\"}\n"), std::string()}) {
    const auto read = read_json_lines(written(damaged));
    ASSERT_FALSE(read.ok()) << damaged;
    EXPECT_EQ(read.status().code(), BP_STATUS_CORRUPT);
    EXPECT_NE(read.status().text().find(path_), std::string::npos) << read.status().text();
  }
}

TEST_F(ReportTest, WhatWasJudgedIsThereBeforeTheEnd) {
  add("memory/a", Level::kMemory, Verdict::kPass);
  const RunFacts of_run = facts();
  JsonLinesFile file(of_run, written(""));
  file.add(records_.front());
  const std::string so_far = *read_file(path_);
  EXPECT_NE(so_far.find("\"case\":\"memory/a\""), std::string::npos) << so_far;
  EXPECT_EQ(so_far.back(), '\n');
}

TEST_F(ReportTest, AFileThatCannotBeWrittenIsNamed) {
  const RunFacts of_run = facts();
  const JsonLinesFile file(of_run, "/nowhere/run.jsonl");
  EXPECT_EQ(file.status().text(), "/nowhere/run.jsonl: cannot be written");
}

TEST_F(ReportTest, JunitCountsWhatItHoldsAndEscapesMarkup) {
  add("memory/a", Level::kMemory, Verdict::kPass);
  add("memory/b", Level::kMemory, Verdict::kFail, "<&\">\x01");
  add("memory/c", Level::kMemory, Verdict::kHang, "busy");
  add("memory/d", Level::kMemory, Verdict::kSkipped, "nothing there");
  const std::string xml = junit_xml(facts(), records_);
  EXPECT_NE(xml.find("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""), std::string::npos);
  EXPECT_NE(xml.find("FAIL: &lt;&amp;&quot;&gt;?"), std::string::npos) << xml;
}

OldRecord old(const std::string& id, Verdict verdict, std::vector<std::string> operators = {}) {
  return {id, 0, verdict, "text", std::move(operators)};
}

TEST(Comparison, CountsExpectedChangesApart) {
  const std::vector<OldRecord> before = {old("a", Verdict::kPass, {"Conv"}),
                                         old("b", Verdict::kPass), old("c", Verdict::kFail)};
  const std::vector<OldRecord> after = {old("a", Verdict::kCrash, {"Conv"}),
                                        old("b", Verdict::kPass), old("c", Verdict::kFail)};
  const Comparison comparison = compare_runs(before, after, {{"Conv"}, {}});
  EXPECT_EQ(comparison.expected_changes, 1u);
  EXPECT_EQ(comparison.other_changes, 0u);
  EXPECT_NE(comparison.text.find("\n0 other changes\n"), std::string::npos) << comparison.text;
}

TEST(Comparison, ALostCaseIsAChangeAndSoIsANewOne) {
  const Comparison comparison =
      compare_runs({old("a", Verdict::kPass)}, {old("b", Verdict::kFail)}, {});
  EXPECT_EQ(comparison.other_changes, 2u);
  EXPECT_EQ(comparison.newly_failing, 1u);
  EXPECT_NE(comparison.text.find("PASS -> (not there)  a"), std::string::npos) << comparison.text;
}

TEST(Comparison, AFailureThatStaysIsNoChange) {
  const Comparison comparison =
      compare_runs({old("a", Verdict::kFail)}, {old("a", Verdict::kFail)}, {});
  EXPECT_EQ(comparison.other_changes, 0u);
}

TEST(Comparison, OneDeviceIsNotTakenForAnother) {
  std::vector<OldRecord> before = {old("a", Verdict::kPass), old("a", Verdict::kPass)};
  before[1].device = 1;
  std::vector<OldRecord> after = before;
  after[1].verdict = Verdict::kFail;
  EXPECT_EQ(compare_runs(before, after, {}).other_changes, 1u);
}

}  // namespace
}  // namespace backplane::conformance
