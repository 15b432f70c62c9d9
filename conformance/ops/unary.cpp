// Operators of one element each: signs, rounding, functions, questions.
#include <cmath>

#include "compare/element.hpp"
#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

// An integer result that its type cannot hold is not defined.
inline Bounded held(bp_dtype_t dtype, const Bounded& x) {
  if (is_float_type(dtype) || dtype == BP_DTYPE_BOOL) return x;
  const Range range = range_of(dtype);
  return x.value < range.lowest || x.value > range.highest ? with_freedom(Bounded(0), kAnything)
                                                           : x;
}
inline Emulated held(bp_dtype_t, Emulated x) { return x; }

template <class Op>
struct Held {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = held(call.out().dtype, Op::apply(call.in(0)[i]));
  }
};

// Whether the absolute of -0 is -0 is not said.
struct Abs {
  template <class S>
  static S apply(const S& x) {
    return with_freedom(x < S(0) ? -x : x, kSignOfZero);
  }
};

struct Neg {
  template <class S>
  static S apply(const S& x) {
    return -x;
  }
};

// What NaN gives is not said.
struct Sign {
  template <class S>
  static S apply(const S& x) {
    if (is_nan(x)) return with_freedom(S(0), kAnything);
    return with_freedom(x < S(0) ? S(-1) : S(0) < x ? S(1) : S(0), kSignOfZero);
  }
};

// The sign of a zero that something negative is rounded to is not said before opset 22.
struct Floor {
  static Bounded apply(const Bounded& x) {
    return with_freedom(Bounded(is_finite(x.value) ? rounded_down(x.value) : x.value), kSignOfZero);
  }
  static Emulated apply(Emulated x) { return std::floor(x.value); }
};

struct Ceil {
  static Bounded apply(const Bounded& x) {
    return with_freedom(Bounded(is_finite(x.value) ? rounded_up(x.value) : x.value), kSignOfZero);
  }
  static Emulated apply(Emulated x) { return std::ceil(x.value); }
};

struct Round {
  static Bounded apply(const Bounded& x) {
    return with_freedom(Bounded(is_finite(x.value) ? rounded_to_even(x.value) : x.value),
                        kSignOfZero);
  }
  static Emulated apply(Emulated x) {
    return slips(Slip::kRoundsHalfUp) ? std::floor(x.value + 0.5) : std::nearbyint(x.value);
  }
};

struct Reciprocal {
  template <class S>
  static S apply(const S& x) {
    return S(1) / x;
  }
};

struct Exp {
  template <class S>
  static S apply(const S& x) {
    return exponential(x);
  }
};

struct Log {
  template <class S>
  static S apply(const S& x) {
    return logarithm(x);
  }
};

struct Erf {
  template <class S>
  static S apply(const S& x) {
    return error_function(x);
  }
};

struct Sin {
  template <class S>
  static S apply(const S& x) {
    return sine(x);
  }
};

struct Cos {
  template <class S>
  static S apply(const S& x) {
    return cosine(x);
  }
};

struct Not {
  template <class S>
  static S apply(const S& x) {
    return x == S(0) ? S(1) : S(0);
  }
};

// What is not beyond lambd is 0, NaN as well. An integer less a fraction has no meaning.
struct Shrink {
  static Types infer(const Request& request) {
    const double bias = Settings(request).number("bias", 0);
    if (!is_float_type(request.inputs.at(0).type.dtype) && bias != std::floor(bias))
      throw NotDefined{"integers less a fraction"};
    return same_type(request);
  }
  template <class S>
  static void run(Call<S>& call) {
    const S lambd(call.settings.number("lambd", 0.5));
    const S bias(call.settings.number("bias", 0));
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const S& x = call.in(0)[i];
      call.out()[i] = held(call.out().dtype, x < -lambd ? x + bias : lambd < x ? x - bias : S(0));
    }
  }
};

struct IsNaN {
  static Types infer(const Request& request) {
    return {tensor_type_of(BP_DTYPE_BOOL, sizes_of(request.inputs.at(0).type))};
  }
  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = is_nan(call.in(0)[i]) ? S(1) : S(0);
  }
};

struct IsInf {
  static Types infer(const Request& request) { return IsNaN::infer(request); }
  template <class S>
  static void run(Call<S>& call) {
    const bool negative = call.settings.integer("detect_negative", 1) != 0;
    const bool positive = call.settings.integer("detect_positive", 1) != 0;
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const Exact x = exact(call.in(0)[i]);
      call.out()[i] = is_infinite(x) && (x < 0 ? negative : positive) ? S(1) : S(0);
    }
  }
};

}  // namespace

void add_unary(References& all) {
  using F = Fill;
  const std::vector<Fill> exact = {F::kIntegers, F::kWide, F::kSpecial};
  const std::vector<Fill> halves = {F::kTies, F::kReal, F::kWide, F::kSpecial};
  const std::vector<Fill> functions = {F::kReal, F::kWide, F::kSpecial};
  const std::vector<Fill> shrinks = {F::kReal, F::kTies, F::kWide, F::kSpecial};
  const auto add = [&all](Reference one) { all.push_back(std::move(one)); };
  add(reference<Held<Abs>>("Abs", 17, Precision::kExact, exact));
  add(reference<Held<Neg>>("Neg", 17, Precision::kExact, exact));
  add(reference<Held<Sign>>("Sign", 17, Precision::kExact, exact));
  add(reference<Unary<Not>>("Not", 17, Precision::kExact, exact));
  add(reference<Unary<Floor>>("Floor", 17, Precision::kExact, halves));
  add(reference<Unary<Ceil>>("Ceil", 17, Precision::kExact, halves));
  add(reference<Unary<Round>>("Round", 17, Precision::kExact, halves, {Slip::kRoundsHalfUp}));
  add(reference<IsNaN>("IsNaN", 17, Precision::kExact, {F::kSpecial}));
  add(reference<IsInf>("IsInf", 17, Precision::kExact, {F::kSpecial}, {Slip::kIgnoresAttributes}));
  add(reference<Unary<Reciprocal>>("Reciprocal", 17, Precision::kRounded, functions));
  add(reference<Unary<Exp>>("Exp", 17, Precision::kFunction, functions));
  add(reference<Unary<Log>>("Log", 17, Precision::kFunction, functions));
  add(reference<Unary<Erf>>("Erf", 17, Precision::kFunction, functions));
  add(reference<Unary<Sin>>("Sin", 17, Precision::kFunction, functions));
  add(reference<Unary<Cos>>("Cos", 17, Precision::kFunction, functions));
  add(reference<Shrink>("Shrink", 17, Precision::kComposite, shrinks, {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
