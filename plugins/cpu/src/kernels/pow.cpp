// Pow: the base's type is the output's, the exponent may have any numeric type. An integer base to
// an integer power wraps around; to a negative power it is 1 over the positive one, truncated, and
// 0 for base 0, where ONNX says nothing. To a floating-point power it is computed in double,
// truncated, and held inside the type, NaN being 0.
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "elementwise.hpp"
#include "saturate.hpp"

namespace backplane::cpu {

namespace {

template <class Base, class Exponent>
Base integer_power(Base base, Exponent exponent) {
  if constexpr (std::is_signed_v<Exponent>) {
    if (exponent < 0) {
      if (base == 1) return 1;
      return base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
    }
  }
  using Wrapping = std::make_unsigned_t<Base>;
  Wrapping result = 1;
  auto square = static_cast<Wrapping>(base);
  for (auto rest = static_cast<std::make_unsigned_t<Exponent>>(exponent); rest != 0; rest /= 2) {
    if (rest % 2 != 0) result *= square;
    square *= square;
  }
  return static_cast<Base>(result);
}

// The sign comes from the whole number: a large odd one would be even as a double.
template <class Exponent>
double power_of(double base, Exponent exponent) {
  if constexpr (std::is_integral_v<Exponent>) {
    const double magnitude = std::pow(std::fabs(base), static_cast<double>(exponent));
    return exponent % 2 != 0 ? std::copysign(magnitude, base) : magnitude;
  } else {
    return std::pow(base, static_cast<double>(exponent));
  }
}

struct Pow {
  template <class Base, class Exponent>
  static Base apply(Base base, Exponent exponent) {
    if constexpr (std::is_same_v<Base, float> && std::is_same_v<Exponent, float>)
      return std::pow(base, exponent);
    else if constexpr (std::is_integral_v<Base> && std::is_integral_v<Exponent>)
      return integer_power(base, exponent);
    else if constexpr (std::is_integral_v<Base>)
      return saturate<Base>(power_of(static_cast<double>(base), exponent));
    else
      return static_cast<Base>(power_of(static_cast<double>(base), exponent));
  }
};

struct Square {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return x * x;
  }
};

// One exponent for all: 2, in every model with a norm, needs no library. Correctly rounded, too.
template <class Base, class Exponent>
void second_repeats(const void* first, const void* second, void* output, int64_t count) {
  if constexpr (kIsFloat<Base>) {
    static const UnaryLoop square = unary_loop<Square, Base>();
    if (load(*static_cast<const Exponent*>(second)) == Computed<Exponent>{2})
      return square(first, output, count);
  }
  BinaryBody<Pow, Base, Exponent>::second_repeats(first, second, output, count);
}

template <class Base, class Exponent>
BinaryLoops pow_loops() {
  using Body = BinaryBody<Pow, Base, Exponent>;
  return {&Body::both, &Body::first_repeats, &second_repeats<Base, Exponent>};
}

template <class Visit>
bool visit_bases(bp_dtype_t dtype, Visit&& visit) {
  if (dtype == BP_DTYPE_INT32) return visit(Type<int32_t>()), true;
  if (dtype == BP_DTYPE_INT64) return visit(Type<int64_t>()), true;
  return visit_floats(dtype, visit);
}

void check_pow(const Node& node) {
  const bp_dtype_t base = node.input(0).dtype;
  if (!visit_bases(base, [](auto) {}))
    refuse(node, std::string("the base is a floating-point number, int32 or int64, not ") +
                     name_of(base));
  if (!is_number(node.input(1).dtype))
    refuse(node, std::string("the exponent is a number, not ") + name_of(node.input(1).dtype));
  if (node.output(0).dtype != base) refuse(node, "base and output have one type");
  check_elementwise(node, 2);
}

std::unique_ptr<Kernel> create_pow(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_bases(node.input(0).dtype, [&](auto base) {
    visit_numbers(node.input(1).dtype, [&](auto exponent) {
      made = make_binary(
          node, pow_loops<typename decltype(base)::type, typename decltype(exponent)::type>());
    });
  });
  return made;
}

}  // namespace

void add_pow(OperatorTable& table) {
  table.push_back({"Pow", {7, 12, 13, 15}, check_pow, create_pow});
}

}  // namespace backplane::cpu
