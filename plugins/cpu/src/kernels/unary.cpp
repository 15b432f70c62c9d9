// Abs Neg Sign Floor Ceil Round Reciprocal. Round goes to the even one of two nearest whole
// numbers. Sign keeps NaN, and gives +0 for -0. The smallest signed integer is its own Abs and Neg.
#include <cmath>
#include <type_traits>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

// Through unsigned numbers, where the smallest signed one wraps around to itself.
template <class T>
BACKPLANE_CPU_INLINE T negated(T x) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(0u - static_cast<std::make_unsigned_t<T>>(x));
  else
    return -x;
}

struct Neg {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return negated(x);
  }
};

struct Abs {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(x);
    else if constexpr (std::is_signed_v<T>)
      return x < 0 ? negated(x) : x;
    else
      return x;
  }
};

struct Sign {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    const T zero_or_nan = x == T{0} ? T{0} : x;
    if constexpr (std::is_unsigned_v<T>) return x > T{0} ? T{1} : T{0};
    return x > T{0} ? T{1} : x < T{0} ? static_cast<T>(-1) : zero_or_nan;
  }
};

struct Floor {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return std::floor(x);
  }
};

struct Ceil {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return std::ceil(x);
  }
};

struct Round {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return std::rint(x);
  }
};

struct Reciprocal {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return T{1} / x;
  }
};

void check_any_number(const Node& node) {
  check_unary(node, is_number(node.input(0).dtype), "numbers");
}

void check_signed(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  check_unary(node, is_float(dtype) || is_signed_integer(dtype),
              "floating-point numbers and signed integers");
}

void check_float(const Node& node) {
  check_unary(node, is_float(node.input(0).dtype), "floating-point numbers");
}

template <class Op>
std::unique_ptr<Kernel> create_of_float(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, unary_loop<Op, typename decltype(type)::type>());
  });
  return made;
}

template <class Op>
std::unique_ptr<Kernel> create_of_number(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, unary_loop<Op, typename decltype(type)::type>());
  });
  return made;
}

}  // namespace

void add_unary(OperatorTable& table) {
  table.push_back({"Abs", {6, 13}, check_any_number, create_of_number<Abs>});
  table.push_back({"Neg", {6, 13}, check_signed, create_of_number<Neg>});
  table.push_back({"Sign", {9, 13}, check_any_number, create_of_number<Sign>});
  table.push_back({"Floor", {6, 13}, check_float, create_of_float<Floor>});
  table.push_back({"Ceil", {6, 13}, check_float, create_of_float<Ceil>});
  table.push_back({"Round", {11, 22}, check_float, create_of_float<Round>});
  table.push_back({"Reciprocal", {6, 13}, check_float, create_of_float<Reciprocal>});
}

}  // namespace backplane::cpu
