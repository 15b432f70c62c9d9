#include "report/junit.hpp"

#include <fmt/format.h>

#include <map>

#include "report/markup.hpp"
#include "run/verdict.hpp"

namespace backplane::conformance {
namespace {

const char* element_of(Verdict verdict) {
  if (verdict == Verdict::kPass) return nullptr;
  if (verdict == Verdict::kCrash || verdict == Verdict::kHang) return "error";
  return is_failure(verdict) ? "failure" : "skipped";
}

std::string testcase(const RunFacts& facts, const Record& record) {
  std::string text = fmt::format(
      "    <testcase classname=\"device{}.{}\" name=\"{}\" time=\"{:.6f}\"", record.device,
      level_name(record.one->level), escaped(record.one->id), record.outcome.seconds);
  const char* element = element_of(record.outcome.verdict);
  if (element == nullptr) return text + "/>\n";
  text += fmt::format(">\n      <{} message=\"{}: {}\"", element,
                      verdict_name(record.outcome.verdict), escaped(record.outcome.text));
  if (!is_failure(record.outcome.verdict)) return text + "/>\n    </testcase>\n";
  return text + fmt::format(" type=\"{}\">{}</{}>\n    </testcase>\n",
                            verdict_name(record.outcome.verdict),
                            escaped(repro_line(facts, record)), element);
}

struct Suite {
  std::string body;
  size_t tests = 0, failures = 0, errors = 0, skipped = 0;
};

void add(const RunFacts& facts, const Record& record, Suite* suite) {
  ++suite->tests;
  suite->body += testcase(facts, record);
  const char* element = element_of(record.outcome.verdict);
  if (element == nullptr) return;
  const std::string name = element;
  ++(name == "error" ? suite->errors : name == "failure" ? suite->failures : suite->skipped);
}

std::string cut_suite(const CutShort& cut) {
  return fmt::format(
      "  <testsuite name=\"the run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
      "    <testcase classname=\"run\" name=\"whole\">\n      <error message=\"{}\"/>\n"
      "    </testcase>\n  </testsuite>\n",
      escaped(cut.text()));
}

}  // namespace

std::string junit_xml(const RunFacts& facts, const std::vector<Record>& records,
                      const CutShort& cut) {
  std::map<std::pair<uint32_t, Level>, Suite> suites;
  for (const Record& record : records)
    add(facts, record, &suites[{record.device, record.one->level}]);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [key, suite] : suites)
    text += fmt::format(
        "  <testsuite name=\"{} device{} {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
        "skipped=\"{}\">\n{}  </testsuite>\n",
        escaped(facts.plugin.id), key.first, level_name(key.second), suite.tests, suite.failures,
        suite.errors, suite.skipped, suite.body);
  if (cut) text += cut_suite(cut);
  return text + "</testsuites>\n";
}

}  // namespace backplane::conformance
