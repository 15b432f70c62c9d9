// What MatMul, Gemm and ReduceMean add up: the element types, and the type that sums are kept in.
#pragma once

#include <type_traits>

#include "number.hpp"

namespace backplane::cpu {

template <class Visit>
bool visit_summed(bp_dtype_t dtype, Visit&& visit) {
  switch (dtype) {
    case BP_DTYPE_INT32:
      return visit(Type<int32_t>()), true;
    case BP_DTYPE_INT64:
      return visit(Type<int64_t>()), true;
    case BP_DTYPE_UINT32:
      return visit(Type<uint32_t>()), true;
    case BP_DTYPE_UINT64:
      return visit(Type<uint64_t>()), true;
    default:
      return visit_floats(dtype, visit);
  }
}
constexpr const char* kSummedTypes = "floating-point and 32 and 64 bit integer types";

inline bool is_summed(bp_dtype_t dtype) {
  return visit_summed(dtype, [](auto) {});
}

// Products of T: float for the 16-bit floats; integers wrap around.
template <class T, bool = std::is_integral_v<T>>
struct SumOf {
  using type = std::make_unsigned_t<T>;
};
template <class T>
struct SumOf<T, false> {
  using type = Computed<T>;
};
template <class T>
using Sum = typename SumOf<T>::type;

template <class T>
Sum<T> to_sum(T value) {
  return static_cast<Sum<T>>(load(value));
}
template <class T>
T from_sum(Sum<T> sum) {
  return store<T>(static_cast<Computed<T>>(sum));
}

}  // namespace backplane::cpu
