// Min, Max, Sum and Mean of any number of tensors, and Where.
#include <cmath>

#include "compare/element.hpp"
#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

Types stretched(const Request& request, size_t first) {
  Sizes sizes;
  for (const TensorData& input : request.inputs) {
    if (&input >= &request.inputs.at(first) && input.type.dtype != request.inputs[first].type.dtype)
      throw NotDefined{"types that differ"};
    sizes = broadcast_sizes(sizes, sizes_of(input.type));
  }
  return {tensor_type_of(request.inputs.at(first).type.dtype, sizes)};
}

template <class S>
const S& element(const Call<S>& call, size_t input, const Sizes& index) {
  const Numbers<S>& numbers = call.in(input);
  return numbers[broadcast_place(numbers.sizes, index)];
}

// What NaN gives is not said: of two numbers NaN or the other, of more anything. Nor is which of
// two zeros is the larger.
template <bool kIsMax>
struct Extreme {
  static Types infer(const Request& request) { return stretched(request, 0); }
  template <class S>
  static void run(Call<S>& call) {
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = one(call, at.index());
  }
  template <class S>
  static S one(const Call<S>& call, const Sizes& index) {
    S best(NAN);
    Freedom freedom = call.inputs.size() > 1 ? kSignOfZero : 0;
    for (size_t i = 0; i < call.inputs.size(); ++i) {
      const S& x = element(call, i, index);
      if (is_nan(x) && call.inputs.size() > 1)
        freedom |= call.inputs.size() > 2 ? kAnything : kNanToo;
      if (is_nan(best) || (kIsMax ? best < x : x < best)) best = x;
    }
    return with_freedom(best, freedom);
  }
};

template <bool kIsMean>
struct Total {
  static Types infer(const Request& request) { return stretched(request, 0); }
  template <class S>
  static void run(Call<S>& call) {
    const auto count = static_cast<int>(call.inputs.size());
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      Sum<S> sum;
      for (size_t i = 0; i < call.inputs.size(); ++i) sum.add(element(call, i, at.index()));
      call.out()[at.place()] = kIsMean ? sum.total() / S(count) : sum.total();
    }
  }
};

struct Where {
  static Types infer(const Request& request) {
    if (request.inputs.at(0).type.dtype != BP_DTYPE_BOOL) throw NotDefined{"condition"};
    return stretched(request, 1);
  }
  template <class S>
  static void run(Call<S>& call) {
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] =
          element(call, element(call, 0, at.index()) == S(0) ? 2 : 1, at.index());
  }
};

}  // namespace

void add_variadic(References& all) {
  using F = Fill;
  const std::vector<Fill> exact = {F::kIntegers, F::kWide, F::kSpecial};
  const std::vector<Fill> sums = {F::kIntegers, F::kReal, F::kCancelling, F::kSpecial};
  all.push_back(reference<Extreme<true>>("Max", 17, Precision::kExact, exact));
  all.push_back(reference<Extreme<false>>("Min", 17, Precision::kExact, exact));
  all.push_back(reference<Total<false>>("Sum", 17, Precision::kDot, sums));
  all.push_back(reference<Total<true>>("Mean", 17, Precision::kDot, sums));
  all.push_back(reference<Where>("Where", 17, Precision::kExact, exact));
}

}  // namespace backplane::conformance
