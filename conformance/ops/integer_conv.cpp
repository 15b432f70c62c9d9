// Convolutions of quantized numbers: ConvInteger and QLinearConv.
#include <algorithm>

#include "ops/quantization.hpp"

namespace backplane::conformance {
namespace {

// Attributes of a convolution over the axes behind the first two.
struct Window {
  Sizes x, w, kernel, strides, dilations, begin, out;
  int64_t group;

  static Window of(const Request& request, size_t weights) {
    const Settings settings(request);
    Window all;
    all.x = sizes_of(request.inputs.at(0).type);
    all.w = sizes_of(request.inputs.at(weights).type);
    if (all.x.size() < 3 || all.w.size() != all.x.size()) throw NotDefined{"ranks"};
    const size_t axes = all.x.size() - 2;
    all.kernel = settings.integers("kernel_shape", {all.w.begin() + 2, all.w.end()});
    all.strides = settings.integers("strides", Sizes(axes, 1));
    all.dilations = settings.integers("dilations", Sizes(axes, 1));
    all.group = settings.integer("group", 1);
    if (all.x[1] != all.w[1] * all.group || all.w[0] % all.group != 0) throw NotDefined{"groups"};
    all.place(settings);
    return all;
  }

  int64_t extent(size_t axis) const { return (kernel[axis] - 1) * dilations[axis] + 1; }

  void place(const Settings& settings) {
    const size_t axes = kernel.size();
    const std::string pad = settings.text("auto_pad", "NOTSET");
    const Sizes pads = settings.integers("pads", Sizes(2 * axes, 0));
    out = {x[0], w[0]};
    for (size_t axis = 0; axis < axes; ++axis) {
      const int64_t size = x[axis + 2];
      int64_t before = pad == "NOTSET" ? pads[axis] : 0;
      int64_t count = (size + before + (pad == "NOTSET" ? pads[axes + axis] : 0) - extent(axis)) /
                          strides[axis] +
                      1;
      if (size + before + (pad == "NOTSET" ? pads[axes + axis] : 0) < extent(axis))
        throw NotDefined{"a window larger than its input"};
      if (pad == "SAME_UPPER" || pad == "SAME_LOWER") {
        count = (size + strides[axis] - 1) / strides[axis];
        const int64_t all = std::max<int64_t>((count - 1) * strides[axis] + extent(axis) - size, 0);
        before = pad == "SAME_UPPER" ? all / 2 : all - all / 2;
      }
      if (slips(Slip::kSwapsPads) && pad == "NOTSET") before = pads[axes + axis];
      begin.push_back(before);
      out.push_back(count);
    }
  }
};

// Where an operator has its inputs; x is the first of either.
struct Places {
  size_t x_zero, w, w_zero;
};

// A scale or zero point of the weights is one, or one for each channel of the output.
void check_parameter(const Request& request, size_t input, const Window& window) {
  if (has_input(request, input) && request.inputs[input].type.rank > 0 &&
      count_of(sizes_of(request.inputs[input].type)) != window.w[0])
    throw NotDefined{"sizes of a scale or zero point"};
}

template <class S>
S parameter(const Call<S>& call, size_t input, int64_t channel) {
  if (!call.has(input)) return S(0);
  return call.in(input)[call.in(input).count() == 1 ? 0 : channel];
}

// Moves `place` on to where a cell of the kernel lies in x; false: in the padding.
bool moves_inside(const Window& window, const Sizes& at, const Sizes& tap, int64_t* place) {
  for (size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const size_t other = slips(Slip::kSwapsAxes) ? window.kernel.size() - 1 - axis : axis;
    const int64_t index = at[axis + 2] * window.strides[other] - window.begin[axis] +
                          tap[axis + 1] * window.dilations[other];
    if (index < 0 || index >= window.x[axis + 2]) return false;
    *place = *place * window.x[axis + 2] + index;
  }
  return true;
}

// The exact sum at one place. What is padded stands for zero: it is the input's zero point.
template <class S>
S convolved(const Call<S>& call, const Places& places, const Window& window, const Sizes& at) {
  const S zero_x = parameter(call, places.x_zero, 0);
  const S zero_w = parameter(call, places.w_zero, at[1]);
  const int64_t channels = window.w[1];
  const int64_t group = slips(Slip::kFirstGroup) ? 0 : at[1] / (window.w[0] / window.group);
  Sizes taps = window.kernel;
  taps.insert(taps.begin(), channels);
  S sum(0);
  for (Odometer tap(taps); !tap.done(); tap.next()) {
    int64_t place = at[0] * window.x[1] + group * channels + tap.index()[0];
    const bool is_inside = moves_inside(window, at, tap.index(), &place);
    if (!is_inside && !slips(Slip::kPadsWithZero)) continue;
    const S x = is_inside ? call.in(0)[place] : S(0);
    const S weight = call.in(places.w)[at[1] * count_of(taps) + tap.place()];
    sum = sum + (x - zero_x) * (weight - zero_w);
  }
  return sum;
}

struct ConvInteger {
  static constexpr Places kPlaces = {2, 1, 3};

  static Types infer(const Request& request) {
    const Window window = Window::of(request, kPlaces.w);
    check_parameter(request, kPlaces.w_zero, window);
    return {tensor_type_of(BP_DTYPE_INT32, window.out)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Window window = Window::of(call.request, kPlaces.w);
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = convolved(call, kPlaces, window, at.index());
  }
};

// Inputs: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B. The bias is
// of the scale of the sums. What leaves int32, in which they are kept, is not said.
struct QLinearConv {
  static constexpr Places kPlaces = {2, 3, 5};
  enum : size_t { kXScale = 1, kWScale = 4, kYScale = 6, kYZero = 7, kBias = 8 };

  static Types infer(const Request& request) {
    for (size_t input = 0; input < kBias; ++input)
      if (!has_input(request, input)) throw NotDefined{"an input is absent"};
    const Window window = Window::of(request, kPlaces.w);
    for (size_t input : {size_t{kWScale}, kPlaces.w_zero, size_t{kBias}})
      check_parameter(request, input, window);
    if (sizes_of(request.inputs[kWScale].type) != sizes_of(request.inputs[kPlaces.w_zero].type))
      throw NotDefined{"a scale and a zero point of other sizes"};
    return {tensor_type_of(request.inputs[kYZero].type.dtype, window.out)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Window window = Window::of(call.request, kPlaces.w);
    const Range range = range_of(BP_DTYPE_INT32);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const int64_t channel = at.index()[1];
      const S sum = convolved(call, kPlaces, window, at.index()) + parameter(call, kBias, channel);
      const bool is_held = range.lowest <= exact(sum) && exact(sum) <= range.highest;
      const S y =
          requantized(call.out().dtype, sum, call.in(kXScale)[0], parameter(call, kWScale, channel),
                      call.in(kYScale)[0], call.in(kYZero)[0]);
      call.out()[at.place()] = is_held ? y : with_freedom(y, kAnything);
    }
  }
};

}  // namespace

void add_integer_conv(References& all) {
  const std::vector<Slip> places = {Slip::kSwapsPads, Slip::kSwapsAxes, Slip::kFirstGroup,
                                    Slip::kPadsWithZero};
  std::vector<Slip> quantizes = places;
  quantizes.insert(quantizes.end(), {Slip::kRoundsHalfUp, Slip::kWraps});
  all.push_back(
      reference<ConvInteger>("ConvInteger", 17, Precision::kExact, {Fill::kIntegers}, places));
  all.push_back(reference<QLinearConv>("QLinearConv", 17, Precision::kExact,
                                       {Fill::kIntegers, Fill::kWide}, quantizes));
}

}  // namespace backplane::conformance
