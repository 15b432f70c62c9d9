// Whether a tensor was drawn from a distribution, as far as a sample of its size can show it. There
// is no tolerance: every bound is one that an honest sample leaves with a chance below 1e-14, so
// that thousands of tensors under any seed raise no alarm.
#pragma once

#include <backplane/tensor.h>

#include <string>
#include <vector>

namespace backplane::conformance {

struct Distribution {
  enum class Kind { kUniform, kNormal, kBernoulli } kind = Kind::kUniform;
  double low = 0, high = 1;    // kUniform; both ends may come
  double mean = 0, scale = 1;  // kNormal
  // kBernoulli: of each element, that it is 1; NaN or outside [0, 1] says nothing of it.
  std::vector<double> chances;
};

// From so many elements on a sample shows what is wrong with it; fewer show their range, and little
// else.
constexpr uint64_t kLeastSample = 4096;

// "" or what is wrong with dense bytes of `type`, whose elements were to be drawn independently.
std::string judge_sample(const bp_tensor_type_t& type, const Distribution& from,
                         const std::string& came);

// Is it next to impossible that two samples are the same?
bool never_repeats(const bp_tensor_type_t& type, const Distribution& from);

}  // namespace backplane::conformance
