// Mod and BitShift. Mod without fmod is of integers and has the divisor's sign, as in Python; with
// fmod it has the dividend's, as in C. Where ONNX leaves them open: x mod 0 of integers is 0, and
// all bits are shifted out by as many places as there are, or more.
#include <cmath>
#include <string>
#include <type_traits>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

struct FMod {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::fmod(a, b);
    } else {
      if (b == 0) return 0;
      if constexpr (std::is_signed_v<T>)
        if (b == -1) return 0;  // a processor would trap at the smallest number
      return static_cast<T>(a % b);
    }
  }
};

struct Mod {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    const T rest = FMod::apply(a, b);
    if constexpr (std::is_signed_v<T>)
      if (rest != 0 && (rest < 0) != (b < 0)) return static_cast<T>(rest + b);
    return rest;
  }
};

struct ShiftLeft {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T value, T places) {
    return places < 8 * sizeof(T) ? static_cast<T>(uint64_t{value} << places) : T{0};
  }
};

struct ShiftRight {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T value, T places) {
    return places < 8 * sizeof(T) ? static_cast<T>(uint64_t{value} >> places) : T{0};
  }
};

void check(const Node& node, bool is_served, const char* served) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_served) refuse(node, std::string("only ") + served + ", not " + name_of(dtype));
  if (node.input(1).dtype != dtype || node.output(0).dtype != dtype)
    refuse(node, "inputs and output have one type");
  check_elementwise(node, 2);
}

void check_mod(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (node.int_attribute("fmod", 0) != 0) return check(node, is_number(dtype), "numbers");
  check(node, is_number(dtype) && !is_float(dtype), "integers without fmod");
}

void check_shift(const Node& node) {
  check(node, visit_unsigned_integers(node.input(0).dtype, [](auto) {}), "unsigned integers");
  const std::string_view direction = node.string_attribute("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    refuse(node, "direction is LEFT or RIGHT, not \"" + std::string(direction) + "\"");
}

// No processor divides vectors of whole numbers.
template <class Op, class T>
BinaryLoops plain_loops() {
  using Body = BinaryBody<Op, T>;
  return {&Body::both, &Body::first_repeats, &Body::second_repeats};
}

std::unique_ptr<Kernel> create_mod(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  const bool is_fmod = node.int_attribute("fmod", 0) != 0;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (is_fmod) {
      made = make_binary(node, plain_loops<FMod, T>());
    } else if constexpr (!kIsFloat<T>) {
      made = make_binary(node, plain_loops<Mod, T>());
    }
  });
  return made;
}

std::unique_ptr<Kernel> create_shift(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  const bool is_left = node.string_attribute("direction", "") == "LEFT";
  visit_unsigned_integers(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made =
        make_binary(node, is_left ? binary_loops<ShiftLeft, T>() : binary_loops<ShiftRight, T>());
  });
  return made;
}

}  // namespace

void add_remainder(OperatorTable& table) {
  table.push_back({"Mod", {10, 13}, check_mod, create_mod});
  table.push_back({"BitShift", {11}, check_shift, create_shift});
}

}  // namespace backplane::cpu
