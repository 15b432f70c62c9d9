#include "problems/power.hpp"

#include <algorithm>

#include "compare/element.hpp"
#include "problems/emulation.hpp"

namespace backplane::conformance {
namespace {

// Is a faulty output judged wrong? Stops at the first wrong element.
bool is_rejected(const std::vector<ExpectedOutput>& expected, const OutputBytes& bytes) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const ExpectedOutput& output = expected[i];
    for (size_t at = 0; at < output.elements.size(); ++at) {
      const Exact element = exact_element(output.type.dtype, bytes[i].data(), at);
      if (!is_accepted(output.type.dtype, output.elements[at], output.how, element)) return true;
    }
    if ((output.how.has_statistics || output.law) && !judge_output(output, bytes[i]).is_right())
      return true;
  }
  return false;
}

// Every NaN is the same, and so are the zeros where their sign does not count.
bool is_same(const ExpectedOutput& output, const std::string& a, const std::string& b,
             uint64_t index) {
  const Exact x = exact_element(output.type.dtype, a.data(), index);
  const Exact y = exact_element(output.type.dtype, b.data(), index);
  if (x == y) return !output.how.keeps_sign_of_zero || has_sign(x) == has_sign(y);
  return is_nan(x) && is_nan(y);
}

bool are_same(const std::vector<ExpectedOutput>& expected, const OutputBytes& a,
              const OutputBytes& b) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (a[i] == b[i]) continue;
    for (uint64_t at = 0; at < expected[i].elements.size(); ++at)
      if (!is_same(expected[i], a[i], b[i], at)) return false;
  }
  return true;
}

// Of what is drawn at random, enough of them.
bool has_elements(const std::vector<ExpectedOutput>& expected) {
  if (expected.empty()) return false;
  return expected[0].elements.size() >= (expected[0].law ? kLeastSample : 1);
}

// The share of all elements that are the same.
double likeness(const std::vector<ExpectedOutput>& expected, const OutputBytes& bytes,
                const std::vector<TensorData>& came) {
  uint64_t same = 0;
  uint64_t all = 0;
  for (size_t i = 0; i < expected.size() && i < came.size(); ++i) {
    const uint64_t size = element_bytes(expected[i].type.dtype);
    if (bytes[i].size() != came[i].bytes.size()) return 0;
    for (uint64_t at = 0; at * size < bytes[i].size(); ++at, ++all)
      same += is_same(expected[i], bytes[i], came[i].bytes, at) ? 1 : 0;
  }
  return all == 0 ? 0 : static_cast<double>(same) / static_cast<double>(all);
}

}  // namespace

Power::Power(const Reference& reference, const Declared& declared, bp_dtype_t dtype)
    : reference_(reference), declared_(declared) {
  for (const Emulation& one : emulations())
    if (one.applies(reference, dtype, declared))
      faults_.push_back({one.fault, one.is_needed, false, false});
}

void Power::add(const Request& request, const std::vector<ExpectedOutput>& expected) {
  if (!has_elements(expected)) return;
  is_empty_ = false;
  const OutputBytes best = settled(reference_, request, expected, best_outputs(expected));
  const OutputBytes honest =
      settled(reference_, request, expected, emulated_honestly(reference_, request));
  for (const Emulation& one : emulations())
    for (FaultPower& fault : faults_) {
      if (fault.fault != one.fault || fault.is_rejected) continue;
      std::optional<OutputBytes> bytes = one.outputs(reference_, request, expected, best);
      if (bytes) bytes = settled(reference_, request, expected, *std::move(bytes));
      if (!bytes || are_same(expected, *bytes, best) || are_same(expected, *bytes, honest))
        continue;
      fault.is_visible = true;
      fault.is_rejected = is_rejected(expected, *bytes);
    }
}

std::string Power::missing() const {
  if (is_empty_) return "";  // that nothing is written is all that such a case shows
  std::string missing;
  bool rejects_any = false;
  for (const FaultPower& fault : faults_) {
    rejects_any = rejects_any || fault.is_rejected;
    if (fault.is_needed && fault.is_visible && !fault.is_rejected)
      missing += (missing.empty() ? "" : ", ") + std::string(fault.fault);
  }
  return rejects_any || !missing.empty() ? missing : "every fault that is emulated";
}

std::string diagnosis(const Reference& reference, const Request& request, const Declared& declared,
                      const std::vector<ExpectedOutput>& expected,
                      const std::vector<TensorData>& came) {
  if (!has_elements(expected)) return "";
  const OutputBytes best = settled(reference, request, expected, best_outputs(expected));
  const OutputBytes honest =
      settled(reference, request, expected, emulated_honestly(reference, request));
  // Nearer than what is right, and near.
  double nearest_yet = std::max(0.5, likeness(expected, best, came) + 0.1);
  std::string text;
  for (const Emulation& one : emulations()) {
    if (*one.as_if == '\0' || !one.applies(reference, leading_dtype(request), declared)) continue;
    std::optional<OutputBytes> bytes = one.outputs(reference, request, expected, best);
    if (bytes) bytes = settled(reference, request, expected, *std::move(bytes));
    if (!bytes || are_same(expected, *bytes, best) || are_same(expected, *bytes, honest)) continue;
    const double like = likeness(expected, *bytes, came);
    if (like <= nearest_yet) continue;
    nearest_yet = like;
    text = std::string("as if ") + one.as_if;
  }
  return text;
}

}  // namespace backplane::conformance
