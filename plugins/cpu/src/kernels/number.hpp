// The element types of the plugin's own loops, and the type that each is computed in.
#pragma once

#include <cstdint>
#include <type_traits>

#include "../half.hpp"
#include "../kernel.hpp"

namespace backplane::cpu {

template <class T>
constexpr bool kIsSmallFloat = std::is_same_v<T, Half> || std::is_same_v<T, Bfloat16>;
template <class T>
constexpr bool kIsFloat = std::is_floating_point_v<T> || kIsSmallFloat<T>;

// float for the 16-bit floats, else the type itself.
template <class T>
using Computed = std::conditional_t<kIsSmallFloat<T>, float, T>;

template <class T>
Computed<T> load(T value) {
  if constexpr (kIsSmallFloat<T>)
    return to_float(value);
  else
    return value;
}

template <class T>
T store(Computed<T> value) {
  if constexpr (std::is_same_v<T, Half>)
    return to_half(value);
  else if constexpr (std::is_same_v<T, Bfloat16>)
    return to_bfloat16(value);
  else
    return value;
}

template <class T>
struct Type {
  using type = T;
};

// Calls visit(Type<T>()) with the element type of `dtype` and returns true; false for a dtype that
// is none of the twelve numeric ones.
template <class Visit>
bool visit_floats(bp_dtype_t dtype, Visit&& visit) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return visit(Type<float>()), true;
    case BP_DTYPE_FLOAT64:
      return visit(Type<double>()), true;
    case BP_DTYPE_FLOAT16:
      return visit(Type<Half>()), true;
    case BP_DTYPE_BFLOAT16:
      return visit(Type<Bfloat16>()), true;
    default:
      return false;
  }
}

template <class Visit>
bool visit_signed_integers(bp_dtype_t dtype, Visit&& visit) {
  switch (dtype) {
    case BP_DTYPE_INT8:
      return visit(Type<int8_t>()), true;
    case BP_DTYPE_INT16:
      return visit(Type<int16_t>()), true;
    case BP_DTYPE_INT32:
      return visit(Type<int32_t>()), true;
    case BP_DTYPE_INT64:
      return visit(Type<int64_t>()), true;
    default:
      return false;
  }
}

template <class Visit>
bool visit_unsigned_integers(bp_dtype_t dtype, Visit&& visit) {
  switch (dtype) {
    case BP_DTYPE_UINT8:
      return visit(Type<uint8_t>()), true;
    case BP_DTYPE_UINT16:
      return visit(Type<uint16_t>()), true;
    case BP_DTYPE_UINT32:
      return visit(Type<uint32_t>()), true;
    case BP_DTYPE_UINT64:
      return visit(Type<uint64_t>()), true;
    default:
      return false;
  }
}

template <class Visit>
bool visit_numbers(bp_dtype_t dtype, Visit&& visit) {
  return visit_floats(dtype, visit) || visit_signed_integers(dtype, visit) ||
         visit_unsigned_integers(dtype, visit);
}

inline bool is_float(bp_dtype_t dtype) {
  return visit_floats(dtype, [](auto) {});
}
inline bool is_signed_integer(bp_dtype_t dtype) {
  return visit_signed_integers(dtype, [](auto) {});
}
inline bool is_number(bp_dtype_t dtype) {
  return visit_numbers(dtype, [](auto) {});
}

}  // namespace backplane::cpu
