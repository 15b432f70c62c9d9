// Equal Less LessOrEqual Greater GreaterOrEqual. Nothing compares with NaN, and 0 equals -0. Two
// bools are equal when both are true, whatever their bytes.
#include <string>
#include <type_traits>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

struct Equal {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T a, T b) {
    return a == b ? 1 : 0;
  }
};

struct EqualBools {
  BACKPLANE_CPU_INLINE static uint8_t apply(uint8_t a, uint8_t b) {
    return (a != 0) == (b != 0) ? 1 : 0;
  }
};

struct Less {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T a, T b) {
    return a < b ? 1 : 0;
  }
};

struct LessOrEqual {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T a, T b) {
    return a <= b ? 1 : 0;
  }
};

struct Greater {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T a, T b) {
    return a > b ? 1 : 0;
  }
};

struct GreaterOrEqual {
  template <class T>
  BACKPLANE_CPU_INLINE static uint8_t apply(T a, T b) {
    return a >= b ? 1 : 0;
  }
};

void check(const Node& node, bool is_served, const char* served) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_served) refuse(node, std::string("only ") + served + ", not " + name_of(dtype));
  if (node.input(1).dtype != dtype) refuse(node, "its inputs have one type");
  if (node.output(0).dtype != BP_DTYPE_BOOL) refuse(node, "its output is bool");
  check_elementwise(node, 2);
}

void check_order(const Node& node) { check(node, is_number(node.input(0).dtype), "numbers"); }

void check_equal(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  check(node, is_number(dtype) || dtype == BP_DTYPE_BOOL, "numbers and bool");
}

template <class Op>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    made = make_binary(node, binary_loops<Op, typename decltype(type)::type, uint8_t>());
  });
  return made;
}

std::unique_ptr<Kernel> create_equal(const Node& node, Device& device) {
  if (node.input(0).dtype == BP_DTYPE_BOOL)
    return make_binary(node, binary_loops<EqualBools, uint8_t>());
  return create<Equal>(node, device);
}

}  // namespace

void add_comparison(OperatorTable& table) {
  table.push_back({"Equal", {7, 11, 13, 19}, check_equal, create_equal});
  table.push_back({"Less", {7, 9, 13}, check_order, create<Less>});
  table.push_back({"LessOrEqual", {12, 16}, check_order, create<LessOrEqual>});
  table.push_back({"Greater", {7, 9, 13}, check_order, create<Greater>});
  table.push_back({"GreaterOrEqual", {12, 16}, check_order, create<GreaterOrEqual>});
}

}  // namespace backplane::cpu
