#include "rows.hpp"

#include <algorithm>

namespace backplane::opencl {

namespace {

// Elements of a vector, and those that a work item has. On a CPU a cache line of floats, and enough
// to be worth finding the place; elsewhere little, so that neighbours load neighbouring memory.
struct Widths {
  uint32_t vector, span;
};
constexpr Widths kOnCpu = {16, 64};
constexpr Widths kElsewhere = {4, 4};
// Work items of a group that have much to do each: a CPU has few processors, but all should have
// some, and a group costs as much as a short row.
constexpr size_t kSmallGroup = 4;
constexpr uint64_t kEnoughGroups = 64;

bool is_cpu(const DeviceFacts& facts) { return (facts.type & CL_DEVICE_TYPE_CPU) != 0; }

Widths widths_on(const DeviceFacts& facts) { return is_cpu(facts) ? kOnCpu : kElsewhere; }

// Do the elements of `axis` go on, in every tensor, where those of the inner axis end?
bool goes_on(const Walk& walk, uint32_t axis, uint32_t inner, uint64_t inner_size) {
  return std::all_of(std::begin(walk.strides), std::end(walk.strides), [&](const auto& strides) {
    return strides[axis] == strides[inner] * inner_size;
  });
}

// Without sizes of 1, and axes that go on in each other put together.
Walk merged(const Walk& walk) {
  Walk reversed;
  for (uint32_t i = 0; i < walk.rank; ++i) {
    const auto axis = static_cast<uint32_t>(walk.rank) - 1 - i;
    if (walk.sizes[axis] == 1) continue;
    Walk next = reversed;
    for (uint32_t which = 0; which < 3; ++which)
      next.strides[which][reversed.rank] = walk.strides[which][axis];
    next.sizes[reversed.rank] = walk.sizes[axis];
    const auto last = static_cast<uint32_t>(reversed.rank) - 1;
    if (reversed.rank != 0 && goes_on(next, last + 1, last, reversed.sizes[last])) {
      reversed.sizes[last] *= walk.sizes[axis];
    } else {
      reversed = next;
      ++reversed.rank;
    }
  }
  std::reverse(reversed.sizes, reversed.sizes + reversed.rank);
  for (auto& strides : reversed.strides) std::reverse(strides, strides + reversed.rank);
  return reversed;
}

uint64_t items_over(const Rows& rows, const DeviceFacts& facts) {
  const uint64_t span = widths_on(facts).span;
  return rows.count * ((rows.length + span - 1) / span);
}

}  // namespace

Rows rows_of(const Walk& walk) {
  Rows rows;
  rows.outer = merged(walk);
  if (rows.outer.rank == 0) return rows;
  const cl_ulong last = --rows.outer.rank;
  rows.length = rows.outer.sizes[last];
  for (uint32_t which = 0; which < 3; ++which) rows.steps[which] = rows.outer.strides[which][last];
  rows.count = rows.outer.count();
  return rows;
}

Rows rows_over(const bp_tensor_t& output, const bp_tensor_t* inputs, uint32_t input_count) {
  Walk walk = walk_of(output.type, output.type.rank);
  for (uint32_t i = 0; i < input_count; ++i) repeat(walk, i, inputs[i]);
  return rows_of(walk);
}

std::string width_option(const DeviceFacts& facts) {
  const Widths widths = widths_on(facts);
  return " -DWIDTH=" + std::to_string(widths.vector) + " -DSPAN=" + std::to_string(widths.span);
}

uint32_t vector_width(const DeviceFacts& facts) { return widths_on(facts).vector; }

uint32_t work_span(const DeviceFacts& facts) { return widths_on(facts).span; }

Work few_over(uint64_t count, const DeviceFacts& facts) {
  const bool is_small = is_cpu(facts) && count < kEnoughGroups * kLine;
  const size_t local = is_small ? kSmallGroup : kLine;
  return {1, {(count + local - 1) / local * local, 1, 1}, {local, 1, 1}};
}

Work few_over(const Rows& rows, const DeviceFacts& facts) {
  return few_over(items_over(rows, facts), facts);
}

Work work_over(const Rows& rows, const DeviceFacts& facts) {
  return work_over(items_over(rows, facts));
}

cl_int is_streamed(const DeviceFacts& facts, const bp_tensor_t* inputs, uint32_t input_count,
                   const bp_tensor_t& output) {
  const uint64_t size = plugin::element_count(output.type) * element_size(output.type.dtype);
  const bool is_in_place = std::any_of(inputs, inputs + input_count, [&](const bp_tensor_t& input) {
    return input.buffer == output.buffer && input.offset == output.offset;
  });
  return is_cpu(facts) && size > facts.cache_size && !is_in_place ? 1 : 0;
}

}  // namespace backplane::opencl
