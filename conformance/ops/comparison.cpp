// Operators of two elements whose result is exact: comparisons, logic, remainders, shifts; PRelu.
#include <cmath>

#include "compare/element.hpp"
#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

template <class Op>
struct Question {
  static Types infer(const Request& request) {
    const Types same = Binary<Op>::infer(request);
    return {tensor_type_of(BP_DTYPE_BOOL, sizes_of(same[0]))};
  }
  template <class S>
  static void run(Call<S>& call) {
    Binary<Op>::run(call);
  }
};

template <class S>
S truth(bool is_true) {
  return is_true ? S(1) : S(0);
}

struct Equal {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(a == b);
  }
};

struct Less {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(a < b);
  }
};

struct Greater {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(b < a);
  }
};

struct LessOrEqual {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(a < b || a == b);
  }
};

struct GreaterOrEqual {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(b < a || a == b);
  }
};

struct And {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(!(a == S(0)) && !(b == S(0)));
  }
};

struct Or {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>(!(a == S(0)) || !(b == S(0)));
  }
};

struct Xor {
  template <class S>
  static S apply(const S& a, const S& b) {
    return truth<S>((a == S(0)) != (b == S(0)));
  }
};

// fmod: the sign of the dividend. The sign of a zero is not said; nothing is of a divisor of 0
// among integers.
struct RemainderAsC {
  static Bounded apply(const Bounded& a, const Bounded& b) {
    return with_freedom(Bounded(remainder_as_c(a.value, b.value)), kSignOfZero);
  }
  static Emulated apply(Emulated a, Emulated b) { return std::fmod(a.value, b.value); }
};

// The sign of the divisor, as in Python.
struct RemainderAsPython {
  template <class S>
  static S apply(const S& a, const S& b) {
    const S rest = RemainderAsC::apply(a, b);
    if (rest == S(0) || (rest < S(0)) == (b < S(0))) return rest;
    return rest + b;
  }
};

template <class Op>
struct OfIntegers {
  template <class S>
  static S apply(const S& a, const S& b) {
    return b == S(0) ? with_freedom(S(0), kAnything) : Op::apply(a, b);
  }
};

struct Mod {
  static Types infer(const Request& request) {
    if (is_float_type(request.inputs.at(0).type.dtype) &&
        Settings(request).integer("fmod", 0) == 0 && !slips(Slip::kIgnoresAttributes))
      throw NotDefined{"fmod must be 1 for floats"};
    return Binary<RemainderAsC>::infer(request);
  }
  template <class S>
  static void run(Call<S>& call) {
    const bool is_float = is_float_type(call.in(0).dtype);
    if (is_float && call.settings.integer("fmod", 0) != 0) return Binary<RemainderAsC>::run(call);
    if (is_float) return Binary<RemainderAsPython>::run(call);
    if (call.settings.integer("fmod", 0) != 0) return Binary<OfIntegers<RemainderAsC>>::run(call);
    Binary<OfIntegers<RemainderAsPython>>::run(call);
  }
};

// Bits beyond the type's are lost; a shift by all of them or more is not defined.
struct BitShift {
  static Types infer(const Request& request) {
    const std::string direction = Settings(request).text("direction", "");
    if (direction != "LEFT" && direction != "RIGHT") throw NotDefined{"direction"};
    return Binary<RemainderAsC>::infer(request);
  }
  template <class S>
  static void run(Call<S>& call) {
    const bool is_left = call.settings.text("direction", "LEFT") == "LEFT";
    const Exact count = range_of(call.in(0).dtype).highest + 1;
    const Numbers<S>& a = call.in(0);
    const Numbers<S>& b = call.in(1);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const Exact by = exact(b[broadcast_place(b.sizes, at.index())]);
      const Exact x = exact(a[broadcast_place(a.sizes, at.index())]);
      call.out()[at.place()] = shifted(x, by, count, is_left, S());
    }
  }
  template <class S>
  static S shifted(Exact x, Exact by, Exact count, bool is_left, const S&) {
    if (by > 64 || scaled(Exact{1}, static_cast<int>(by)) >= count)
      return with_freedom(S(0), kAnything);
    const Exact moved = scaled(x, static_cast<int>(is_left ? by : -by));
    return S(is_left ? remainder_as_c(moved, count) : rounded_down(moved));
  }
};

struct PRelu {
  static Types infer(const Request& request) {
    const Types all = Binary<RemainderAsC>::infer(request);
    if (sizes_of(all[0]) != sizes_of(request.inputs[0].type)) throw NotDefined{"slope is larger"};
    return all;
  }
  template <class S>
  static S apply(const S& x, const S& slope) {
    return x < S(0) ? x * slope : x;
  }
  template <class S>
  static void run(Call<S>& call) {
    Binary<PRelu>::run(call);
  }
};

}  // namespace

void add_comparison(References& all) {
  using F = Fill;
  const std::vector<Fill> fills = {F::kUnits, F::kIntegers, F::kSpecial};
  const auto add = [&all](Reference one) { all.push_back(std::move(one)); };
  add(reference<Question<Equal>>("Equal", 17, Precision::kExact, fills));
  add(reference<Question<Less>>("Less", 17, Precision::kExact, fills));
  add(reference<Question<Greater>>("Greater", 17, Precision::kExact, fills));
  add(reference<Question<LessOrEqual>>("LessOrEqual", 17, Precision::kExact, fills));
  add(reference<Question<GreaterOrEqual>>("GreaterOrEqual", 17, Precision::kExact, fills));
  add(reference<Question<And>>("And", 17, Precision::kExact, fills));
  add(reference<Question<Or>>("Or", 17, Precision::kExact, fills));
  add(reference<Question<Xor>>("Xor", 17, Precision::kExact, fills));
  add(reference<Mod>("Mod", 17, Precision::kExact, {F::kIntegers, F::kReal, F::kTies, F::kSpecial},
                     {Slip::kIgnoresAttributes}));
  add(reference<BitShift>("BitShift", 17, Precision::kExact, {F::kIntegers},
                          {Slip::kIgnoresAttributes}));
  add(reference<PRelu>("PRelu", 17, Precision::kRounded,
                       {F::kIntegers, F::kReal, F::kWide, F::kSpecial}));
}

}  // namespace backplane::conformance
