// For tests and benchmarks of kernels: what to fill tensors with, and their elements as numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include "../test_node.hpp"
#include "number.hpp"

namespace backplane::cpu::testing {

inline int64_t count_of(const Tensor& tensor) {
  return static_cast<int64_t>(element_count(tensor.type));
}
inline Shape shape_of(const Tensor& tensor) {
  return {tensor.type.shape, tensor.type.shape + tensor.type.rank};
}

template <class T>
const T& at(const Tensor& tensor, int64_t index) {
  return reinterpret_cast<const T*>(tensor.bytes.data())[index];
}
template <class T>
T& at(Tensor& tensor, int64_t index) {
  return reinterpret_cast<T*>(tensor.bytes.data())[index];
}

inline double element(const Tensor& tensor, int64_t index) {
  double found = 0;
  visit_numbers(tensor.type.dtype, [&](auto type) {
    found = static_cast<double>(load(at<typename decltype(type)::type>(tensor, index)));
  });
  return found;
}

// All of them, at once and so quickly.
inline std::vector<double> numbers_of(const Tensor& tensor) {
  std::vector<double> found;
  visit_numbers(tensor.type.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    for (int64_t i = 0; i < count_of(tensor); ++i)
      found.push_back(static_cast<double>(load(at<T>(tensor, i))));
  });
  return found;
}

template <class T>
Tensor filled(const Shape& shape, const std::function<T(int64_t)>& element_at) {
  Tensor made = wanted(dtype_of<T>(), shape);
  made.bytes.resize(byte_size(made.type));
  for (int64_t i = 0; i < count_of(made); ++i) at<T>(made, i) = element_at(i);
  return made;
}

// A number from -1 to 1 that depends on both arguments alone.
inline double noise(uint64_t seed, int64_t index) {
  uint64_t x = seed * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(index) * 0xd1342543de82ef95u + 1;
  for (int i = 0; i < 3; ++i) x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
  return static_cast<double>(x >> 11) * 0x1p-52 - 1.0;
}

// Noise for floats, all sizes of numbers for integers.
template <class T>
Tensor noisy(const Shape& shape, uint64_t seed) {
  return filled<T>(shape, [&](int64_t i) {
    if constexpr (kIsFloat<T>)
      return store<T>(static_cast<Computed<T>>(noise(seed, i)));
    else
      return static_cast<T>(static_cast<int64_t>(noise(seed, i) * 9.2e18) >> (i % 60));
  });
}

// Whole numbers from -3 to 3: their sums of products are exact.
template <class T>
Tensor whole(const Shape& shape, uint64_t seed) {
  return filled<T>(shape, [&](int64_t i) {
    return store<T>(static_cast<Computed<T>>(std::floor(noise(seed, i) * 3.49 + 0.5)));
  });
}

}  // namespace backplane::cpu::testing
