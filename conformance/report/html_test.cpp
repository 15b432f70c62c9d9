// The HTML report: counts in cells, what is listed, and that nothing of a plugin becomes markup.
#include "report/html.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "report/html_cases.hpp"
#include "report/html_matrix.hpp"
#include "report/junit.hpp"
#include "report/markup.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "<script>alert('x')</script>&amp;\"\x01\x1b[31m\xff\xed\xa0\x80\n";

class HtmlTest : public testing::Test {
 protected:
  Record& add(CaseKind kind, const std::string& id, Verdict verdict, const std::string& op = "",
              uint32_t device = 0) {
    auto one = std::make_unique<Case>();
    one->id = id;
    one->kind = kind;
    one->level = id.rfind("memory/", 0) == 0 ? Level::kMemory : Level::kOperators;
    one->rules = "BP-KERNEL-6";
    one->sentence = "a sentence";
    if (!op.empty()) one->operators = {op};
    Record record;
    record.one = one.get();
    record.device = device;
    record.outcome.verdict = verdict;
    cases_.push_back(std::move(one));
    records_.push_back(record);
    return records_.back();
  }
  Record& problem(const std::string& type_and_rest, Verdict verdict) {
    return add(CaseKind::kProblem, "operators/matmul/" + type_and_rest, verdict, "MatMul");
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
  std::string page(const CutShort& cut = {}) const {
    return html_page(facts(), {"2026-11-22", "A processor", "Linux", "g++", "9.9"}, records_, cut);
  }

  std::vector<std::unique_ptr<Case>> cases_;
  std::vector<Record> records_;
};

// How many elements of a name Python's XML parser finds; -1: it is not well-formed.
int elements_in(const std::string& markup, const std::string& name) {
  constexpr int kMost = 100;  // of an exit code
  constexpr int kMalformed = 101;
  const std::string path =
      std::filesystem::temp_directory_path() / ("html_test_" + std::to_string(getpid()) + ".xml");
  EXPECT_TRUE(write_file(path, markup).ok());
  const std::string program =
      "import sys, xml.etree.ElementTree as t\n"
      "try: tree = t.parse(sys.argv[1])\n"
      "except t.ParseError: sys.exit(int(sys.argv[4]))\n"
      "sys.exit(min(int(sys.argv[3]), sum(1 for _ in tree.iter(sys.argv[2]))))";
  const std::string command = "python3 -c '" + program + "' " + path + " " + name + " " +
                              std::to_string(kMost) + " " + std::to_string(kMalformed);
  const int status = std::system(command.c_str());
  std::filesystem::remove(path);
  return WEXITSTATUS(status) == kMalformed ? -1 : WEXITSTATUS(status);
}

bool has_python() { return std::system("python3 -c '' 2>/dev/null") == 0; }

TEST_F(HtmlTest, ACellCountsWhatItsOperatorAndTypeCameTo) {
  problem("float32/a", Verdict::kPass);
  problem("float32/b", Verdict::kPass).outcome.declared.accumulates = BP_DTYPE_BFLOAT16;
  problem("float32/c", Verdict::kCrash);
  problem("float32/d", Verdict::kUnsupported);
  problem("float32/e", Verdict::kNonDiscriminating);
  problem("float32/f", Verdict::kSkipped);
  problem("int8/a", Verdict::kPass);
  add(CaseKind::kPublished, "operators/published/node/test_matmul_2d", Verdict::kPass, "MatMul");
  add(CaseKind::kAbi, "memory/a", Verdict::kPass);
  add(CaseKind::kProblem, "operators/matmul/int8/a", Verdict::kFail, "MatMul", 1);
  const Matrix matrix = matrix_of(records_, 0);
  ASSERT_EQ(matrix.rows.size(), 1u);
  EXPECT_THAT(matrix.types, testing::ElementsAre("float32", "int8", "published"));
  const MatrixCell& cell = matrix.rows.at("MatMul").at("float32");
  EXPECT_EQ(cell.passed, 2u);
  EXPECT_EQ(cell.failed, 1u);
  EXPECT_EQ(cell.unsupported, 1u);
  EXPECT_EQ(cell.open, 1u);
  EXPECT_EQ(cell.skipped, 1u);
  EXPECT_EQ(cell.worst_class, 'C');
  EXPECT_EQ(matrix.rows.at("MatMul").at("int8").failed, 0u) << "that was another device";
  EXPECT_EQ(matrix.rows.at("MatMul").at("published").worst_class, 0);
}

TEST_F(HtmlTest, EveryStateOfACellHasAMarkOfItsOwn) {
  const std::pair<std::vector<Verdict>, const char*> states[] = {
      {{Verdict::kPass, Verdict::kHang}, "✗ 1/1/0"},
      {{Verdict::kPass, Verdict::kExpectedFail}, "! 1/0/0"},
      {{Verdict::kPass, Verdict::kUnsupported}, "◐ 1/0/1"},
      {{Verdict::kPass, Verdict::kSkipped}, "✓ 1/0/0"},
      {{Verdict::kUnsupported}, "– 0/0/1"},
      {{Verdict::kSkipped}, "○ 0/0/0"}};
  for (const auto& [verdicts, wanted] : states) {
    records_.clear();
    for (Verdict verdict : verdicts) problem("float32/a", verdict);
    EXPECT_THAT(matrix_html(matrix_of(records_, 0), 0), HasSubstr(wanted));
  }
}

TEST_F(HtmlTest, AFailureIsListedWhereItsCellLeadsWithAllThatIsNeeded) {
  Record& record = problem("float32/3x5_5x2", Verdict::kFail);
  record.outcome.text = "1 of 6 elements are wrong";
  record.outcome.rule = "BP-KERNEL-5";
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("<a href=\"#d0-MatMul-float32\">✗ 0/1/0</a>"));
  EXPECT_THAT(text, HasSubstr("<section id=\"d0-MatMul-float32\">"));
  EXPECT_THAT(text, HasSubstr("operators/matmul/float32/3x5_5x2</code>"));
  EXPECT_THAT(text, HasSubstr("a sentence"));
  EXPECT_THAT(text, HasSubstr("proves BP-KERNEL-6; broken: BP-KERNEL-5"));
  EXPECT_THAT(text, HasSubstr("1 of 6 elements are wrong"));
  EXPECT_THAT(text, HasSubstr("conformance-run --plugin /opt/acme/libbp_acme.so --device 0 --seed "
                              "7 --repro operators/matmul/float32/3x5_5x2"));
}

TEST_F(HtmlTest, WhatDidNotFailIsCountedOrListedByItsKind) {
  problem("float32/passed", Verdict::kPass);
  problem("float32/known", Verdict::kExpectedFail).outcome.text = "expected (line 2: issue 41)";
  problem("float32/weak", Verdict::kNonDiscriminating).outcome.text = "a dropped term is not seen";
  for (int i = 0; i < 3; ++i) problem("int8/a", Verdict::kSkipped).outcome.text = "no such thing";
  const std::string text = page();
  EXPECT_THAT(text, Not(HasSubstr("float32/passed")));
  EXPECT_THAT(text, HasSubstr("float32/known</code> device 0: expected (line 2: issue 41)"));
  EXPECT_THAT(text, HasSubstr("float32/weak</code> device 0: a dropped term is not seen"));
  EXPECT_THAT(text, HasSubstr("Skipped, by reason: 3"));
  EXPECT_THAT(text, HasSubstr("<td>3</td><td class=\"text\">no such thing</td>"));
}

TEST_F(HtmlTest, NothingThatAPluginSaysBecomesMarkup) {
  if (!has_python()) GTEST_SKIP() << "there is no python3 to read it with";
  problem("float32/a", Verdict::kFail).outcome.text = kHostile;
  problem("float32/b", Verdict::kUnsupported).outcome.text = kHostile;
  problem("float32/c", Verdict::kExpectedFail).outcome.text = kHostile;
  add(CaseKind::kAbi, "memory/a", Verdict::kSkipped).outcome.text = kHostile;
  RunFacts of_run = facts();
  of_run.plugin.id = of_run.plugin.version = of_run.plugin.vendor = kHostile;
  of_run.plugin.devices = {{kHostile, kHostile, kHostile, kHostile, false}};
  of_run.profiles = {{kHostile, 1, 1, {kHostile}}};
  of_run.options.plugin = of_run.options.onnx_data = kHostile;
  const std::string text = html_page(of_run, {}, records_);
  EXPECT_EQ(elements_in(text, "html"), 1);
  EXPECT_EQ(elements_in(text, "script"), 0);
  EXPECT_EQ(elements_in(junit_xml(of_run, records_), "script"), 0) << "JUnit XML";
  EXPECT_THAT(text, Not(HasSubstr("<script")));
}

TEST_F(HtmlTest, APageNeedsNothingElse) {
  const std::string text = page();
  for (const char* from_elsewhere : {"http://", "https://", "url(", "@import", "src=", "<link"})
    EXPECT_THAT(text, Not(HasSubstr(from_elsewhere)));
}

TEST_F(HtmlTest, AnInterruptedRunSaysSo) {
  add(CaseKind::kAbi, "memory/a", Verdict::kPass);
  const std::string text = page({"SIGINT", 1, 9});
  EXPECT_THAT(text, HasSubstr("interrupted by SIGINT after 1 of 9 cases"));
  EXPECT_THAT(text, Not(HasSubstr(">reached<")));
  EXPECT_THAT(page(), Not(HasSubstr("interrupted")));
}

TEST_F(HtmlTest, APageOfAPartSaysOfWhichPart) {
  RunFacts of_run = facts();
  EXPECT_THAT(html_page(of_run, {}, {}), HasSubstr("<dt>selected</dt><dd>everything</dd>"));
  of_run.options.selection.filters = {"memory/*"};
  of_run.options.selection.shard_count = 4;
  of_run.options.is_quick = true;
  EXPECT_THAT(html_page(of_run, {}, {}), HasSubstr("cases memory/*; part 1 of 4; a few problems"));
}

TEST_F(HtmlTest, APageOfFortyThousandFailuresCanStillBeOpened) {
  const std::string words(5000, 'x');
  for (int i = 0; i < 40'000; ++i)
    problem((i % 2 == 0 ? "float32/" : "int8/") + std::to_string(i), Verdict::kFail).outcome.text =
        words;
  const std::string text = page();
  EXPECT_LT(text.size(), 2'000'000u);
  EXPECT_THAT(text, HasSubstr("and 19500 more here; --json FILE has them all"));
  EXPECT_THAT(text, HasSubstr("<section id=\"d0-MatMul-int8\">"));
}

TEST(Markup, WhatIsNoCharacterIsReplacedAndAllElseStays) {
  EXPECT_EQ(escaped("a<b>&\"\t\n"), "a&lt;b&gt;&amp;&quot;\t\n");
  EXPECT_EQ(escaped("ö€😀"), "ö€😀");
  EXPECT_EQ(escaped("\x1b[1m\x7f"), "?[1m?");
  const std::string no = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("\xff"), no);
  EXPECT_EQ(escaped("\xc0\xaf"), no + no) << "a longer form than needed";
  EXPECT_EQ(escaped("\xed\xa0\x80"), no + no + no) << "half of a pair of UTF-16";
  EXPECT_EQ(escaped("\xe2\x82"), no + no) << "cut off";
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), no + no + no + no) << "beyond Unicode";
  EXPECT_EQ(escaped("\xef\xbf\xbf"), no + no + no);
}

}  // namespace
}  // namespace backplane::conformance
