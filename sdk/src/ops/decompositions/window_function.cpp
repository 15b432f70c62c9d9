// HannWindow, HammingWindow, BlackmanWindow and MelWeightMatrix are what their inputs say:
// constants.
#include <algorithm>
#include <cmath>

#include "ops/decompositions/shared.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int64_t kLargest = int64_t{1} << 22;  // elements of one constant

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

Status check_output(const Decomposition& parts) {
  const bp_tensor_type_t& type = parts.output_type(0);
  if (!contains(kFloat, type.dtype)) return parts.refuse("not of " + dtype_name(type.dtype));
  const Result<uint64_t> count = element_count(type);
  return count.ok() && *count <= kLargest ? Status() : parts.refuse("not of this size");
}

void give_numbers(Decomposition& parts, const std::vector<double>& numbers) {
  const bp_tensor_type_t& type = parts.output_type(0);
  parts.give(0, parts.constant(rounded(type.dtype, shape_of(type), numbers)));
}

Status give_window(Decomposition& parts, const Cosines& cosines) {
  Status status = check_output(parts);
  if (!status.ok()) return status;
  const int64_t length = parts.output_type(0).shape[0];
  const int64_t period = parts.node().integer("periodic") != 0 ? length : length - 1;
  if (period < 1) return parts.refuse("the period of one element alone is 0");
  std::vector<double> window;
  for (int64_t i = 0; i < length; ++i)
    window.push_back(cosines.at(static_cast<double>(i) / static_cast<double>(period)));
  give_numbers(parts, window);
  return {};
}

Status hann_window(Decomposition& parts) { return give_window(parts, kHann); }
Status hamming_window(Decomposition& parts) { return give_window(parts, kHamming); }
Status blackman_window(Decomposition& parts) { return give_window(parts, kBlackman); }

double mel_of(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

enum MelInput : uint32_t { kBands, kDftLength, kSampleRate, kLowerEdge, kUpperEdge };

// Where the bands begin, have their peaks and end, as rows of the matrix: each band's peak is the
// next one's beginning. Steps are even in mel, of which the last is left out, as the published
// test has it.
std::vector<double> corners_of(const Decomposition& parts) {
  const auto number = [&parts](uint32_t i) { return first_number(*parts.node().constant(i)); };
  const double lower = mel_of(number(kLowerEdge));
  const double bands = number(kBands);
  const double step = (mel_of(number(kUpperEdge)) - lower) / (bands + 2);
  std::vector<double> corners;
  for (double i = 0; i < bands + 2; ++i)
    corners.push_back(
        std::floor((number(kDftLength) + 1) * hertz_of(lower + i * step) / number(kSampleRate)));
  return corners;
}

// A triangle of height 1 over the rows from `begin` to `end`.
double triangle_at(double row, double begin, double peak, double end) {
  if (row == peak) return 1;
  if (row < peak) return std::max(0.0, (row - begin) / (peak - begin));
  return std::max(0.0, (end - row) / (end - peak));
}

Status mel_weight_matrix(Decomposition& parts) {
  Status status = check_output(parts);
  if (!status.ok()) return status;
  for (uint32_t i = kBands; i <= kUpperEdge; ++i)
    if (!parts.node().is_constant(i)) return parts.refuse("its inputs are not all constants");
  const int64_t rows = parts.output_type(0).shape[0];
  const std::vector<double> corners = corners_of(parts);
  // Also where one is NaN.
  if (!(corners.front() >= 0 && corners.front() <= corners.back() &&
        corners.back() < static_cast<double>(rows)))
    return parts.refuse("the edges are not in order within the spectrum");
  std::vector<double> matrix;
  for (int64_t row = 0; row < rows; ++row)
    for (size_t band = 0; band + 2 < corners.size(); ++band)
      matrix.push_back(triangle_at(static_cast<double>(row), corners[band], corners[band + 1],
                                   corners[band + 2]));
  give_numbers(parts, matrix);
  return {};
}

}  // namespace

void decompose_window_function(Definitions& definitions) {
  definitions.at("HannWindow").decomposes(hann_window);
  definitions.at("HammingWindow").decomposes(hamming_window);
  definitions.at("BlackmanWindow").decomposes(blackman_window);
  definitions.at("MelWeightMatrix").decomposes(mel_weight_matrix);
}

}  // namespace backplane::ops
