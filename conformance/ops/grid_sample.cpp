// GridSample: an image read at the places of a grid.
//   Places are worked out in float32 by plugins: one whose nearest element hangs on the last bits
//   is open. How places outside are brought to the border before a bicubic is taken is not said:
//   open.
#include <cmath>

#include "compare/element.hpp"
#include "ops/reference.hpp"
#include "ops/taps.hpp"

namespace backplane::conformance {
namespace {

struct How {
  std::string mode, padding;
  bool aligns_corners;

  explicit How(const Settings& settings)
      : mode(settings.text("mode", "bilinear")),
        padding(settings.text("padding_mode", "zeros")),
        aligns_corners(settings.integer("align_corners", 0) != 0) {}

  void check() const {
    if (mode != "bilinear" && mode != "nearest" && mode != "bicubic")
      throw NotDefined{"mode " + mode};
    if (padding != "zeros" && padding != "border" && padding != "reflection")
      throw NotDefined{"padding_mode " + padding};
  }
};

// The elements of one axis that a place is made of.
template <class S>
struct Taps {
  std::vector<int64_t> places;  // -1: 0 stands there
  std::vector<S> weights;
  bool is_open = false;

  Taps(const How& how, Exact on_grid, int64_t size) : size_(size) {
    const auto length = static_cast<Exact>(size);
    const Exact at =
        how.aligns_corners ? (on_grid + 1) / 2 * (length - 1) : ((on_grid + 1) * length - 1) / 2;
    // Three roundings of float32, of numbers no larger than that.
    const double error =
        4 * 0x1p-24 * static_cast<double>((absolute(on_grid) + 1) * (length + 1) + 1);
    if (how.mode == "nearest")
      add_nearest(how, at, static_cast<Exact>(error));
    else
      add_weighted(how, at, error);
  }

 private:
  // Mirrored at the outermost elements, or at their outer edges.
  int64_t reflected(int64_t place, bool aligns_corners) const {
    if (size_ == 1) return 0;
    const int64_t last = size_ - 1;
    while (place < 0 || place > last) {
      if (place < 0) place = aligns_corners ? -place : -1 - place;
      if (place > last) place = aligns_corners ? 2 * last - place : 2 * last + 1 - place;
    }
    return place;
  }

  int64_t padded(const How& how, int64_t place) const {
    if (place >= 0 && place < size_) return place;
    if (how.padding == "zeros") return -1;
    if (how.padding == "border") return place < 0 ? 0 : size_ - 1;
    return reflected(place, how.aligns_corners);
  }

  void add_nearest(const How& how, Exact at, Exact error) {
    const auto place = [&](Exact x) {
      return padded(how, static_cast<int64_t>(rounded_to_even(x)));
    };
    is_open = place(at - error) != place(at + error);
    places = {place(at)};
    weights = {S(1)};
  }

  // Also taps of weight 0 next to those that count, as a place that is off by a little has them.
  void add_weighted(const How& how, Exact at, double error) {
    const bool is_cubic = how.mode == "bicubic";
    const bool is_outside = at < static_cast<Exact>(error) ||
                            at > static_cast<Exact>(size_ - 1) - static_cast<Exact>(error);
    is_open = is_cubic && how.padding == "border" && is_outside && size_ > 1;
    const auto below = static_cast<int64_t>(rounded_down(at));
    const int64_t reach = is_cubic ? 3 : 2;
    for (int64_t place = below - reach + 1; place <= below + reach; ++place) {
      const S distance = with_error(S(at - static_cast<Exact>(place)), error);
      const S weight = is_cubic ? cubic_weight(-0.75, distance) : linear_weight(distance);
      places.push_back(padded(how, place));
      weights.push_back(with_error(weight, weight == S(0) ? 2 * error : 0));
    }
  }

  int64_t size_;
};

struct GridSample {
  static Types infer(const Request& request) {
    const Sizes x = sizes_of(request.inputs.at(0).type);
    const Sizes grid = sizes_of(request.inputs.at(1).type);
    if (x.size() != 4 || grid.size() != 4 || grid[3] != 2 || grid[0] != x[0])
      throw NotDefined{"no image or no grid"};
    if (x[2] < 1 || x[3] < 1) throw NotDefined{"no elements to read"};
    if (!is_float_type(request.inputs[0].type.dtype)) throw NotDefined{"rounding is not said"};
    How{Settings(request)}.check();
    return {tensor_type_of(request.inputs[0].type.dtype, {x[0], x[1], grid[1], grid[2]})};
  }

  template <class S>
  static void run(Call<S>& call) {
    const How how(call.settings);
    const Sizes& image = call.in(0).sizes;
    const Sizes& to = call.out().sizes;
    for (Odometer at({to[0], to[2], to[3]}); !at.done(); at.next()) {
      const Exact first = exact(call.in(1)[2 * at.place()]);
      const Exact second = exact(call.in(1)[2 * at.place() + 1]);
      const bool is_swapped = slips(Slip::kSwapsAxes);
      const Taps<S> columns(how, is_swapped ? second : first, image[3]);
      const Taps<S> rows(how, is_swapped ? first : second, image[2]);
      for (int64_t channel = 0; channel < image[1]; ++channel)
        call.out()[place_at({at.index()[0], channel, at.index()[1], at.index()[2]}, steps_of(to))] =
            value_of(call.in(0), (at.index()[0] * image[1] + channel) * image[2] * image[3], rows,
                     columns);
    }
  }

  template <class S>
  static S value_of(const Numbers<S>& x, int64_t first, const Taps<S>& rows,
                    const Taps<S>& columns) {
    const int64_t width = x.sizes[3];
    Sum<S> sum;
    for (size_t i = 0; i < rows.places.size(); ++i)
      for (size_t k = 0; k < columns.places.size(); ++k)
        if (rows.places[i] >= 0 && columns.places[k] >= 0)
          sum.add_product(rows.weights[i] * columns.weights[k],
                          x[first + rows.places[i] * width + columns.places[k]]);
    return rows.is_open || columns.is_open ? with_freedom(sum.total(), kAnything) : sum.total();
  }
};

}  // namespace

void add_grid_sample(References& all) {
  all.push_back(reference<GridSample>("GridSample", 17, Precision::kComposite,
                                      {Fill::kIntegers, Fill::kReal, Fill::kCancelling},
                                      {Slip::kIgnoresAttributes, Slip::kSwapsAxes}));
}

}  // namespace backplane::conformance
