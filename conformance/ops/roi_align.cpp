// RoiAlign: regions of images, each as a grid of bins, of each bin the mean or the largest of
// samples.
//   Places are worked out in float32 by plugins: a number of samples, or a sample's being outside,
//   that hangs on the last bits is open. So is what lies beyond the elements next to the image, a
//   region without length, and one below 1 where coordinates are not moved by half.
#include <cmath>

#include "compare/element.hpp"
#include "ops/reference.hpp"
#include "ops/taps.hpp"

namespace backplane::conformance {
namespace {

struct How {
  std::string mode, coordinates;
  int64_t ratio;
  Exact scale;

  explicit How(const Settings& settings)
      : mode(settings.text("mode", "avg")),
        coordinates(settings.text("coordinate_transformation_mode", "half_pixel")),
        ratio(settings.integer("sampling_ratio", 0)),
        scale(static_cast<Exact>(settings.number("spatial_scale", 1))) {}

  void check() const {
    if (mode != "avg" && mode != "max") throw NotDefined{"mode " + mode};
    if (coordinates != "half_pixel" && coordinates != "output_half_pixel")
      throw NotDefined{"coordinates " + coordinates};
    if (ratio < 0) throw NotDefined{"sampling_ratio below 0"};
  }
};

// One axis of a region: its bins, and its samples in each.
struct Axis {
  Exact begin, bin;
  double error;  // of a place
  int64_t samples;
  int64_t size;  // of the image
  bool is_open;

  Axis(const How& how, Exact first, Exact last, int64_t bins, int64_t image) : size(image) {
    const Exact shift = how.coordinates == "half_pixel" ? 0.5 : 0;
    begin = first * how.scale - shift;
    const Exact length = (last - first) * how.scale;
    bin = length / static_cast<Exact>(bins);
    // At most ten operations in float32, on numbers up to these.
    error = 12 * 0x1p-24 *
            static_cast<double>(absolute(first * how.scale) + absolute(last * how.scale) + 1);
    is_open = !(length > 0) || (how.coordinates == "output_half_pixel" && length < 1);
    samples = how.ratio;
    if (how.ratio != 0) return;
    samples = std::max<int64_t>(static_cast<int64_t>(rounded_up(bin)), 1);
    const bool is_exact = (bins & (bins - 1)) == 0 && how.scale == 1;
    const auto slack = static_cast<Exact>(error);
    is_open = is_open || (!is_exact && rounded_up(bin - slack) != rounded_up(bin + slack));
  }

  Exact place(int64_t index, int64_t sample) const {
    return begin + bin * (static_cast<Exact>(index) +
                          (static_cast<Exact>(sample) + static_cast<Exact>(0.5)) /
                              static_cast<Exact>(samples));
  }
};

// The elements that one sample lies between, along one axis.
template <class S>
struct Taps {
  std::vector<int64_t> places;
  std::vector<S> weights;
  bool is_open;

  // Also taps of weight 0 next to those that count, as a place that is off by a little has them.
  Taps(const Axis& axis, int64_t index, int64_t sample) {
    const Exact at = axis.place(index, sample);
    const auto slack = static_cast<Exact>(axis.error);
    is_open = at < slack - 1 || at > static_cast<Exact>(axis.size) - slack;
    if (is_open) return;
    const auto below = static_cast<int64_t>(rounded_down(at));
    for (int64_t place = below - 1; place <= below + 2; ++place) {
      const S weight = linear_weight(with_error(S(at - static_cast<Exact>(place)), axis.error));
      places.push_back(std::min(std::max<int64_t>(place, 0), axis.size - 1));
      weights.push_back(with_error(weight, weight == S(0) ? 2 * axis.error : 0));
    }
  }
};

double error_of(const Bounded& x) { return x.error; }
double error_of(const Emulated&) { return 0; }

struct RoiAlign {
  static Types infer(const Request& request) {
    const Sizes x = sizes_of(request.inputs.at(0).type);
    const Sizes regions = sizes_of(request.inputs.at(1).type);
    const Sizes which = sizes_of(request.inputs.at(2).type);
    if (x.size() != 4 || x[2] < 1 || x[3] < 1) throw NotDefined{"no images"};
    if (regions.size() != 2 || regions[1] != 4 || which != Sizes{regions[0]})
      throw NotDefined{"no regions"};
    const bp_dtype_t dtype = request.inputs[0].type.dtype;
    if (dtype != request.inputs[1].type.dtype || !is_float_type(dtype))
      throw NotDefined{"two types, or no numbers between elements"};
    for (const int64_t image : integers_of(request.inputs[2]))
      if (image < 0 || image >= x[0]) throw NotDefined{"no such image"};
    const Settings settings(request);
    How(settings).check();
    const int64_t height = settings.integer("output_height", 1);
    const int64_t width = settings.integer("output_width", 1);
    if (height < 1 || width < 1) throw NotDefined{"no bins"};
    return {tensor_type_of(dtype, {regions[0], x[1], height, width})};
  }

  template <class S>
  static void run(Call<S>& call) {
    const How how(call.settings);
    const Sizes& image = call.in(0).sizes;
    const Sizes to = call.out().sizes;
    const std::vector<int64_t> which = integers_of(call.request.inputs[2]);
    for (Odometer at(to); !at.done(); at.next()) {
      const int64_t region = at.index()[0];
      const Axis columns = axis_of(how, call, region, 0);
      const Axis rows = axis_of(how, call, region, 1);
      const int64_t plane = which[static_cast<size_t>(region)] * image[1] + at.index()[1];
      const std::vector<S> samples = samples_of(call.in(0), plane * image[2] * image[3], rows,
                                                columns, at.index()[2], at.index()[3]);
      const bool is_open = samples.empty() || rows.is_open || columns.is_open;
      const S value = samples.empty()     ? S(0)
                      : how.mode == "max" ? largest_of(samples)
                                          : mean_of(samples);
      call.out()[at.place()] = is_open ? with_freedom(value, kAnything) : value;
    }
  }

  // 0: columns, 1: rows.
  template <class S>
  static Axis axis_of(const How& how, const Call<S>& call, int64_t region, int64_t axis) {
    const int64_t corner = slips(Slip::kSwapsAxes) ? 1 - axis : axis;
    const auto at = static_cast<size_t>(3 - axis);
    return {how, exact(call.in(1)[4 * region + corner]), exact(call.in(1)[4 * region + corner + 2]),
            call.outputs[0].sizes[at], call.in(0).sizes[at]};
  }

  // None: one of them is open.
  template <class S>
  static std::vector<S> samples_of(const Numbers<S>& x, int64_t first, const Axis& rows,
                                   const Axis& columns, int64_t y, int64_t column) {
    std::vector<S> samples;
    for (int64_t i = 0; i < rows.samples; ++i)
      for (int64_t k = 0; k < columns.samples; ++k) {
        const Taps<S> down(rows, y, i);
        const Taps<S> across(columns, column, k);
        if (down.is_open || across.is_open) return {};
        Sum<S> sum;
        for (size_t a = 0; a < down.places.size(); ++a)
          for (size_t b = 0; b < across.places.size(); ++b)
            sum.add_product(down.weights[a] * across.weights[b],
                            x[first + down.places[a] * columns.size + across.places[b]]);
        samples.push_back(sum.total());
      }
    return samples;
  }

  template <class S>
  static S mean_of(const std::vector<S>& samples) {
    Sum<S> sum;
    for (const S& sample : samples) sum.add(sample);
    return sum.total() / S(static_cast<double>(samples.size()));
  }

  // Another one may be taken for it, as far as that one is off.
  template <class S>
  static S largest_of(const std::vector<S>& samples) {
    S largest = samples[0];
    double error = 0;
    for (const S& sample : samples) {
      error = std::max(error, error_of(sample));
      if (largest < sample) largest = sample;
    }
    return with_error(largest, error);
  }
};

}  // namespace

void add_roi_align(References& all) {
  all.push_back(reference<RoiAlign>("RoiAlign", 17, Precision::kComposite,
                                    {Fill::kIntegers, Fill::kReal, Fill::kCancelling},
                                    {Slip::kIgnoresAttributes, Slip::kSwapsAxes}));
}

}  // namespace backplane::conformance
