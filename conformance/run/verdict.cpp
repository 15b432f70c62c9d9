#include "run/verdict.hpp"

#include <numeric>

namespace backplane::conformance {
namespace {

struct Entry {
  const char* name;
  const char* key;  // in the verdicts line
  bool is_failure;
};

constexpr std::array<Entry, kVerdictCount> kEntries = {{
    {"PASS", "pass", false},
    {"FAIL", "fail", true},
    {"CRASH", "crash", true},
    {"HANG", "hang", true},
    {"FLAKY", "flaky", true},
    {"MISSING", "missing", true},
    {"UNSUPPORTED", "unsupported", false},
    {"SKIPPED", "skipped", false},
    {"EXPECTED-FAIL", "expected-fail", false},
    {"UNEXPECTED-PASS", "unexpected-pass", true},
    {"NON-DISCRIMINATING", "non-discriminating", false},
}};

}  // namespace

const char* verdict_name(Verdict verdict) { return kEntries[static_cast<size_t>(verdict)].name; }

Verdict verdict_of(const std::string& name) {
  for (size_t i = 0; i < kEntries.size(); ++i)
    if (name == kEntries[i].name) return static_cast<Verdict>(i);
  return Verdict::kFail;
}

bool is_failure(Verdict verdict) { return kEntries[static_cast<size_t>(verdict)].is_failure; }

size_t Counts::failures() const {
  size_t failed = 0;
  for (size_t i = 0; i < kEntries.size(); ++i)
    if (kEntries[i].is_failure) failed += counts_[i];
  return failed;
}

size_t Counts::all() const { return std::accumulate(counts_.begin(), counts_.end(), size_t{0}); }

std::string Counts::verdicts_line() const {
  std::string line = "verdicts:";
  for (size_t i = 0; i < kEntries.size(); ++i)
    line += std::string(" ") + kEntries[i].key + "=" + std::to_string(counts_[i]);
  return line;
}

std::string Counts::closing_line() const {
  const size_t skipped = of(Verdict::kUnsupported) + of(Verdict::kSkipped) +
                         of(Verdict::kExpectedFail) + of(Verdict::kNonDiscriminating);
  return std::to_string(of(Verdict::kPass)) + " passed, " + std::to_string(failures()) +
         " failed, " + std::to_string(skipped) + " skipped";
}

}  // namespace backplane::conformance
