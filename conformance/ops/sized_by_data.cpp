// Operators whose output sizes the data decides: NonZero, Compress. Before there is data, infer
// gives the most that they can be.
#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct NonZero {
  static Types infer(const Request& request) {
    const TensorData& x = request.inputs.at(0);
    if (x.type.rank == 0) throw NotDefined{"a scalar has no indices"};
    const auto count = x.bytes.empty() ? static_cast<int64_t>(element_count_of(x.type))
                                       : static_cast<int64_t>(places_of(x).size());
    return {tensor_type_of(BP_DTYPE_INT64, {x.type.rank, count})};
  }

  // A row for each axis; what is not zero in the order in which it lies.
  template <class S>
  static void run(Call<S>& call) {
    const Sizes steps = steps_of(call.in(0).sizes);
    const std::vector<int64_t> places = places_of(call.request.inputs[0]);
    int64_t at = 0;
    for (size_t axis = 0; axis < steps.size(); ++axis)
      for (const int64_t place : places)
        call.out()[at++] = S(static_cast<double>(place / steps[axis] % call.in(0).sizes[axis]));
  }

 private:
  // NaN is not zero, and -0 is.
  static std::vector<int64_t> places_of(const TensorData& x) {
    std::vector<int64_t> places;
    for (uint64_t i = 0; i < element_count_of(x.type); ++i)
      if (!is_zero(exact_element(x.type.dtype, x.bytes.data(), i)))
        places.push_back(static_cast<int64_t>(i));
    return places;
  }

  static bool is_zero(const Exact& value) { return value == Exact(0); }
};

struct Compress {
  static Types infer(const Request& request) {
    const TensorData& x = request.inputs.at(0);
    const TensorData& condition = request.inputs.at(1);
    if (x.type.rank == 0) throw NotDefined{"a scalar has nothing to choose from"};
    if (condition.type.rank != 1) throw NotDefined{"the condition is no vector"};
    Sizes sizes = lines_of(request);
    int64_t& size = sizes[axis_of(request, sizes)];
    if (condition.type.shape[0] > size) throw NotDefined{"more is said than there is"};
    size = condition.bytes.empty() ? condition.type.shape[0]
                                   : static_cast<int64_t>(chosen(request).size());
    return {tensor_type_of(x.type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes sizes = lines_of(call.request);
    const size_t axis = axis_of(call.request, sizes);
    const Sizes steps = steps_of(sizes);
    const std::vector<int64_t> from = chosen(call.request);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      Sizes index = at.index();
      index[axis] = from[static_cast<size_t>(index[axis])];
      call.out()[at.place()] = call.in(0)[place_at(index, steps)];
    }
  }

 private:
  // Without an axis the input is one long line.
  static Sizes lines_of(const Request& request) {
    const bp_tensor_type_t& x = request.inputs[0].type;
    if (Settings(request).has("axis")) return sizes_of(x);
    return {static_cast<int64_t>(element_count_of(x))};
  }

  static size_t axis_of(const Request& request, const Sizes& sizes) {
    return conformance::axis_of(Settings(request).integer("axis", 0), sizes.size());
  }

  // A condition may say less than there is to choose from, and what is behind it is not chosen.
  static std::vector<int64_t> chosen(const Request& request) {
    const TensorData& condition = request.inputs[1];
    std::vector<int64_t> places;
    for (int64_t i = 0; i < condition.type.shape[0]; ++i)
      if (condition.bytes[static_cast<size_t>(i)] != 0) places.push_back(i);
    return places;
  }
};

}  // namespace

void add_sized_by_data(References& all) {
  using F = Fill;
  all.push_back(
      reference<NonZero>("NonZero", 17, Precision::kExact, {F::kUnits, F::kIntegers, F::kSpecial}));
  all.push_back(
      reference<Compress>("Compress", 17, Precision::kExact, {F::kIntegers, F::kSpecial}));
}

}  // namespace backplane::conformance
