// Kernels that compute each element of the output from one element of each input.
#pragma once

#include <memory>

#include "../kernel.hpp"
#include "../threads.hpp"
#include "broadcast.hpp"
#include "levels.hpp"
#include "number.hpp"

namespace backplane::cpu {

// A loop over `count` elements. In one for two inputs, the input that repeats is one element.
using UnaryLoop = void (*)(const void* input, void* output, int64_t count);
using BinaryLoop = void (*)(const void* first, const void* second, void* output, int64_t count);

struct BinaryLoops {
  BinaryLoop both;
  BinaryLoop first_repeats;
  BinaryLoop second_repeats;
};

// Input and output may have different types.
std::unique_ptr<Kernel> make_unary(const Node& node, UnaryLoop loop);
std::unique_ptr<Kernel> make_binary(const Node& node, const BinaryLoops& loops);

// Refuses what no kernel of this file's kind serves: other shapes than broadcasting gives, an
// absent output, more inputs or outputs than `inputs` and one.
void check_elementwise(const Node& node, uint32_t inputs);

// Loops for Op::apply(a) and Op::apply(a, b), which get and give Computed<T>.
template <class Op, class T>
struct UnaryBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count) {
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<T>(Op::apply(load(from[i])));
  }
};

template <class Op, class First, class Second = First>
struct BinaryBody {
  BACKPLANE_CPU_INLINE static void both(const void* first, const void* second, void* output,
                                        int64_t count) {
    const First* a = static_cast<const First*>(first);
    const Second* b = static_cast<const Second*>(second);
    First* to = static_cast<First*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<First>(Op::apply(load(a[i]), load(b[i])));
  }
  BACKPLANE_CPU_INLINE static void first_repeats(const void* first, const void* second,
                                                 void* output, int64_t count) {
    const Computed<First> a = load(*static_cast<const First*>(first));
    const Second* b = static_cast<const Second*>(second);
    First* to = static_cast<First*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<First>(Op::apply(a, load(b[i])));
  }
  BACKPLANE_CPU_INLINE static void second_repeats(const void* first, const void* second,
                                                  void* output, int64_t count) {
    const First* a = static_cast<const First*>(first);
    const Computed<Second> b = load(*static_cast<const Second*>(second));
    First* to = static_cast<First*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<First>(Op::apply(load(a[i]), b));
  }
};

template <class Op, class T>
UnaryLoop unary_loop() {
  return Levels<&UnaryBody<Op, T>::loop>::best();
}

template <class Op, class T>
BinaryLoops binary_loops() {
  using Body = BinaryBody<Op, T>;
  return {Levels<&Body::both>::best(), Levels<&Body::first_repeats>::best(),
          Levels<&Body::second_repeats>::best()};
}

// The files that add_elementwise() is made of.
void add_arithmetic(OperatorTable& table);  // Add Sub Mul Div
void add_pow(OperatorTable& table);         // Pow
void add_activation(OperatorTable& table);  // Relu Sigmoid Tanh Sqrt
void add_clip(OperatorTable& table);        // Clip

}  // namespace backplane::cpu
