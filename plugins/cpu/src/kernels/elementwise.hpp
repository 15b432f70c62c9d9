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

// The same for a node of one input and one output, which has the input's type: refuses all types
// but those that `is_served` speaks of and `served` names.
void check_unary(const Node& node, bool is_served, const char* served);

// Loops for Op::apply(a) and Op::apply(a, b), which get and give Computed<> of the types.
template <class Op, class T, class Result = T>
struct UnaryBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count) {
    const T* from = static_cast<const T*>(input);
    Result* to = static_cast<Result*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<Result>(Op::apply(load(from[i])));
  }
};

template <class Op, class First, class Second = First, class Result = First>
struct BinaryBody {
  BACKPLANE_CPU_INLINE static void both(const void* first, const void* second, void* output,
                                        int64_t count) {
    const First* a = static_cast<const First*>(first);
    const Second* b = static_cast<const Second*>(second);
    Result* to = static_cast<Result*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<Result>(Op::apply(load(a[i]), load(b[i])));
  }
  BACKPLANE_CPU_INLINE static void first_repeats(const void* first, const void* second,
                                                 void* output, int64_t count) {
    const Computed<First> a = load(*static_cast<const First*>(first));
    const Second* b = static_cast<const Second*>(second);
    Result* to = static_cast<Result*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<Result>(Op::apply(a, load(b[i])));
  }
  BACKPLANE_CPU_INLINE static void second_repeats(const void* first, const void* second,
                                                  void* output, int64_t count) {
    const First* a = static_cast<const First*>(first);
    const Computed<Second> b = load(*static_cast<const Second*>(second));
    Result* to = static_cast<Result*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<Result>(Op::apply(load(a[i]), b));
  }
};

template <class Op, class T, class Result = T>
UnaryLoop unary_loop() {
  return Levels<&UnaryBody<Op, T, Result>::loop>::best();
}

// The create function of an operator of one input of any floating-point type.
template <class Op>
std::unique_ptr<Kernel> create_float_unary(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, unary_loop<Op, typename decltype(type)::type>());
  });
  return made;
}

template <class Op, class T, class Result = T>
BinaryLoops binary_loops() {
  using Body = BinaryBody<Op, T, T, Result>;
  return {Levels<&Body::both>::best(), Levels<&Body::first_repeats>::best(),
          Levels<&Body::second_repeats>::best()};
}

}  // namespace backplane::cpu
