// Operators that compute each element from one element of each input, with numpy's broadcasting.
#include <algorithm>
#include <cmath>

#include "compare/element.hpp"
#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

struct Add {
  template <class S>
  static S apply(const S& a, const S& b) {
    return a + b;
  }
};

struct Sub {
  template <class S>
  static S apply(const S& a, const S& b) {
    return a - b;
  }
};

struct Mul {
  template <class S>
  static S apply(const S& a, const S& b) {
    return a * b;
  }
};

struct Div {
  template <class S>
  static S apply(const S& a, const S& b) {
    return a / b;
  }
};

// Integers are divided as C does it, towards zero.
struct IntegerDiv {
  static Bounded apply(const Bounded& a, const Bounded& b) {
    return (a.value - remainder_as_c(a.value, b.value)) / b.value;
  }
  static Emulated apply(Emulated a, Emulated b) { return std::trunc(a.value / b.value); }
};

struct Division {
  static Types infer(const Request& request) { return Binary<Div>::infer(request); }
  template <class S>
  static void run(Call<S>& call) {
    is_float_type(call.in(0).dtype) ? Binary<Div>::run(call) : Binary<IntegerDiv>::run(call);
  }
};

// What NaN gives is not said: NaN or 0.
struct Relu {
  template <class S>
  static S apply(const S& x) {
    if (is_nan(x)) return with_freedom(x, kZeroToo);
    return with_freedom(S(0) < x ? x : S(0), kSignOfZero);
  }
};

// 1 / (1 + exp(-x)) as it is written gives 0 where exp(-x) overflows.
struct Sigmoid {
  template <class S>
  static S apply(const S& x) {
    const S power = exponential(-x);
    const S y = S(1) / (S(1) + power);
    return largest(arithmetic().operation) < exact(power) ? with_freedom(y, kZeroToo) : y;
  }
};

struct Tanh {
  template <class S>
  static S apply(const S& x) {
    return hyperbolic_tangent(x);
  }
};

struct Sqrt {
  template <class S>
  static S apply(const S& x) {
    return square_root(x);
  }
};

}  // namespace

void add_elementwise(References& all) {
  using F = Fill;
  const std::vector<Fill> exact = {F::kIntegers, F::kReal, F::kSpecial};
  const std::vector<Fill> rounds = {F::kIntegers, F::kReal, F::kWide, F::kSpecial};
  const std::vector<Slip> stretches = {Slip::kForgetsBroadcast};
  const std::vector<Fill> functions = {F::kReal, F::kWide, F::kSpecial};
  all.push_back(reference<Binary<Add>>("Add", 17, Precision::kRounded, rounds, stretches));
  all.push_back(reference<Binary<Sub>>("Sub", 17, Precision::kRounded, rounds, stretches));
  all.push_back(reference<Binary<Mul>>("Mul", 17, Precision::kRounded, rounds, stretches));
  all.push_back(reference<Division>("Div", 17, Precision::kRounded, rounds, stretches));
  all.push_back(reference<Unary<Relu>>("Relu", 17, Precision::kExact, exact));
  all.push_back(reference<Unary<Sigmoid>>("Sigmoid", 17, Precision::kComposite, functions));
  all.push_back(reference<Unary<Tanh>>("Tanh", 17, Precision::kFunction, functions));
  all.push_back(reference<Unary<Sqrt>>("Sqrt", 17, Precision::kRounded, rounds));
}

}  // namespace backplane::conformance
