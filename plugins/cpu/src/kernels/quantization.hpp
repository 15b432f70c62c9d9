// Between floating point and 8-bit integers: real = (number - zero point) * scale.
#pragma once

#include <cmath>
#include <string>

#include "../kernel.hpp"
#include "levels.hpp"
#include "number.hpp"
#include "saturate.hpp"

namespace backplane::cpu {

inline bool is_byte(bp_dtype_t dtype) { return dtype == BP_DTYPE_INT8 || dtype == BP_DTYPE_UINT8; }

// Calls visit(Type<T>()) for uint8 and int8; false for any other type.
template <class Visit>
bool visit_bytes(bp_dtype_t dtype, Visit&& visit) {
  if (dtype == BP_DTYPE_UINT8) return visit(Type<uint8_t>()), true;
  if (dtype == BP_DTYPE_INT8) return visit(Type<int8_t>()), true;
  return false;
}

// Ties go to the even number; what lies outside the type is held inside it, and NaN is 0, which
// ONNX leaves open.
template <class Byte, class Float>
BACKPLANE_CPU_INLINE Byte quantized(Float value, int32_t zero_point) {
  return saturate<Byte>(std::rint(value) + static_cast<Float>(zero_point));
}

// A sum of products of quantized numbers, whose scales together are `factor`.
template <class Byte>
BACKPLANE_CPU_INLINE Byte requantized(int32_t sum, float factor, int32_t zero_point) {
  return quantized<Byte>(static_cast<float>(sum) * factor, zero_point);
}

// The zero points of one input: one for all slices, one for each, or none, which is 0.
class ZeroPoints {
 public:
  explicit ZeroPoints(const bp_tensor_t& tensor)
      : dtype_(tensor.type.dtype),
        step_(dtype_ != 0 && element_count(tensor.type) != 1 ? 1 : 0),
        bytes_(dtype_ != 0 ? data<char>(tensor) : nullptr) {}

  int32_t operator[](int64_t slice) const {
    int32_t found = 0;
    if (bytes_ != nullptr && dtype_ == BP_DTYPE_INT32)
      found = reinterpret_cast<const int32_t*>(bytes_)[slice * step_];
    else if (bytes_ != nullptr)
      visit_bytes(dtype_, [&](auto type) {
        found += reinterpret_cast<const typename decltype(type)::type*>(bytes_)[slice * step_];
      });
    return found;
  }

 private:
  bp_dtype_t dtype_;
  int64_t step_;
  const char* bytes_;
};

class Scales {
 public:
  explicit Scales(const bp_tensor_t& tensor)
      : step_(element_count(tensor.type) != 1 ? 1 : 0), numbers_(data<float>(tensor)) {}

  float operator[](int64_t slice) const { return numbers_[slice * step_]; }

 private:
  int64_t step_;
  const float* numbers_;
};

// Of known sizes: one number, whatever its rank, or a vector of `slices`.
inline bool fits_slices(const bp_tensor_type_t& type, int64_t slices) {
  return element_count(type) == 1 || (type.rank == 1 && type.shape[0] == slices);
}

// Refuses an input that cannot be a parameter for each of `slices`, or for all of them, as far as
// sizes are known; `slices` may be unknown.
inline void check_parameter(const Node& node, uint32_t index, int64_t slices) {
  const bp_tensor_type_t& type = node.input(index);
  if (type.dtype == 0 || has_unknown_size(type)) return;
  if (BP_DIM_IS_UNKNOWN(slices) ? type.rank > 1 && element_count(type) != 1
                                : !fits_slices(type, slices))
    refuse(node, "input " + std::to_string(index) + ", " + to_text(type) +
                     ", is neither one number nor one for each slice");
}

// The same at a launch, for sizes that were unknown before.
inline void require_parameter(const bp_tensor_t& tensor, int64_t slices, const char* op) {
  if (tensor.type.dtype != 0 && !fits_slices(tensor.type, slices))
    fail(BP_STATUS_INVALID_ARGUMENT, std::string(op) + ": " + to_text(tensor.type) +
                                         " is not one number for each of " +
                                         std::to_string(slices) + " slices");
}

// A zero point, where there is one, has the type of the input it belongs to.
inline void check_zero_point(const Node& node, uint32_t index, uint32_t of) {
  if (node.has_input(index) && node.input(index).dtype != node.input(of).dtype)
    refuse(node, "a zero point has its input's type, not " + to_text(node.input(index)));
}

// Elements of one scale and zero point, from `input` to `output`.
using ScaleLoop = void (*)(const void* input, void* output, int64_t count, float scale,
                           int32_t zero_point);

template <class Real, class Byte>
struct QuantizeBody {
  // Whole numbers are divided in double, which holds them.
  using Float = std::conditional_t<std::is_integral_v<Real>, double, float>;

  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count, float scale,
                                        int32_t zero_point) {
    const Real* from = static_cast<const Real*>(input);
    Byte* to = static_cast<Byte*>(output);
    const auto divisor = static_cast<Float>(scale);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
      to[i] = quantized<Byte>(static_cast<Float>(from[i]) / divisor, zero_point);
  }
};

}  // namespace backplane::cpu
