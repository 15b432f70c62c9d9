// Not And Or Xor of bools, where every byte but 0 is true, and IsNaN and IsInf of floating-point
// numbers. The results are the bytes 0 and 1.
#include <cmath>
#include <limits>
#include <string>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

struct Not {
  BACKPLANE_CPU_INLINE static uint8_t apply(uint8_t a) { return a == 0 ? 1 : 0; }
};

struct And {
  BACKPLANE_CPU_INLINE static uint8_t apply(uint8_t a, uint8_t b) {
    return (a != 0 ? 1 : 0) & (b != 0 ? 1 : 0);
  }
};

struct Or {
  BACKPLANE_CPU_INLINE static uint8_t apply(uint8_t a, uint8_t b) { return (a | b) != 0 ? 1 : 0; }
};

struct Xor {
  BACKPLANE_CPU_INLINE static uint8_t apply(uint8_t a, uint8_t b) {
    return (a != 0 ? 1 : 0) ^ (b != 0 ? 1 : 0);
  }
};

struct IsNan {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T x) {
    return x != x ? 1 : 0;
  }
};

template <bool kNegative, bool kPositive>
struct IsInf {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T x) {
    constexpr T kInfinity = std::numeric_limits<T>::infinity();
    return (kPositive && x == kInfinity) || (kNegative && x == -kInfinity) ? 1 : 0;
  }
};

void check_bools(const Node& node, uint32_t inputs) {
  for (uint32_t i = 0; i < inputs; ++i)
    if (node.input(i).dtype != BP_DTYPE_BOOL)
      refuse(node, std::string("only bool, not ") + name_of(node.input(i).dtype));
  if (node.output(0).dtype != BP_DTYPE_BOOL) refuse(node, "its output is bool");
  check_elementwise(node, inputs);
}

void check_not(const Node& node) { check_bools(node, 1); }
void check_binary(const Node& node) { check_bools(node, 2); }

void check_question(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_float(dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(dtype));
  if (node.output(0).dtype != BP_DTYPE_BOOL) refuse(node, "its output is bool");
  check_elementwise(node, 1);
}

std::unique_ptr<Kernel> create_not(const Node& node, Device&) {
  return make_unary(node, unary_loop<Not, uint8_t>());
}

template <class Op>
std::unique_ptr<Kernel> create_binary(const Node& node, Device&) {
  return make_binary(node, binary_loops<Op, uint8_t>());
}

template <class Op>
std::unique_ptr<Kernel> create_question(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, unary_loop<Op, typename decltype(type)::type, uint8_t>());
  });
  return made;
}

std::unique_ptr<Kernel> create_is_inf(const Node& node, Device& device) {
  const bool negative = node.int_attribute("detect_negative", 1) != 0;
  const bool positive = node.int_attribute("detect_positive", 1) != 0;
  if (negative && positive) return create_question<IsInf<true, true>>(node, device);
  if (negative) return create_question<IsInf<true, false>>(node, device);
  if (positive) return create_question<IsInf<false, true>>(node, device);
  return create_question<IsInf<false, false>>(node, device);
}

}  // namespace

void add_logic(OperatorTable& table) {
  table.push_back({"Not", {1}, check_not, create_not});
  table.push_back({"And", {7}, check_binary, create_binary<And>});
  table.push_back({"Or", {7}, check_binary, create_binary<Or>});
  table.push_back({"Xor", {7}, check_binary, create_binary<Xor>});
  table.push_back({"IsNaN", {9, 13, 20}, check_question, create_question<IsNan>});
  table.push_back({"IsInf", {10, 20}, check_question, create_is_inf});
}

}  // namespace backplane::cpu
