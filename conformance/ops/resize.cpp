// Resize: one axis after the other, each element from one, two or four of the axis.
//   Positions are worked out in float32 by plugins: one whose nearest element, or whose being
//   inside, hangs on the last bits is open, unless every operation on the way is exact.
#include <cmath>

#include "compare/element.hpp"
#include "ops/reference.hpp"
#include "ops/rows.hpp"
#include "ops/taps.hpp"

namespace backplane::conformance {
namespace {

struct Axis {
  int64_t from, to;
  Exact scale;
  Exact length;      // of the result, not cut off
  bool is_exact;     // the scale is a power of two: so are divisions by it
  Exact begin, end;  // of the region
};

// A position on an axis, and by how much a plugin's may differ.
struct Position {
  Exact at;
  double error;
};

Exact number_in(const TensorData& data, size_t index) {
  return exact_element(data.type.dtype, data.bytes.data(), index);
}

bool is_power_of_two(Exact x) { return x > 0 && scaled(Exact{1}, exponent_of(x) - 1) == x; }

Axis axis_of_scale(const Request& request, size_t axis, int64_t from) {
  const Exact scale = number_in(request.inputs[2], axis);
  if (!(scale > 0)) throw NotDefined{"a scale that is not positive"};
  const Exact length = static_cast<Exact>(from) * scale;
  const auto to = static_cast<int64_t>(rounded_down(length));
  return {from, to, scale, length, is_power_of_two(scale), 0, 1};
}

Axis axis_of_size(const Request& request, size_t axis, int64_t from) {
  const int64_t to = integers_of(request.inputs[3])[axis];
  if (to < 0 || (from == 0) != (to == 0)) throw NotDefined{"no such size"};
  const Exact scale = from == 0 ? 1 : static_cast<Exact>(to) / static_cast<Exact>(from);
  return {from, to, scale, static_cast<Exact>(to), is_power_of_two(scale), 0, 1};
}

std::vector<Axis> axes_of(const Request& request) {
  const Sizes sizes = sizes_of(request.inputs.at(0).type);
  const bool has_scales = has_input(request, 2);
  if (has_scales == has_input(request, 3)) throw NotDefined{"scales or sizes are wanted"};
  const TensorData& given = request.inputs[has_scales ? 2 : 3];
  if (element_count_of(given.type) != sizes.size() || given.bytes.empty())
    throw NotDefined{"not a scale or size for each axis"};
  std::vector<Axis> axes;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    axes.push_back(has_scales ? axis_of_scale(request, axis, sizes[axis])
                              : axis_of_size(request, axis, sizes[axis]));
    if (!has_input(request, 1)) continue;
    axes.back().begin = number_in(request.inputs[1], axis);
    axes.back().end = number_in(request.inputs[1], sizes.size() + axis);
  }
  return axes;
}

// ---- Where an element of the result lies in the input ----

Position scaled_position(const Axis& axis, int64_t i, Exact shift) {
  const Exact at = (static_cast<Exact>(i) + shift) / axis.scale - shift;
  return {at, axis.is_exact ? 0.0 : 1.0};
}

Position cropped_position(const Axis& axis, int64_t i) {
  const auto last = static_cast<Exact>(axis.from - 1);
  if (axis.to == 1) return {(axis.begin + axis.end) * last / 2, 1};
  return {axis.begin * last + static_cast<Exact>(i) * (axis.end - axis.begin) * last /
                                  static_cast<Exact>(axis.to - 1),
          1};
}

// ONNX's own implementation, and the published tests with it, take what the scale makes of the
// length without cutting it off.
Position aligned_position(const Axis& axis, int64_t i) {
  const Exact length = axis.length;
  if (length == static_cast<Exact>(axis.from)) return {static_cast<Exact>(i), 0};
  if (length == 1) throw NotDefined{"corners of one element"};
  return {static_cast<Exact>(i) * static_cast<Exact>(axis.from - 1) / (length - 1), 1};
}

Position position_of(const std::string& mode, const Axis& axis, int64_t i) {
  if (mode == "half_pixel") return scaled_position(axis, i, 0.5);
  if (mode == "pytorch_half_pixel")
    return axis.to > 1 ? scaled_position(axis, i, 0.5) : Position{0, 0};
  if (mode == "asymmetric") return scaled_position(axis, i, 0);
  if (mode == "align_corners") return aligned_position(axis, i);
  if (mode == "tf_crop_and_resize") return cropped_position(axis, i);
  throw NotDefined{"coordinates " + mode};
}

// At most five operations in float32, on numbers up to the last position and its half.
Position rounded_position(const std::string& mode, const Axis& axis, int64_t i) {
  Position position = position_of(mode, axis, i);
  if (axis.from == axis.to && mode != "tf_crop_and_resize") position.error = 0;
  const bool is_begin = i == 0 && position.at == 0;  // nothing but zeros on the way
  if (is_begin && (mode == "asymmetric" || mode == "align_corners" || axis.begin == 0))
    position.error = 0;
  const auto largest = static_cast<double>(axis.from + 1);
  position.error *= 6 * 0x1p-24 * largest * std::max(1.0, std::fabs(static_cast<double>(axis.end)));
  return position;
}

// ---- What it is made of ----

Exact nearest_to(const std::string& mode, Exact x) {
  if (mode == "floor") return rounded_down(x);
  if (mode == "ceil") return rounded_up(x);
  const Exact below = rounded_down(x);
  if (x - below != static_cast<Exact>(0.5)) return rounded_down(x + static_cast<Exact>(0.5));
  const bool prefers_floor = mode != "round_prefer_ceil" && !slips(Slip::kRoundsHalfUp);
  return prefers_floor ? below : below + 1;
}

struct How {
  std::string mode, coordinates, nearest;
  double cubic_a;
  double extrapolation;
  bool excludes_outside;

  explicit How(const Settings& settings)
      : mode(settings.text("mode", "nearest")),
        coordinates(settings.text("coordinate_transformation_mode", "half_pixel")),
        nearest(settings.text("nearest_mode", "round_prefer_floor")),
        cubic_a(settings.number("cubic_coeff_a", -0.75)),
        extrapolation(settings.number("extrapolation_value", 0)),
        excludes_outside(settings.integer("exclude_outside", 0) != 0) {}
};

// The elements of one row that make one of the result.
template <class S>
class Taps {
 public:
  Taps(const How& how, const Axis& axis, int64_t i) : axis_(axis) {
    const Position position = rounded_position(how.coordinates, axis, i);
    if (how.coordinates == "tf_crop_and_resize") look_outside(position);
    if (how.mode == "nearest")
      add_nearest(how, position);
    else
      add_weighted(how, position);
  }

  S apply(const S* row, int64_t step, double extrapolation) const {
    if (is_outside_) return is_open_ ? with_freedom(S(extrapolation), kAnything) : S(extrapolation);
    if (places_.size() == 1) {
      const S& only = row[places_[0] * step];
      return is_open_ ? with_freedom(only, kAnything) : only;
    }
    Sum<S> sum;
    for (size_t i = 0; i < places_.size(); ++i)
      sum.add_product(weights_[i], row[places_[i] * step]);
    return is_open_ ? with_freedom(sum.total(), kAnything) : sum.total();
  }

 private:
  void look_outside(const Position& position) {
    const auto last = static_cast<Exact>(axis_.from - 1);
    const auto error = static_cast<Exact>(position.error);
    is_outside_ = position.at < 0 || position.at > last;
    is_open_ =
        error > 0 && (absolute(position.at) <= error || absolute(position.at - last) <= error);
  }

  int64_t clamped(int64_t place) const {
    return std::min(std::max<int64_t>(place, 0), axis_.from - 1);
  }

  void add_nearest(const How& how, const Position& position) {
    const auto error = static_cast<Exact>(position.error);
    const auto place = [&](Exact x) {
      return clamped(static_cast<int64_t>(nearest_to(how.nearest, x)));
    };
    is_open_ = is_open_ || place(position.at - error) != place(position.at + error);
    places_ = {place(position.at)};
  }

  // Also taps of weight 0 next to those that count: a position that is off by a little may need
  // them, and they carry the error of that.
  void add_weighted(const How& how, const Position& position) {
    const auto below = static_cast<int64_t>(rounded_down(position.at));
    const int64_t reach = how.mode == "cubic" ? 3 : 2;
    S total(0);
    for (int64_t place = below - reach + 1; place <= below + reach; ++place) {
      const S distance = with_error(S(position.at - static_cast<Exact>(place)), position.error);
      S weight =
          how.mode == "cubic" ? cubic_weight(how.cubic_a, distance) : linear_weight(distance);
      weight = with_error(weight, weight == S(0) ? 2 * position.error : 0);
      const bool is_inside = 0 <= place && place < axis_.from;
      if (how.mode == "cubic" && how.excludes_outside && !is_inside) continue;
      if (weight == S(0) && position.error == 0) continue;
      places_.push_back(clamped(place));
      weights_.push_back(weight);
      total = total + weight;
    }
    if (how.mode != "cubic" || !how.excludes_outside) return;
    for (S& weight : weights_) weight = weight / total;
  }

  Axis axis_;
  std::vector<int64_t> places_;
  std::vector<S> weights_;
  bool is_outside_ = false;
  bool is_open_ = false;
};

struct Resize {
  static Types infer(const Request& request) {
    const How how{Settings(request)};
    if (how.mode != "nearest" && !is_float_type(request.inputs.at(0).type.dtype))
      throw NotDefined{"how integers are rounded is not said"};
    if (how.coordinates == "tf_crop_and_resize" && !has_input(request, 1))
      throw NotDefined{"no region"};
    Sizes sizes;
    for (const Axis& axis : axes_of(request)) {
      if (axis.to > 0) rounded_position(how.coordinates, axis, 0);
      sizes.push_back(axis.to);
    }
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const How how(call.settings);
    const std::vector<Axis> axes = axes_of(call.request);
    Numbers<S> now = call.in(0);
    for (size_t axis = 0; axis < axes.size(); ++axis)
      if (axes[axis].from != axes[axis].to || how.coordinates == "tf_crop_and_resize")
        now = resized(now, axis, axes[axis], how);
    call.out().elements = now.elements;
  }

  template <class S>
  static Numbers<S> resized(const Numbers<S>& x, size_t axis, const Axis& how_far, const How& how) {
    Numbers<S> y = {x.dtype, x.sizes, {}};
    y.sizes[axis] = how_far.to;
    y.elements.resize(static_cast<size_t>(count_of(y.sizes)));
    if (y.elements.empty()) return y;
    const Rows from = rows_along(x.sizes, axis);
    const Rows to = rows_along(y.sizes, axis);
    for (int64_t i = 0; i < how_far.to; ++i) {
      const Taps<S> taps(how, how_far, i);
      for (int64_t row = 0; row < from.count; ++row)
        y[to.first(row) + i * to.step] =
            taps.apply(&x[from.first(row)], from.step, how.extrapolation);
    }
    return y;
  }
};

}  // namespace

void add_resize(References& all) {
  all.push_back(reference<Resize>("Resize", 17, Precision::kComposite,
                                  {Fill::kIntegers, Fill::kReal, Fill::kCancelling},
                                  {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
