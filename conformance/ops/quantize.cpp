// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear.
#include <algorithm>

#include "ops/quantization.hpp"

namespace backplane::conformance {
namespace {

// Scales and zero points: one for all, or one for each index of the axis.
struct Parameters {
  int64_t count = 1;  // of indices of the axis
  int64_t step = 1;   // elements from one to the next

  static Parameters of(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs.at(0).type);
    const bp_tensor_type_t& scale = request.inputs.at(1).type;
    if (scale.rank == 0) return {};
    const size_t axis = axis_of(Settings(request).integer("axis", 1), sizes.size());
    if (scale.rank != 1 || scale.shape[0] != sizes[axis]) throw NotDefined{"sizes of the scale"};
    if (has_input(request, 2) && sizes_of(request.inputs[2].type) != sizes_of(scale))
      throw NotDefined{"sizes of the zero point"};
    return {sizes[axis], steps_of(sizes)[axis]};
  }

  int64_t place(int64_t element) const { return element / step % count; }
};

// x / y_scale is one operation of float32, whose rounding decides where it comes near a tie.
struct QuantizeLinear {
  static Types infer(const Request& request) {
    Parameters::of(request);
    const bp_dtype_t dtype =
        has_input(request, 2) ? request.inputs[2].type.dtype : bp_dtype_t{BP_DTYPE_UINT8};
    return {tensor_type_of(dtype, sizes_of(request.inputs.at(0).type))};
  }

  static Bounded quotient(const Bounded& x, const Bounded& scale, double* error) {
    const Exact exact = x.value / scale.value;
    const Exact rounded_once = rounded(kFloat32, exact);
    *error = exact == rounded_once && arithmetic().division_spacings == 0
                 ? 0
                 : error_of_operations(exact, 1);
    return is_finite(exact) ? exact : rounded_once;
  }
  static Emulated quotient(Emulated x, Emulated scale, double*) { return x / scale; }

  template <class S>
  static void run(Call<S>& call) {
    const Parameters parameters = Parameters::of(call.request);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const int64_t at = parameters.place(i);
      double error = 0;
      const S x = quotient(call.in(0)[i], call.in(1)[at], &error);
      call.out()[i] = quantized(call.out().dtype, x, error, call.has(2) ? call.in(2)[at] : S(0));
    }
  }
};

struct DequantizeLinear {
  // An integer of 32 bits may be rounded before it is multiplied.
  static Bounded as_float32(Bounded x) {
    if (rounded(kFloat32, x.value) != x.value) x.error = error_of_operations(x.value, 1);
    return x;
  }
  static Emulated as_float32(Emulated x) { return x; }

  static Types infer(const Request& request) {
    Parameters::of(request);
    return {tensor_type_of(BP_DTYPE_FLOAT32, sizes_of(request.inputs.at(0).type))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Parameters parameters = Parameters::of(call.request);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const int64_t at = parameters.place(i);
      const S zero = call.has(2) ? call.in(2)[at] : S(0);
      call.out()[i] = with_freedom(as_float32(call.in(0)[i] - zero) * call.in(1)[at], kSignOfZero);
    }
  }
};

// The scale is the outcome of a difference and a quotient, elements and zero point of one more
// quotient: 3 roundings of float32. What is computed here in that way is within as many of the
// exact result as what a kernel computes, so they are within 6 of one another.
struct DynamicQuantizeLinear {
  static Types infer(const Request& request) {
    return {tensor_type_of(BP_DTYPE_UINT8, sizes_of(request.inputs.at(0).type)),
            tensor_type_of(BP_DTYPE_FLOAT32, {}), tensor_type_of(BP_DTYPE_UINT8, {})};
  }

  static Bounded in_float32(const Bounded& x) { return Bounded(rounded(kFloat32, x.value)); }
  static Emulated in_float32(Emulated x) { return x; }
  static Bounded inexact(Bounded x) {
    x.error = error_of_operations(x.value, 3);
    return x;
  }
  static Emulated inexact(Emulated x) { return x; }

  template <class S>
  static void run(Call<S>& call) {
    S lowest(0);
    S highest(0);
    for (const S& x : call.in(0).elements) {
      if (x < lowest) lowest = x;
      if (highest < x) highest = x;
    }
    const S scale = in_float32(in_float32(highest - lowest) / S(255));
    // Of nothing but zeros, the scale is zero, by which nothing can be divided.
    if (scale == S(0)) return set_free(call);
    const S zero = in_float32(S(0) - lowest / scale);
    call.out(1)[0] = inexact(scale);
    call.out(2)[0] = quantized(BP_DTYPE_UINT8, zero, error_of_operations(exact(zero), 6), S(0));
    // Where the zero point may be another, the elements are moved with it.
    const Freedom shifts = freedom_of(call.out(2)[0]);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const S x = in_float32(call.in(0)[i] / scale);
      call.out()[i] = with_freedom(
          quantized(BP_DTYPE_UINT8, x, error_of_operations(exact(x), 6), call.out(2)[0]), shifts);
    }
  }

  static Freedom freedom_of(const Bounded& x) { return x.freedom; }
  static Freedom freedom_of(Emulated) { return 0; }

  template <class S>
  static void set_free(Call<S>& call) {
    for (Numbers<S>& output : call.outputs)
      for (S& x : output.elements) x = with_freedom(S(0), kAnything);
  }
};

}  // namespace

void add_quantize(References& all) {
  using F = Fill;
  all.push_back(reference<QuantizeLinear>("QuantizeLinear", 17, Precision::kExact,
                                          {F::kTies, F::kReal, F::kWide, F::kSpecial},
                                          {Slip::kRoundsHalfUp, Slip::kWraps}));
  all.push_back(reference<DequantizeLinear>("DequantizeLinear", 17, Precision::kRounded,
                                            {F::kReal, F::kWide, F::kSpecial}));
  all.push_back(reference<DynamicQuantizeLinear>("DynamicQuantizeLinear", 17, Precision::kExact,
                                                 {F::kTies, F::kReal, F::kFar, F::kCancelling},
                                                 {Slip::kRoundsHalfUp}));
}

}  // namespace backplane::conformance
