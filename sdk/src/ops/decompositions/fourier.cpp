// DFT and STFT as sums with constant cosines and sines: a product with a matrix, and a convolution
// whose filters are the frequencies. Worked out in double and rounded once.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int64_t kLargest = int64_t{1} << 24;  // elements of one constant

// Which numbers become which: so many of `parts` each into so many frequencies of two parts.
struct Sizes {
  int64_t length;  // of the transform
  int64_t taken;   // numbers that are there, at most as many
  int64_t parts;   // 1: real, 2: complex
  int64_t frequencies;

  bool is_small() const {
    return taken <= kLargest && frequencies <= kLargest &&
           taken * frequencies <= kLargest / (2 * parts);
  }
};

// The roots of 1, with zeros and ones where these are exact.
class Roots {
 public:
  Roots(int64_t length, bool is_inverse)
      : length_(length), sign_(is_inverse ? 1 : -1), scale_(is_inverse ? length : 1) {}

  // By how much part `p` of number `n` counts in part `q` of frequency `k`.
  double at(int64_t n, int64_t p, int64_t k, int64_t q) const {
    const int64_t turn = k * n % length_;
    if (p == q) return cosine(turn) / scale_;
    const double sine = sign_ * cosine((4 * turn + 3 * length_) % (4 * length_), 4 * length_);
    return (p < q ? sine : -sine) / scale_;
  }

 private:
  double cosine(int64_t turn) const { return cosine(4 * turn, 4 * length_); }
  // Of turn / whole of a circle.
  static double cosine(int64_t turn, int64_t whole) {
    if (turn * 4 == whole || turn * 4 == 3 * whole) return 0;
    return std::cos(2 * kPi * static_cast<double>(turn) / static_cast<double>(whole));
  }

  int64_t length_;
  double sign_;
  double scale_;
};

Status check(const Decomposition& parts) {
  Status status = only(parts, kReal);
  return status.ok() ? not_empty(parts) : status;
}

// ---- DFT ----

std::string matrix_of(Decomposition& parts, const Sizes& sizes, const Roots& roots) {
  std::vector<double> matrix;
  for (int64_t n = 0; n < sizes.taken; ++n)
    for (int64_t p = 0; p < sizes.parts; ++p)
      for (int64_t k = 0; k < sizes.frequencies; ++k)
        for (int64_t q = 0; q < 2; ++q) matrix.push_back(roots.at(n, p, k, q));
  return parts.constant(
      rounded(dtype_of(parts), {sizes.taken * sizes.parts, 2 * sizes.frequencies}, matrix));
}

// Elements beyond the transform's length may be infinite: they are left out, not weighed with 0.
std::string first_of(Decomposition& parts, std::string value, size_t axis, const Sizes& sizes) {
  if (parts.node().shape(0)[axis] == sizes.taken) return value;
  std::vector<int64_t> kept(static_cast<size_t>(sizes.taken));
  std::iota(kept.begin(), kept.end(), int64_t{0});
  return parts.add("Gather", {std::move(value), parts.integers(kept)},
                   {int_attribute("axis", static_cast<int64_t>(axis))});
}

// `axis` changes places with the last one but that of the numbers' parts.
std::string swapped(Decomposition& parts, std::string value, size_t axis, size_t rank) {
  if (axis + 2 == rank) return value;
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::swap(order[axis], order[rank - 2]);
  return parts.add("Transpose", {std::move(value)}, {ints_attribute("perm", order)});
}

Status dft(Decomposition& parts) {
  Status status = check(parts);
  if (!status.ok()) return status;
  const Inference& node = parts.node();
  const size_t rank = node.rank(0);
  const size_t axis = *node.axis(node.integer("axis"), rank);
  const int64_t size = node.shape(0)[axis];
  const int64_t length = node.has_input(1) ? *node.count(1) : size;
  if (is_unknown(length)) return parts.refuse("dft_length is no constant");
  Shape to = shape_of(parts.output_type(0));
  const Sizes sizes = {length, std::min(size, length), node.shape(0).back(), to[axis]};
  if (!sizes.is_small()) return parts.refuse("not of this length");
  std::string value = first_of(parts, parts.input(0), axis, sizes);
  value = swapped(parts, value, axis, rank);
  value = parts.reshape(value, {-1, sizes.taken * sizes.parts});
  const Roots roots(length, node.integer("inverse") != 0);
  value = parts.add("MatMul", {value, matrix_of(parts, sizes, roots)});
  std::swap(to[axis], to[rank - 2]);
  parts.give(0, swapped(parts, parts.reshape(value, to), axis, rank));
  return {};
}

// ---- STFT ----

enum StftInput : uint32_t { kSignal, kFrameStep, kWindow };

// A filter for each part of each frequency, with the window that a frame is seen through.
std::string filters_of(Decomposition& parts, const Sizes& sizes) {
  const Roots roots(sizes.length, false);
  std::vector<double> filters;
  for (int64_t k = 0; k < sizes.frequencies; ++k)
    for (int64_t q = 0; q < 2; ++q)
      for (int64_t p = 0; p < sizes.parts; ++p)
        for (int64_t n = 0; n < sizes.length; ++n) filters.push_back(roots.at(n, p, k, q));
  const std::string all = parts.constant(
      rounded(dtype_of(parts), {2 * sizes.frequencies, sizes.parts, sizes.length}, filters));
  const bool has_window = parts.node().has_input(kWindow);
  return has_window ? parts.add("Mul", {all, parts.input(kWindow)}) : all;
}

// The parts of numbers are the channels of a convolution.
std::string as_channels(Decomposition& parts, const Shape& signal) {
  if (signal[2] == 1) return parts.reshape(parts.input(kSignal), {signal[0], 1, signal[1]});
  return parts.add("Transpose", {parts.input(kSignal)}, {ints_attribute("perm", {0, 2, 1})});
}

Status stft(Decomposition& parts) {
  Status status = check(parts);
  if (!status.ok()) return status;
  const Inference& node = parts.node();
  const int64_t step = *node.count(kFrameStep);
  const int64_t length = node.has_input(kWindow) ? node.shape(kWindow)[0] : *node.count(3);
  if (is_unknown(step) || is_unknown(length))
    return parts.refuse("frame_step or frame_length is no constant");
  const Shape to = shape_of(parts.output_type(0));
  const Sizes sizes = {length, length, node.shape(kSignal)[2], to[2]};
  if (!sizes.is_small()) return parts.refuse("not of this length");
  std::string value =
      parts.add("Conv", {as_channels(parts, node.shape(kSignal)), filters_of(parts, sizes)},
                {ints_attribute("strides", {step})});
  value = parts.add("Transpose", {value}, {ints_attribute("perm", {0, 2, 1})});
  give_reshaped(parts, value);
  return {};
}

}  // namespace

void decompose_fourier(Definitions& definitions) {
  definitions.at("DFT").decomposes(dft);
  definitions.at("STFT").decomposes(stft);
}

}  // namespace backplane::ops
