// Pow and Clip: elementwise, with rules of their own.
#include <algorithm>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// C's pow, where ONNX says nothing of its own. What it makes a number of a NaN, or of -1 and
// infinity, may be NaN.
struct Pow {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    return {
        tensor_type_of(x.dtype, broadcast_sizes(sizes_of(x), sizes_of(request.inputs.at(1).type)))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const bool is_float = is_float_type(call.in(0).dtype);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const S& x = call.in(0)[broadcast_place(call.in(0).sizes, at.index())];
      const S& y = call.in(1)[broadcast_place(call.in(1).sizes, at.index())];
      call.out()[at.place()] = is_float ? real(x, y) : whole(call.out().dtype, x, y);
    }
  }

 private:
  template <class S>
  static S real(const S& x, const S& y) {
    const bool is_open = is_nan(x) || is_nan(y) || is_infinite(exact(y));
    return is_open ? with_freedom(power(x, y), kNanToo) : power(x, y);
  }

  // Integers: what overflows and what becomes a fraction is not said.
  template <class S>
  static S whole(bp_dtype_t dtype, const S& x, const S& y) {
    const Exact value = power(exact(x), exact(y));
    const Range range = range_of(dtype);
    const bool is_open = !(exact(y) >= 0 && value >= range.lowest && value <= range.highest) ||
                         truncated(exact(y)) != exact(y);
    return is_open ? with_freedom(S(0), kAnything) : S(rounded_to_even(value));
  }
};

// Min(max, Max(x, min)). What NaN gives is not said, nor which zero.
struct Clip {
  static Types infer(const Request& request) {
    for (size_t i = 1; i < request.inputs.size(); ++i)
      if (has_input(request, i) && request.inputs[i].type.rank != 0)
        throw NotDefined{"a bound that is no scalar"};
    return {request.inputs.at(0).type};
  }

  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const bool is_open = is_nan(call.in(0)[i]);
      S x = is_open ? S(0) : call.in(0)[i];
      if (call.has(1) && x < call.in(1)[0]) x = call.in(1)[0];
      if (call.has(2) && call.in(2)[0] < x) x = call.in(2)[0];
      call.out()[i] = with_freedom(x, is_open ? kAnything : kSignOfZero);
    }
  }
};

}  // namespace

void add_power(References& all) {
  all.push_back(reference<Pow>("Pow", 17, Precision::kFunction,
                               {Fill::kIntegers, Fill::kReal, Fill::kWide, Fill::kSpecial},
                               {Slip::kForgetsBroadcast}));
  all.push_back(reference<Clip>("Clip", 17, Precision::kExact,
                                {Fill::kIntegers, Fill::kReal, Fill::kSpecial}));
}

}  // namespace backplane::conformance
