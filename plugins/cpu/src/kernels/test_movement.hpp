// For tests only: elements that tell where they came from, of every size that an element has.
#pragma once

#include <cstring>
#include <functional>

#include "../test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {

// One type for each size of element.
constexpr bp_dtype_t kSizedTypes[] = {BP_DTYPE_INT8, BP_DTYPE_FLOAT16, BP_DTYPE_FLOAT32,
                                      BP_DTYPE_INT64};

// Element i holds a number made from i, that differs from its neighbours' in every byte.
inline Tensor coded(bp_dtype_t dtype, const Shape& shape, uint64_t seed = 0) {
  Tensor made{type_of(dtype, shape), {}};
  made.bytes.resize(byte_size(made.type));
  const size_t size = element_size(dtype);
  for (size_t i = 0; i < count_of(shape); ++i) {
    const uint64_t code = (i + 1 + seed) * 0x9e3779b97f4a7c15;
    std::memcpy(made.bytes.data() + i * size, reinterpret_cast<const char*>(&code) + 8 - size,
                size);
  }
  return made;
}

// Is element `index` of `output` element `from` of `input`?
inline bool is_element(const Tensor& output, size_t index, const Tensor& input, size_t from) {
  const size_t size = element_size(input.type.dtype);
  return std::memcmp(output.bytes.data() + index * size, input.bytes.data() + from * size, size) ==
         0;
}

// Runs the node with known and unknown sizes and expects each element of its output to be that of
// the first input whose place `from` gives.
inline void expect_moved(const OpenDevice& device, TestNode& node, const Shape& input,
                         const Shape& output, const std::function<Shape(const Shape&)>& from) {
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  for (size_t i = 0; i < count_of(output); ++i)
    ASSERT_TRUE(
        is_element(node.outputs[0], i, node.inputs[0], index_of(input, from(place_of(output, i)))))
        << node.get().op << " " << text_of(input) << " to " << text_of(output) << ", element " << i;
}

}  // namespace backplane::cpu::testing
