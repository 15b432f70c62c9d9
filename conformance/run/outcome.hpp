// What a worker, or its end, says of a case; and what is reported of it.
#pragma once

#include <backplane/tensor.h>

#include <string>
#include <vector>

#include "ops/arithmetic.hpp"
#include "run/verdict.hpp"

namespace backplane::conformance {

// A tensor on its way from a worker to its judge.
struct TensorBytes {
  bp_tensor_type_t type = {};
  std::string bytes;
};

// Who does not serve an UNSUPPORTED case.
enum class RefusedBy { kNobody, kPlugin, kHost };

// A launch that repeats one before.
struct Repeat {
  size_t step = 0;  // which: its place in Outcome::outputs
  std::string how;
};

struct Outcome {
  Verdict verdict = Verdict::kPass;
  std::string text;      // why it is no PASS; "" for one
  std::string rule;      // the broken rule, where it is known
  std::string function;  // of the ABI, in which a worker died or hung
  RefusedBy refused_by = RefusedBy::kNobody;
  std::vector<std::vector<TensorBytes>> outputs;  // per data set, per graph output
  Declared declared;                              // what the kernel said of its arithmetic
  std::vector<Repeat> repeats;                    // what the last sets of outputs are
  double seconds = 0;
};

}  // namespace backplane::conformance
