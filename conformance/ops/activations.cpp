// Activations of one element each, but for Relu, Sigmoid and Tanh: Softplus, LeakyRelu, Elu, Selu
// ...
#include <cmath>

#include "compare/element.hpp"
#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

template <class S>
S parameter(const Call<S>& call, const char* name, double otherwise) {
  return S(call.settings.number(name, otherwise));
}

// ln(exp(x) + 1), which is x where exp(x) is beyond every number.
struct Softplus {
  template <class S>
  static S apply(const S& x) {
    return S(60) < x ? x + S(0) : logarithm(exponential(x) + S(1));
  }
};

struct Softsign {
  template <class S>
  static S apply(const S& x) {
    if (is_infinite(exact(x))) return with_freedom(x < S(0) ? S(-1) : S(1), kNanToo);
    return x / (S(1) + (x < S(0) ? -x : x));
  }
};

// alpha is a float32: of narrower types the product is rounded twice.
struct LeakyRelu {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    const S alpha = parameter(call, "alpha", 0.01);
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = call.in(0)[i] < S(0) ? alpha * call.in(0)[i] : call.in(0)[i];
  }
};

struct Elu {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    const S alpha = parameter(call, "alpha", 1);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const S& x = call.in(0)[i];
      call.out()[i] = x < S(0) ? alpha * (exponential(x) - S(1)) : x;
    }
  }
};

// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), one of which is 0. What max and min make of NaN
// is not said.
struct Celu {
  static Types infer(const Request& request) {
    if (Settings(request).number("alpha", 1) == 0) throw NotDefined{"a quotient by 0"};
    return same_type(request);
  }
  template <class S>
  static S apply(const S& x, const S& alpha) {
    if (is_nan(x)) return with_freedom(x, kZeroToo);
    return x < S(0) ? alpha * (exponential(x / alpha) - S(1)) : x;
  }
  template <class S>
  static void run(Call<S>& call) {
    const S alpha = parameter(call, "alpha", 1);
    for (int64_t i = 0; i < call.out().count(); ++i) call.out()[i] = apply(call.in(0)[i], alpha);
  }
};

struct Selu {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    const S alpha = parameter(call, "alpha", 1.67326319217681884765625);
    const S gamma = parameter(call, "gamma", 1.05070102214813232421875);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const S& x = call.in(0)[i];
      call.out()[i] = gamma * (S(0) < x ? x : alpha * exponential(x) - alpha);
    }
  }
};

// What is not above alpha is 0, NaN as well. ONNX's own function compares with alpha in the type of
// x, which may round it: what lies between the two may be either.
struct ThresholdedRelu {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static S apply(const S& x, Exact alpha, Exact narrow) {
    const bool is_above = slips(Slip::kOtherEndOfTies) ? alpha <= exact(x) : alpha < exact(x);
    const bool is_open = (alpha < exact(x)) != (narrow < exact(x));
    if (is_open) return with_freedom(x, kZeroToo);
    return is_above ? x : with_freedom(S(0), kSignOfZero);
  }
  template <class S>
  static void run(Call<S>& call) {
    const auto alpha = static_cast<Exact>(call.settings.number("alpha", 1));
    const Exact narrow = rounded(format_of(call.in(0).dtype), alpha);
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = apply(call.in(0)[i], alpha, narrow);
  }
};

// x where it is between 0 and 1, and the nearer of them beyond. What NaN gives is not said.
template <class S>
S between_0_and_1(const S& x) {
  if (is_nan(x)) return with_freedom(x, kAnything);
  return x < S(0) ? S(0) : S(1) < x ? S(1) : x;
}

struct HardSigmoid {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    const S alpha = parameter(call, "alpha", 0.2);
    const S beta = parameter(call, "beta", 0.5);
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = between_0_and_1(alpha * call.in(0)[i] + beta);
  }
};

// By the definition's formula -inf gives NaN, by its limit 0.
struct HardSwish {
  template <class S>
  static S apply(const S& x) {
    if (x == S(-HUGE_VAL)) return with_freedom(S(NAN), kZeroToo);
    return x * between_0_and_1(x / S(6) + S(0.5));
  }
};

}  // namespace

void add_activations(References& all) {
  using F = Fill;
  const std::vector<Fill> fills = {F::kReal, F::kTies, F::kWide, F::kSpecial};
  const std::vector<Fill> thresholds = {F::kUnits, F::kReal, F::kTies, F::kWide, F::kSpecial};
  const std::vector<Slip> attributes = {Slip::kIgnoresAttributes};
  const auto add = [&all](Reference one) { all.push_back(std::move(one)); };
  add(reference<Unary<Softplus>>("Softplus", 17, Precision::kComposite, fills));
  add(reference<Unary<Softsign>>("Softsign", 17, Precision::kComposite, fills));
  add(reference<Unary<HardSwish>>("HardSwish", 17, Precision::kComposite, fills));
  add(reference<LeakyRelu>("LeakyRelu", 17, Precision::kComposite, fills, attributes));
  add(reference<Elu>("Elu", 17, Precision::kComposite, fills, attributes));
  add(reference<HardSigmoid>("HardSigmoid", 17, Precision::kComposite, fills, attributes));
  add(reference<Celu>("Celu", 17, Precision::kComposite, fills, attributes));
  add(reference<Selu>("Selu", 17, Precision::kComposite, fills, attributes));
  add(reference<ThresholdedRelu>("ThresholdedRelu", 17, Precision::kExact, thresholds,
                                 {Slip::kIgnoresAttributes, Slip::kOtherEndOfTies}));
}

}  // namespace backplane::conformance
