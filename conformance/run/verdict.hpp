// What becomes of a case.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace backplane::conformance {

enum class Verdict {
  kPass,
  kFail,
  kCrash,              // the worker died in it
  kHang,               // it was not done in time
  kFlaky,              // failed, and passed when it was run again alone: a failure
  kMissing,            // a profile needs what the plugin does not claim: a failure
  kUnsupported,        // not claimed
  kSkipped,            // could not be run; the text names what is missing
  kExpectedFail,       // fails, as a line of the vendor's expectations says
  kUnexpectedPass,     // passes, though a line says otherwise: a failure, of that line
  kNonDiscriminating,  // under what the kernel declares its data shows too few faults: no pass
};
constexpr size_t kVerdictCount = 11;

// "PASS"
const char* verdict_name(Verdict verdict);
// The name's Verdict, or kFail for a name that is not known (a report from a newer version).
Verdict verdict_of(const std::string& name);
// Does it make the run fail?
bool is_failure(Verdict verdict);

class Counts {
 public:
  void add(Verdict verdict) { ++counts_[static_cast<size_t>(verdict)]; }
  size_t of(Verdict verdict) const { return counts_[static_cast<size_t>(verdict)]; }
  size_t failures() const;
  size_t all() const;

  // The two closing lines of every run, for scripts.
  std::string verdicts_line() const;  // "verdicts: pass=812 fail=0 crash=0 ..."
  std::string closing_line() const;   // "812 passed, 0 failed, 120 skipped"

 private:
  std::array<size_t, kVerdictCount> counts_ = {};
};

}  // namespace backplane::conformance
