// Normalisations of each instance by its own mean and variance.
#include <algorithm>
#include <cmath>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

template <class S>
struct Moments {
  S mean;
  S inverse_deviation;
};

// Of `count` elements from `first` on; the variance is that of them all, not a sample's.
template <class S>
Moments<S> moments_of(const Numbers<S>& x, int64_t first, int64_t count, double epsilon) {
  const S size(static_cast<Exact>(count));
  Sum<S> sum;
  Sum<S> squares;
  for (int64_t i = 0; i < count; ++i) sum.add(x[first + i]);
  const S mean = sum.total() / size;
  for (int64_t i = 0; i < count; ++i) {
    const S away = slips(Slip::kOnePassVariance) ? x[first + i] : x[first + i] - mean;
    squares.add_product(away, away);
  }
  S variance = squares.total() / size;
  if (slips(Slip::kOnePassVariance)) variance = variance - mean * mean;
  return {mean, S(1) / square_root(variance + S(epsilon))};
}

template <class S>
S normalised(const Moments<S>& moments, const S& x) {
  return (x - moments.mean) * moments.inverse_deviation;
}

// Scale and bias stretch to the axes that are normalised, from `axis` on.
struct LayerNormalization {
  static Sizes inner(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs.at(0).type);
    const size_t axis = axis_of(Settings(request).integer("axis", -1), sizes.size());
    return {sizes.begin() + static_cast<int64_t>(axis), sizes.end()};
  }

  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    const Sizes row = inner(request);
    for (size_t i = 1; i < 3; ++i)
      if (has_input(request, i) && broadcast_sizes(row, sizes_of(request.inputs[i].type)) != row)
        throw NotDefined{"scale or bias of other sizes"};
    if (!has_input(request, 1)) throw NotDefined{"no scale"};
    Sizes moments = sizes_of(x);
    std::fill(moments.end() - static_cast<int64_t>(row.size()), moments.end(), 1);
    Types types = {x};
    if (request.output_count > 1)
      types.resize(request.output_count, tensor_type_of(BP_DTYPE_FLOAT32, moments));
    return types;
  }

  template <class S>
  static const S& stretched(const Numbers<S>& from, const Sizes& index) {
    const size_t shift = index.size() - from.sizes.size();
    int64_t place = 0;
    for (size_t axis = 0; axis < from.sizes.size(); ++axis)
      place = place * from.sizes[axis] + (from.sizes[axis] == 1 ? 0 : index[shift + axis]);
    return from[place];
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes row = inner(call.request);
    const int64_t length = count_of(row);
    const double epsilon = call.settings.number("epsilon", 1e-5);
    for (int64_t first = 0; first < call.in(0).count(); first += length) {
      const Moments<S> moments = moments_of(call.in(0), first, length, epsilon);
      for (Odometer at(row); !at.done(); at.next()) {
        S y =
            normalised(moments, call.in(0)[first + at.place()]) * stretched(call.in(1), at.index());
        if (call.has(2)) y = y + stretched(call.in(2), at.index());
        call.out()[first + at.place()] = y;
      }
      if (call.wants(1)) call.out(1)[first / length] = moments.mean;
      if (call.wants(2)) call.out(2)[first / length] = moments.inverse_deviation;
    }
  }
};

struct InstanceNormalization {
  static Types infer(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs.at(0).type);
    if (sizes.size() < 3) throw NotDefined{"no axes of space"};
    for (size_t i = 1; i < 3; ++i)
      if (sizes_of(request.inputs.at(i).type) != Sizes{sizes[1]})
        throw NotDefined{"scale or bias of other sizes"};
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& sizes = call.in(0).sizes;
    const int64_t length = steps_of(sizes)[1];
    const double epsilon = call.settings.number("epsilon", 1e-5);
    for (int64_t first = 0; first < call.in(0).count(); first += length) {
      const int64_t channel = first / length % sizes[1];
      const Moments<S> moments = moments_of(call.in(0), first, length, epsilon);
      for (int64_t i = first; i < first + length; ++i)
        call.out()[i] =
            normalised(moments, call.in(0)[i]) * call.in(1)[channel] + call.in(2)[channel];
    }
  }
};

// Less the mean, divided by the deviation, over the axes named. ONNX's own function subtracts the
// square of the mean from the mean of the squares, and adds 1e-9 to the deviation: as wide is the
// bound. What comes out where nothing deviates is open.
struct MeanVarianceNormalization {
  static std::vector<bool> axes_of_node(const Request& request) {
    const size_t rank = request.inputs.at(0).type.rank;
    std::vector<bool> is_reduced(rank, false);
    for (int64_t axis : Settings(request).integers("axes", {0, 2, 3}))
      is_reduced[axis_of(axis, rank)] = true;
    return is_reduced;
  }

  static Types infer(const Request& request) {
    axes_of_node(request);
    return {request.inputs[0].type};
  }

  // Where the elements of each group lie that have one mean.
  static std::vector<std::vector<int64_t>> groups_of(const Sizes& sizes,
                                                     const std::vector<bool>& is_reduced) {
    Sizes kept = sizes;
    for (size_t axis = 0; axis < sizes.size(); ++axis)
      if (is_reduced[axis]) kept[axis] = 1;
    std::vector<std::vector<int64_t>> groups(static_cast<size_t>(count_of(kept)));
    for (Odometer at(sizes); !at.done(); at.next())
      groups[static_cast<size_t>(broadcast_place(kept, at.index()))].push_back(at.place());
    return groups;
  }

  template <class S>
  static void run(Call<S>& call) {
    for (const std::vector<int64_t>& group :
         groups_of(call.in(0).sizes, axes_of_node(call.request)))
      run_group(call, group);
  }

  template <class S>
  static void run_group(Call<S>& call, const std::vector<int64_t>& group) {
    const Numbers<S>& x = call.in(0);
    const S size(static_cast<Exact>(group.size()));
    Sum<S> sum;
    for (int64_t place : group) sum.add(x[place]);
    const S mean = sum.total() / size;
    Sum<S> squares;
    Sum<S> plain;
    for (int64_t place : group) squares.add_product(x[place] - mean, x[place] - mean);
    for (int64_t place : group) plain.add_product(x[place], x[place]);
    const S one_pass = plain.total() / size - mean * mean;
    const S deviation = square_root(wider(squares.total() / size, one_pass));
    for (int64_t place : group) call.out()[place] = divided(x[place] - mean, deviation);
  }

  static Bounded wider(Bounded x, const Bounded& other) {
    x.error = std::max(x.error, other.error);
    x.variance = std::max(x.variance, other.variance);
    return x;
  }
  static Emulated wider(Emulated x, Emulated) { return x; }

  static Bounded divided(const Bounded& x, const Bounded& deviation) {
    const auto least = static_cast<double>(deviation.value) - deviation.error;
    if (!(least > 0)) return with_freedom(Bounded(0), kAnything);
    return with_error(x / deviation,
                      std::fabs(static_cast<double>(x.value)) * 1e-9 / least / least);
  }
  static Emulated divided(Emulated x, Emulated deviation) { return x / deviation; }
};

}  // namespace

void add_layer_normalization(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kReal, Fill::kFar};
  const std::vector<Slip> slips = {Slip::kOnePassVariance, Slip::kIgnoresAttributes};
  all.push_back(reference<LayerNormalization>("LayerNormalization", 17, Precision::kComposite,
                                              fills, {Slip::kOnePassVariance}));
  all.push_back(reference<InstanceNormalization>("InstanceNormalization", 17, Precision::kComposite,
                                                 fills, slips));
  all.push_back(reference<MeanVarianceNormalization>(
      "MeanVarianceNormalization", 17, Precision::kComposite, {Fill::kIntegers, Fill::kReal},
      {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
