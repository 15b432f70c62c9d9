#include "run/expectations.hpp"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "run/selection.hpp"

namespace backplane::conformance {
namespace {

constexpr const char* kForm =
    "a line is \"unsupported|expected-fail GLOB [until=YYYY-MM-DD] # reason\"";

// "2027-03-31", and there is such a day.
bool is_day(const std::string& text) {
  constexpr char kPattern[] = "0000-00-00";
  if (text.size() != sizeof kPattern - 1) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (kPattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != '-') return false;
  std::tm asked = {};
  asked.tm_year = std::stoi(text.substr(0, 4)) - 1900;
  asked.tm_mon = std::stoi(text.substr(5, 2)) - 1;
  asked.tm_mday = std::stoi(text.substr(8, 2));
  std::tm found = asked;
  timegm(&found);  // makes March of February the 30th
  return found.tm_mon == asked.tm_mon && found.tm_mday == asked.tm_mday;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Fills it from one line that is no comment; "" or what is wrong.
std::string read_line(const std::string& line, Expectation* expectation) {
  const size_t hash = line.find('#');
  if (hash == std::string::npos) return "there is no reason; say it after a '#'";
  expectation->reason = trimmed(line.substr(hash + 1));
  if (expectation->reason.empty()) return "the reason after '#' is empty";
  std::istringstream words(line.substr(0, hash));
  std::string kind;
  std::string more;
  words >> kind >> expectation->glob;
  if (kind == "expected-fail")
    expectation->kind = Expectation::Kind::kExpectedFail;
  else if (kind != "unsupported")
    return "\"" + kind + "\" is neither unsupported nor expected-fail; " + kForm;
  if (expectation->glob.empty()) return std::string("there is no glob; ") + kForm;
  while (words >> more) {
    if (more.rfind("until=", 0) != 0 || !expectation->until.empty())
      return "\"" + more + "\" is not understood; " + kForm;
    expectation->until = more.substr(6);
    if (!is_day(expectation->until))
      return "\"" + expectation->until + "\" is no day; until=2027-03-31 is one";
  }
  return "";
}

// "" or why the line must go, or change.
std::string fault_of(const Expectation& expectation, const std::vector<Case>& cases,
                     const std::string& today) {
  if (expectation.kind == Expectation::Kind::kExpectedFail && expectation.until.empty())
    return "a failure is expected until some day: add until=YYYY-MM-DD";
  if (!expectation.until.empty() && expectation.until < today)
    return "expired on " + expectation.until + ": " + expectation.reason;
  const bool is_matched = std::any_of(cases.begin(), cases.end(), [&](const Case& one) {
    return glob_matches(expectation.glob, one.id);
  });
  return is_matched ? "" : "\"" + expectation.glob + "\" matches no case; --list has them all";
}

std::string ending(const Expectation& expectation) {
  return expectation.until.empty() ? "" : ", until " + expectation.until;
}

}  // namespace

std::string today_text() {
  const std::time_t now = std::time(nullptr);
  std::tm day = {};
  gmtime_r(&now, &day);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &day);
  return text;
}

Result<std::vector<Expectation>> parse_expectations(const std::string& text,
                                                    const std::vector<Case>& cases,
                                                    const std::string& today) {
  std::vector<Expectation> expectations;
  std::string faults;
  std::istringstream lines(text);
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    Expectation expectation;
    expectation.line = number;
    std::string wrong = read_line(line, &expectation);
    if (wrong.empty()) wrong = fault_of(expectation, cases, today);
    if (!wrong.empty()) faults += "\n  line " + std::to_string(number) + ": " + wrong;
    expectations.push_back(std::move(expectation));
  }
  if (!faults.empty()) return invalid_argument(faults);
  return expectations;
}

Outcome judged_by(const std::vector<Expectation>& expectations, const Case& one, Outcome outcome) {
  const auto found = std::find_if(
      expectations.begin(), expectations.end(),
      [&](const Expectation& expectation) { return glob_matches(expectation.glob, one.id); });
  if (found == expectations.end()) return outcome;
  const bool is_known_failure = found->kind == Expectation::Kind::kExpectedFail;
  const std::string why = "line " + std::to_string(found->line) + ": " + found->reason;
  if (outcome.verdict == Verdict::kPass) {
    outcome.verdict = Verdict::kUnexpectedPass;
    outcome.text = "it passes, and the expectations say otherwise (" + why + "); take the line out";
  } else if (is_known_failure && is_failure(outcome.verdict)) {
    outcome.text = "expected (" + why + ending(*found) + "), " + verdict_name(outcome.verdict) +
                   ": " + outcome.text;
    outcome.verdict = Verdict::kExpectedFail;
  } else if (!is_known_failure && outcome.verdict == Verdict::kMissing) {
    outcome.verdict = Verdict::kUnsupported;
    outcome.refused_by = RefusedBy::kPlugin;
  }
  return outcome;
}

}  // namespace backplane::conformance
