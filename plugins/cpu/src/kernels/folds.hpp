// What the reductions but ReduceMean do with elements: a value to begin with, a step for every
// element, the join of two such values, and the end. Floats are folded in double. Integers wrap
// around where the definition's own sum or product would; roots and logarithms of integers are cut
// off towards zero and held inside the type. NaN anywhere is NaN, also for Max and Min.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "number.hpp"
#include "saturate.hpp"

namespace backplane::cpu {

__extension__ using UnsignedWide = unsigned __int128;

// Values are kept as: double for floats; unsigned for integers, whose arithmetic wraps.
template <class T, bool = std::is_integral_v<T>>
struct FoldedAs {
  using type = uint64_t;
};
template <class T>
struct FoldedAs<T, false> {
  using type = double;
};
template <class T>
using Folded = typename FoldedAs<T>::type;

template <class T>
BACKPLANE_CPU_INLINE Folded<T> to_folded(T value) {
  return static_cast<Folded<T>>(load(value));
}
template <class T>
BACKPLANE_CPU_INLINE T from_folded(Folded<T> value) {
  return store<T>(static_cast<Computed<T>>(value));
}

template <class T>
struct SumFold {
  using Value = Folded<T>;
  static constexpr Value kStart = 0;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) { return value + to_folded(x); }
  BACKPLANE_CPU_INLINE static Value join(Value a, Value b) { return a + b; }
  BACKPLANE_CPU_INLINE static T end(Value value) { return from_folded<T>(value); }
};

template <class T>
struct ProdFold : SumFold<T> {
  using Value = Folded<T>;
  static constexpr Value kStart = 1;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) { return value * to_folded(x); }
  BACKPLANE_CPU_INLINE static Value join(Value a, Value b) { return a * b; }
};

template <class T>
struct L1Fold : SumFold<T> {
  using Value = Folded<T>;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) {
    if constexpr (std::is_integral_v<T>)
      return value + (x < 0 ? Value{0} - to_folded(x) : to_folded(x));
    else
      return value + std::fabs(to_folded(x));
  }
};

template <class T>
struct SumSquareFold : SumFold<T> {
  using Value = Folded<T>;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) {
    return value + to_folded(x) * to_folded(x);
  }
};

template <class T>
struct LogSumFold : SumFold<T> {
  using Value = std::conditional_t<std::is_integral_v<T>, long double, double>;
  static constexpr Value kStart = 0;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) {
    return value + static_cast<Value>(load(x));
  }
  BACKPLANE_CPU_INLINE static Value join(Value a, Value b) { return a + b; }
  BACKPLANE_CPU_INLINE static T end(Value value) {
    if constexpr (std::is_integral_v<T>)
      return saturate<T>(std::log(value));
    else
      return from_folded<T>(std::log(value));
  }
};

template <class T, bool = std::is_integral_v<T>>
struct L2FoldOf : SumSquareFold<T> {
  BACKPLANE_CPU_INLINE static T end(double value) { return from_folded<T>(std::sqrt(value)); }
};
// Exact: squares of integers in 128 bits, held at the largest, whose root fits no type either.
template <class T>
struct L2FoldOf<T, true> {
  using Value = UnsignedWide;
  static constexpr Value kStart = 0;
  static Value step(Value value, T x) {
    const Value magnitude = x < 0 ? Value{0} - static_cast<Value>(x) : static_cast<Value>(x);
    return join(value, magnitude * magnitude);
  }
  static Value join(Value a, Value b) { return a + b < a ? ~Value{0} : a + b; }
  static T end(Value value) {
    constexpr Value kMost = static_cast<Value>(std::numeric_limits<T>::max());
    if (value >= kMost * kMost) return std::numeric_limits<T>::max();
    auto root = static_cast<Value>(std::sqrt(static_cast<long double>(value)));
    while (root * root > value) --root;
    while ((root + 1) * (root + 1) <= value) ++root;
    return static_cast<T>(root);
  }
};

template <class T>
struct L2Fold : L2FoldOf<T> {};

template <class T, bool kIsMax>
struct ExtremeFold {
  using Value = Computed<T>;
  using Limits = std::numeric_limits<Value>;
  static constexpr Value kLowest = kIsFloat<T> ? -Limits::infinity() : Limits::lowest();
  static constexpr Value kHighest = kIsFloat<T> ? Limits::infinity() : Limits::max();
  static constexpr Value kStart = kIsMax ? kLowest : kHighest;
  BACKPLANE_CPU_INLINE static Value step(Value value, T x) { return join(value, load(x)); }
  BACKPLANE_CPU_INLINE static Value join(Value a, Value b) {
    const Value best = (kIsMax ? b > a : b < a) ? b : a;
    if constexpr (kIsFloat<T>)
      return b != b ? b : best;
    else
      return best;
  }
  BACKPLANE_CPU_INLINE static T end(Value value) { return store<T>(value); }
};
template <class T>
struct MaxFold : ExtremeFold<T, true> {};
template <class T>
struct MinFold : ExtremeFold<T, false> {};

}  // namespace backplane::cpu
