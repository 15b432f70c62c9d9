// Elements in a vector as wide as the widest registers, where a loop that the compiler makes
// vectors of would keep too few sums at once.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "levels.hpp"
#include "number.hpp"

namespace backplane::cpu {

// Of what elements are computed in.
template <class A>
struct LanesOf {
  static constexpr int64_t kCount = 64 / sizeof(A);
  using Lanes [[gnu::vector_size(64)]] = A;

  template <class T>
  BACKPLANE_CPU_INLINE static void read(const T* from, Lanes& lanes) {
    if constexpr (kWidens<T>) {
      widen(from, lanes, std::make_index_sequence<kCount>());
    } else {
      A read[kCount];
#pragma omp simd
      for (int64_t i = 0; i < kCount; ++i) read[i] = load(from[i]);
      std::memcpy(&lanes, read, sizeof lanes);
    }
  }
  // The sums of twice as many, each of two, in float.
  BACKPLANE_CPU_INLINE static void read_pairs(const float* from, Lanes& lanes) {
    widen_pairs(from, lanes, std::make_index_sequence<kCount>());
  }
  // `count` of them, then zeros.
  template <class T>
  BACKPLANE_CPU_INLINE static void read_some(const T* from, int64_t count, Lanes& lanes) {
    A read[kCount];
#pragma omp simd
    for (int64_t i = 0; i < kCount; ++i) read[i] = i < count ? load(from[i]) : A{0};
    std::memcpy(&lanes, read, sizeof lanes);
  }

  // Rounded to T.
  template <class T>
  BACKPLANE_CPU_INLINE static void write(const Lanes& lanes, T* to) {
    if constexpr (kWidens<T>) {
      narrow(lanes, to, std::make_index_sequence<kCount>());
    } else {
      A each[kCount];
      std::memcpy(each, &lanes, sizeof lanes);
#pragma omp simd
      for (int64_t i = 0; i < kCount; ++i) to[i] = store<T>(static_cast<Computed<T>>(each[i]));
    }
  }

  BACKPLANE_CPU_INLINE static A sum(const Lanes& lanes) {
    A each[kCount];
    std::memcpy(each, &lanes, sizeof lanes);
    return sum_of<kCount>(each);
  }

 private:
  // Written out: of a loop over so few floats, steps of half a register are made.
  template <class T>
  static constexpr bool kWidens =
      std::conjunction_v<std::is_same<T, float>, std::is_same<A, double>>;

  template <size_t... kPlaces>
  BACKPLANE_CPU_INLINE static void widen(const float* from, Lanes& lanes,
                                         std::index_sequence<kPlaces...>) {
    lanes = Lanes{static_cast<A>(from[kPlaces])...};
  }
  template <size_t... kPlaces>
  BACKPLANE_CPU_INLINE static void widen_pairs(const float* from, Lanes& lanes,
                                               std::index_sequence<kPlaces...>) {
    lanes = Lanes{static_cast<A>(from[kPlaces] + from[kPlaces + kCount])...};
  }
  template <size_t... kPlaces>
  BACKPLANE_CPU_INLINE static void narrow(const Lanes& lanes, float* to,
                                          std::index_sequence<kPlaces...>) {
    ((to[kPlaces] = static_cast<float>(lanes[kPlaces])), ...);
  }

  template <int64_t kHeld>
  BACKPLANE_CPU_INLINE static A sum_of(const A* values) {
    if constexpr (kHeld == 1) {
      return values[0];
    } else {
      A halves[kHeld / 2];
#pragma omp simd
      for (int64_t i = 0; i < kHeld / 2; ++i) halves[i] = values[i] + values[i + kHeld / 2];
      return sum_of<kHeld / 2>(halves);
    }
  }
};

}  // namespace backplane::cpu
