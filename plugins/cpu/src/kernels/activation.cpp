// Relu Sigmoid Tanh Sqrt. Relu keeps NaN, and gives +0 for -0.
#include <cmath>
#include <string>
#include <type_traits>

#include "elementwise.hpp"
#include "exponential.hpp"

namespace backplane::cpu {

namespace {

struct Relu {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return x <= T{0} ? T{0} : x;
  }
};

struct Sqrt {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return std::sqrt(x);
  }
};

struct Sigmoid {
  BACKPLANE_CPU_INLINE static float apply(float x) { return sigmoid_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) {
    const double small = std::exp(-std::fabs(x));
    return (x < 0.0 ? small : 1.0) / (1.0 + small);
  }
};

struct Tanh {
  BACKPLANE_CPU_INLINE static float apply(float x) { return tanh_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) { return std::tanh(x); }
};

void check_float(const Node& node) {
  check_unary(node, is_float(node.input(0).dtype), "floating-point numbers");
}

void check_relu(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  check_unary(node, is_float(dtype) || (node.since() >= 14 && is_signed_integer(dtype)),
              "floating-point numbers, and since version 14 signed integers");
}

std::unique_ptr<Kernel> create_relu(const Node& node, Device& device) {
  std::unique_ptr<Kernel> made = create_float_unary<Relu>(node, device);
  visit_signed_integers(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, unary_loop<Relu, typename decltype(type)::type>());
  });
  return made;
}

}  // namespace

void add_activation(OperatorTable& table) {
  table.push_back({"Relu", {6, 13, 14}, check_relu, create_relu});
  table.push_back({"Sigmoid", {6, 13}, check_float, create_float_unary<Sigmoid>});
  table.push_back({"Tanh", {6, 13}, check_float, create_float_unary<Tanh>});
  table.push_back({"Sqrt", {6, 13}, check_float, create_float_unary<Sqrt>});
}

}  // namespace backplane::cpu
