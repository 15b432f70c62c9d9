// Walks as rows, which work items go along by vectors; as types.cl's Rows.
#pragma once

#include "walk.hpp"

namespace backplane::opencl {

struct Rows {
  Walk outer;  // where rows begin
  cl_ulong count = 1, length = 1;
  cl_ulong steps[3] = {};  // how far the elements of a row are apart in each tensor
};

// The same elements in the same order, in as few and as long rows as the strides allow. No size is
// 0.
Rows rows_of(const Walk& walk);

// Those of a dense output with elements, and of up to three inputs that broadcast to it.
Rows rows_over(const bp_tensor_t& output, const bp_tensor_t* inputs, uint32_t input_count);

// Build options: how many elements a vector and a work item have.
std::string width_option(const DeviceFacts& facts);

uint32_t vector_width(const DeviceFacts& facts);
uint32_t work_span(const DeviceFacts& facts);

// Work items for all rows.
Work work_over(const Rows& rows, const DeviceFacts& facts);

// Work items that each have much to do: few of them in groups so small that every processor gets
// some.
Work few_over(uint64_t count, const DeviceFacts& facts);
Work few_over(const Rows& rows, const DeviceFacts& facts);

// Should these results go past the caches? When a CPU cannot hold them there anyway, and they do
// not replace what it has just read.
cl_int is_streamed(const DeviceFacts& facts, const bp_tensor_t* inputs, uint32_t input_count,
                   const bp_tensor_t& output);

}  // namespace backplane::opencl
