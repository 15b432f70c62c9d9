// HannWindow, HammingWindow and BlackmanWindow are what their size says: a constant.
#include <cmath>
#include <cstring>

#include "ops/decompositions/shared.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

constexpr double kPi = 3.14159265358979323846;

// A window is first - second cos(2 pi i / period) + third cos(4 pi i / period).
struct Cosines {
  double first;
  double second;
  double third;
  double at(double turn) const {
    return first - second * std::cos(2 * kPi * turn) + third * std::cos(4 * kPi * turn);
  }
};

constexpr Cosines kHann = {0.5, 0.5, 0};
constexpr Cosines kHamming = {25.0 / 46, 21.0 / 46, 0};
constexpr Cosines kBlackman = {0.42, 0.5, 0.08};

void put(bp_dtype_t dtype, double value, char* to) {
  const ConstantPtr scalar = dtype == BP_DTYPE_FLOAT64
                                 ? make_constant(tensor_type(dtype, {}), &value)
                                 : make_scalar(dtype, static_cast<float>(value));
  std::memcpy(to, scalar->bytes(), dtype_bits(dtype) / 8);
}

Status give_window(Decomposition& parts, const Cosines& cosines) {
  const bp_tensor_type_t& type = parts.output_type(0);
  if (!contains(kFloat, type.dtype)) return parts.refuse("not of " + dtype_name(type.dtype));
  const int64_t length = type.shape[0];
  const int64_t period = parts.node().integer("periodic") != 0 ? length : length - 1;
  if (period < 1) return parts.refuse("the period of one element alone is 0");
  constexpr int64_t kLongest = int64_t{1} << 22;
  if (length > kLongest) return parts.refuse("not of this size");
  const size_t step = dtype_bits(type.dtype) / 8;
  std::vector<char> bytes(static_cast<size_t>(length) * step);
  for (int64_t i = 0; i < length; ++i)
    put(type.dtype, cosines.at(static_cast<double>(i) / static_cast<double>(period)),
        &bytes[static_cast<size_t>(i) * step]);
  parts.give(0, parts.constant(make_constant(type, bytes.data())));
  return {};
}

Status hann_window(Decomposition& parts) { return give_window(parts, kHann); }
Status hamming_window(Decomposition& parts) { return give_window(parts, kHamming); }
Status blackman_window(Decomposition& parts) { return give_window(parts, kBlackman); }

}  // namespace

void decompose_window_function(Definitions& definitions) {
  definitions.at("HannWindow").decomposes(hann_window);
  definitions.at("HammingWindow").decomposes(hamming_window);
  definitions.at("BlackmanWindow").decomposes(blackman_window);
}

}  // namespace backplane::ops
