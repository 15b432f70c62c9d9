// Add Sub Mul Div for every numeric type. Integers wrap around. Where ONNX leaves integer division
// open it must not trap all the same: x / 0 is 0, and the smallest number by -1 is itself.
#include <type_traits>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

// What integers are computed in: unsigned, so that overflow wraps, and wide enough not to be
// promoted to int.
template <class T>
using Wrapping =
    std::conditional_t<(sizeof(T) < sizeof(uint32_t)), uint32_t, std::make_unsigned_t<T>>;

struct Add {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
    else
      return a + b;
  }
};

struct Sub {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
    else
      return a - b;
  }
};

struct Mul {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
    else
      return a * b;
  }
};

struct Div {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return 0;
      if constexpr (std::is_signed_v<T>)
        if (b == -1) return Sub::apply<T>(0, a);
      return static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};

void check_arithmetic(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_number(dtype)) refuse(node, std::string("only numbers, not ") + name_of(dtype));
  if (node.input(1).dtype != dtype || node.output(0).dtype != dtype)
    refuse(node, "inputs and output have one type");
  check_elementwise(node, 2);
}

template <class Op>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    made = make_binary(node, binary_loops<Op, typename decltype(type)::type>());
  });
  return made;
}

}  // namespace

void add_arithmetic(OperatorTable& table) {
  table.push_back({"Add", {7, 13, 14}, check_arithmetic, create<Add>});
  table.push_back({"Sub", {7, 13, 14}, check_arithmetic, create<Sub>});
  table.push_back({"Mul", {7, 13, 14}, check_arithmetic, create<Mul>});
  table.push_back({"Div", {7, 13, 14}, check_arithmetic, create<Div>});
}

}  // namespace backplane::cpu
