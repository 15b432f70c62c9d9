// GridSample: each place of the grid takes the elements around it of every channel. Places and
// weights are worked out in double. A place that is NaN, or beyond 2^40 elements, is far outside.
#include <cmath>
#include <string>
#include <string_view>

#include "../threads.hpp"
#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kX, kGrid };
enum class Mode { kBilinear, kNearest, kBicubic };
enum class Padding { kZeros, kBorder, kReflection };

struct GridNode {
  Mode mode = Mode::kBilinear;
  Padding padding = Padding::kZeros;
  bool aligns_corners = false;
};

GridNode read_grid(const Node& node) {
  GridNode read;
  const std::string_view mode = node.string_attribute("mode", "bilinear");
  const std::string_view padding = node.string_attribute("padding_mode", "zeros");
  if (mode == "nearest")
    read.mode = Mode::kNearest;
  else if (mode == "bicubic")
    read.mode = Mode::kBicubic;
  else if (mode != "bilinear")
    refuse(node, "mode \"" + std::string(mode) + "\" is none that ONNX defines");
  if (padding == "border")
    read.padding = Padding::kBorder;
  else if (padding == "reflection")
    read.padding = Padding::kReflection;
  else if (padding != "zeros")
    refuse(node, "padding_mode \"" + std::string(padding) + "\" is none that ONNX defines");
  read.aligns_corners = node.int_attribute("align_corners", 0) != 0;
  return read;
}

// The elements of one axis that a place is made of.
struct Taps {
  int32_t count = 0;
  int64_t at[4];  // -1: what lies outside, and is 0
  double weights[4];
};

// Mirrored at the ends as often as it takes: at the outermost elements, or at their outer edges.
int64_t reflected(int64_t index, int64_t size, bool aligns_corners) {
  const int64_t period = aligns_corners ? 2 * (size - 1) : 2 * size;
  if (period == 0) return 0;
  const int64_t within = (index % period + period) % period;
  if (within < size) return within;
  return aligns_corners ? period - within : period - 1 - within;
}

int64_t element_at(const GridNode& node, int64_t index, int64_t size) {
  if (index >= 0 && index < size) return index;
  if (node.padding == Padding::kZeros || size == 0) return -1;
  if (node.padding == Padding::kBorder) return index < 0 ? 0 : size - 1;
  return reflected(index, size, node.aligns_corners);
}

// From -1 to 1 over the axis, to elements of it.
double place_of(const GridNode& node, double on_grid, int64_t size) {
  constexpr double kFar = 0x1p40;
  const auto length = static_cast<double>(size);
  const double place =
      node.aligns_corners ? (on_grid + 1) / 2 * (length - 1) : ((on_grid + 1) * length - 1) / 2;
  return place > -kFar ? (place < kFar ? place : kFar) : -kFar;
}

// Keys' cubic convolution with a = -0.75.
double cubic_weight(double distance) {
  constexpr double kA = -0.75;
  const double x = std::fabs(distance);
  if (x <= 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  return x < 2 ? ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA : 0;
}

Taps taps_at(const GridNode& node, double on_grid, int64_t size) {
  Taps taps;
  const double place = place_of(node, on_grid, size);
  const auto add = [&](int64_t index, double weight) {
    taps.at[taps.count] = element_at(node, index, size);
    taps.weights[taps.count++] = weight;
  };
  if (node.mode == Mode::kNearest) {
    add(static_cast<int64_t>(std::nearbyint(place)), 1);
    return taps;
  }
  const auto below = static_cast<int64_t>(std::floor(place));
  const double rest = place - static_cast<double>(below);
  if (node.mode == Mode::kBilinear) {
    add(below, 1 - rest);
    add(below + 1, rest);
    return taps;
  }
  for (int64_t i = -1; i <= 2; ++i) add(below + i, cubic_weight(rest - static_cast<double>(i)));
  return taps;
}

template <class T>
double sum_of(const T* image, int64_t width, const Taps& rows, const Taps& columns) {
  double sum = 0;
  for (int32_t i = 0; i < rows.count; ++i)
    for (int32_t k = 0; k < columns.count; ++k)
      if (rows.at[i] >= 0 && columns.at[k] >= 0 && rows.weights[i] * columns.weights[k] != 0)
        sum += rows.weights[i] * columns.weights[k] *
               static_cast<double>(load(image[rows.at[i] * width + columns.at[k]]));
  return sum;
}

template <class T>
class GridSample : public Kernel {
 public:
  explicit GridSample(const GridNode& node) : node_(node) { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    visit_floats(inputs[kGrid].type.dtype, [&](auto type) {
      sample(inputs[kX], data<const typename decltype(type)::type>(inputs[kGrid]), outputs[0]);
    });
  }

 private:
  template <class G>
  void sample(const bp_tensor_t& x, const G* grid, const bp_tensor_t& y) const {
    const int64_t channels = x.type.shape[1];
    const int64_t height = x.type.shape[2];
    const int64_t width = x.type.shape[3];
    const int64_t plane = y.type.shape[2] * y.type.shape[3];
    const int64_t places = y.type.shape[0] * plane;
    parallel_pieces(places, places * channels * kCost, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const Taps columns = taps_at(node_, static_cast<double>(load(grid[2 * i])), width);
        const Taps rows = taps_at(node_, static_cast<double>(load(grid[2 * i + 1])), height);
        const int64_t image = i / plane * channels;
        for (int64_t channel = image; channel < image + channels; ++channel)
          data<T>(y)[channel * plane + i % plane] = store<T>(static_cast<Computed<T>>(
              sum_of(data<const T>(x) + channel * height * width, width, rows, columns)));
      }
    });
  }

  static constexpr int64_t kCost = 8;  // of an element, against one that is only copied
  GridNode node_;
};

void check(const Node& node) {
  check_counts(node, 2, 1);
  const bp_tensor_type_t& x = node.input(kX);
  const bp_tensor_type_t& grid = node.input(kGrid);
  if (!is_float(x.dtype) || !is_float(grid.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype) + " and " +
                     name_of(grid.dtype));
  bp_tensor_type_t pairs = grid;
  pairs.shape[0] = x.shape[0];
  pairs.shape[3] = 2;
  if (x.rank != 4 || grid.rank != 4 || !are_like(grid, pairs))
    refuse(node, to_text(grid) + " is no grid for " + to_text(x));
  bp_tensor_type_t expected = x;
  expected.shape[2] = grid.shape[1];
  expected.shape[3] = grid.shape[2];
  check_follows(node, 0, expected);
  read_grid(node);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kX).dtype, [&](auto type) {
    made = std::make_unique<GridSample<typename decltype(type)::type>>(read_grid(node));
  });
  return made;
}

}  // namespace

void add_grid_sample(OperatorTable& table) { table.push_back({"GridSample", {16}, check, create}); }

}  // namespace backplane::cpu
