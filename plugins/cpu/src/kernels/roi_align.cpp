// RoiAlign: the mean or the largest of samples of a region, between elements. Places and weights
// are worked out in double. What lies more than one element outside of the image is 0.
#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "../threads.hpp"
#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kImages, kRegions, kWhich, kInputCount };

constexpr int64_t kMostSamples = 1 << 15;  // along one axis of one element

struct RoiNode {
  bool takes_largest = false;
  bool moves_by_half = true;
  int64_t ratio = 0;  // 0: as many samples as elements
  double scale = 1;
};

RoiNode read_roi(const Node& node) {
  RoiNode read;
  const std::string_view mode = node.string_attribute("mode", "avg");
  const std::string_view coordinates =
      node.string_attribute("coordinate_transformation_mode", "half_pixel");
  if (mode != "avg" && mode != "max")
    refuse(node, "mode \"" + std::string(mode) + "\" is none that ONNX defines");
  if (coordinates != "half_pixel" && coordinates != "output_half_pixel")
    refuse(node, "coordinate_transformation_mode \"" + std::string(coordinates) +
                     "\" is none that ONNX defines");
  read.takes_largest = mode == "max";
  read.moves_by_half = coordinates == "half_pixel";
  read.ratio = node.int_attribute("sampling_ratio", 0);
  read.scale = static_cast<double>(node.float_attribute("spatial_scale", 1));
  if (read.ratio < 0 || read.ratio > kMostSamples)
    refuse(node, "sampling_ratio is " + std::to_string(read.ratio));
  return read;
}

// Two neighbours, and how far from the first to the second.
struct Tap {
  int64_t low, high;
  double rest;
  bool is_inside;
};

// One axis of a region, in so many bins of so many samples.
struct Axis {
  double begin, bin;
  int64_t samples;
  int64_t size;  // of the image

  Tap at(int64_t index, int64_t sample) const {
    const double place = begin + (static_cast<double>(index) + (static_cast<double>(sample) + 0.5) /
                                                                   static_cast<double>(samples)) *
                                     bin;
    const auto last = static_cast<double>(size - 1);
    if (!(place >= -1 && place <= last + 1) || size == 0) return {0, 0, 0, false};
    const double held = std::clamp(place, 0.0, last);
    const auto low = static_cast<int64_t>(held);
    return {low, std::min(low + 1, size - 1), held - static_cast<double>(low), true};
  }
};

Axis axis_of(const RoiNode& node, double first, double last, int64_t bins, int64_t size) {
  const double shift = node.moves_by_half ? 0.5 : 0;
  Axis axis = {first * node.scale - shift, 0, node.ratio, size};
  double length = last * node.scale - shift - axis.begin;
  if (!node.moves_by_half) length = std::max(length, 1.0);
  axis.bin = length / static_cast<double>(bins);
  const bool is_possible = std::fabs(axis.bin) <= static_cast<double>(kMostSamples);
  if (!is_possible)
    fail(BP_STATUS_INVALID_ARGUMENT, "RoiAlign: a region from " + std::to_string(first) + " to " +
                                         std::to_string(last) + " is no number or too large");
  if (node.ratio == 0) axis.samples = static_cast<int64_t>(std::max(std::ceil(axis.bin), 0.0));
  return axis;
}

double mixed(double a, double b, double rest) { return rest == 0 ? a : a * (1 - rest) + b * rest; }

template <class T>
double value_at(const T* plane, int64_t width, const Tap& row, const Tap& column) {
  if (!row.is_inside || !column.is_inside) return 0;
  const auto between = [&](int64_t y) {
    const T* const line = plane + y * width;
    return mixed(static_cast<double>(load(line[column.low])),
                 static_cast<double>(load(line[column.high])), column.rest);
  };
  return row.rest == 0 ? between(row.low) : mixed(between(row.low), between(row.high), row.rest);
}

template <class T>
class RoiAlign : public Kernel {
 public:
  explicit RoiAlign(const RoiNode& node) : node_(node) { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& images = inputs[kImages].type;
    const bp_tensor_type_t& to = outputs[0].type;
    const int64_t channels = to.shape[1];
    const int64_t plane = images.shape[2] * images.shape[3];
    const int64_t cells = to.shape[2] * to.shape[3];
    const auto* which = data<const int64_t>(inputs[kWhich]);
    for (int64_t region = 0; region < to.shape[0]; ++region) {
      if (which[region] < 0 || which[region] >= images.shape[0])
        fail(BP_STATUS_INVALID_ARGUMENT, "RoiAlign: image " + std::to_string(which[region]) +
                                             " of " + std::to_string(images.shape[0]));
      const Axis rows = axis(inputs, to, region, 1);
      const Axis columns = axis(inputs, to, region, 0);
      const int64_t cost = cells * std::max<int64_t>(rows.samples * columns.samples, 1) * kCost;
      parallel_pieces(channels, channels * cost, [&](int64_t first, int64_t last) {
        for (int64_t channel = first; channel < last; ++channel)
          align(data<const T>(inputs[kImages]) + (which[region] * channels + channel) * plane, rows,
                columns, to, data<T>(outputs[0]) + (region * channels + channel) * cells);
      });
    }
  }

 private:
  // 0: the columns of a region, 1: its rows.
  Axis axis(const bp_tensor_t* inputs, const bp_tensor_type_t& to, int64_t region,
            int64_t which) const {
    const T* const corners = data<const T>(inputs[kRegions]) + 4 * region;
    const int64_t at = 3 - which;
    return axis_of(node_, static_cast<double>(load(corners[which])),
                   static_cast<double>(load(corners[which + 2])), to.shape[at],
                   inputs[kImages].type.shape[at]);
  }

  void align(const T* from, const Axis& rows, const Axis& columns, const bp_tensor_type_t& to,
             T* written) const {
    for (int64_t y = 0; y < to.shape[2]; ++y)
      for (int64_t x = 0; x < to.shape[3]; ++x)
        *written++ = store<T>(static_cast<Computed<T>>(pooled(from, rows, columns, y, x)));
  }

  double pooled(const T* from, const Axis& rows, const Axis& columns, int64_t y, int64_t x) const {
    const int64_t count = rows.samples * columns.samples;
    double sum = 0;
    double most = count == 0 ? 0 : -HUGE_VAL;
    for (int64_t i = 0; i < rows.samples; ++i) {
      const Tap row = rows.at(y, i);
      for (int64_t k = 0; k < columns.samples; ++k) {
        const double value = value_at(from, columns.size, row, columns.at(x, k));
        sum += value;
        if (value > most || std::isnan(value)) most = value;
      }
    }
    return node_.takes_largest ? most : sum / static_cast<double>(std::max<int64_t>(count, 1));
  }

  static constexpr int64_t kCost = 16;  // of a sample, against an element that is only copied
  const RoiNode node_;
};

void check(const Node& node) {
  check_counts(node, kInputCount, 1);
  const bp_tensor_type_t& x = node.input(kImages);
  const bp_tensor_type_t& regions = node.input(kRegions);
  const bp_tensor_type_t& y = node.output(0);
  if (!is_float(x.dtype) || regions.dtype != x.dtype)
    refuse(node, std::string("floating-point numbers of one type, not ") + name_of(x.dtype) +
                     " and " + name_of(regions.dtype));
  if (x.rank != 4 || y.rank != 4) refuse(node, "no images: " + to_text(x) + " to " + to_text(y));
  if (!are_like(regions, {x.dtype, 2, 0, {y.shape[0], 4}}))
    refuse(node, to_text(regions) + " holds no corners for " + to_text(y));
  if (!are_like(node.input(kWhich), {BP_DTYPE_INT64, 1, 0, {y.shape[0]}}))
    refuse(node, "batch_indices is " + to_text(node.input(kWhich)) + ", not an int64 a region");
  bp_tensor_type_t expected = y;
  expected.dtype = x.dtype;
  expected.shape[1] = x.shape[1];
  expected.shape[2] = node.int_attribute("output_height", 1);
  expected.shape[3] = node.int_attribute("output_width", 1);
  if (expected.shape[2] < 1 || expected.shape[3] < 1) refuse(node, "no sizes of an output");
  check_follows(node, 0, expected);
  read_roi(node);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kImages).dtype, [&](auto type) {
    made = std::make_unique<RoiAlign<typename decltype(type)::type>>(read_roi(node));
  });
  return made;
}

}  // namespace

void add_roi_align(OperatorTable& table) { table.push_back({"RoiAlign", {16}, check, create}); }

}  // namespace backplane::cpu
