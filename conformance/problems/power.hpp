// Discriminating power: which faults the data of a case would show, judged by the same rule and
// under the same declaration as the plugin. A case that shows too little is our mistake, and never
// a pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "problems/verdict.hpp"

namespace backplane::conformance {

struct FaultPower {
  const char* fault;         // "operands rounded to bfloat16"
  bool is_needed = false;    // a case that could show it must
  bool is_visible = false;   // its output differs from those without fault, on some fill
  bool is_rejected = false;  // and is judged wrong, on some fill
};

class Power {
 public:
  Power(const Reference& reference, const Declared& declared, bp_dtype_t dtype);

  // Tries the faults that no earlier data has shown.
  void add(const Request& request, const std::vector<ExpectedOutput>& expected);

  const std::vector<FaultPower>& faults() const { return faults_; }
  // "" or the faults that this case should reject, and does not.
  std::string missing() const;

 private:
  const Reference& reference_;
  Declared declared_;
  std::vector<FaultPower> faults_;
  bool is_empty_ = true;  // no output has had an element yet
};

// The emulated fault whose outputs are those that came, or are much nearer to them than the best
// ones: "as if operands were rounded to bfloat16"; "" when there is none.
std::string diagnosis(const Reference& reference, const Request& request, const Declared& declared,
                      const std::vector<ExpectedOutput>& expected,
                      const std::vector<TensorData>& came);

}  // namespace backplane::conformance
