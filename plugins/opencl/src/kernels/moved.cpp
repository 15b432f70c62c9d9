#include "moved.hpp"

#include <algorithm>
#include <utility>

#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kTilesOfGroup = 8;  // squared; copy.cl's EDGE
constexpr uint64_t kFewestTiled = 8;   // columns; with fewer most work items of a group are idle

std::string options_of(uint64_t size, const DeviceFacts& facts) {
  return bits_option(size) + width_option(facts);
}

// The outer axis along which the input's elements lie side by side, where they do not along rows
// but the output's do; else the outer walk's rank.
uint32_t crossing_axis(const Rows& rows) {
  const auto rank = static_cast<uint32_t>(rows.outer.rank);
  if (rows.steps[0] <= 1 || rows.steps[1] != 1) return rank;
  for (uint32_t axis = 0; axis < rank; ++axis)
    if (rows.outer.strides[0][axis] == 1 && rows.outer.sizes[axis] >= kFewestTiled) return axis;
  return rank;
}

Walk without(const Walk& walk, uint32_t axis) {
  Walk rest = walk;
  --rest.rank;
  for (uint32_t next = axis; next < rest.rank; ++next) {
    rest.sizes[next] = walk.sizes[next + 1];
    for (uint32_t which : {0u, 1u}) rest.strides[which][next] = walk.strides[which][next + 1];
  }
  return rest;
}

// How far apart, be it forwards or backwards.
uint64_t distance(uint64_t stride) { return std::min(stride, 0 - stride); }

// The input's order: reads that jump wait, writes do not.
void sort_by_input(Walk& walk) {
  for (uint32_t end = 0; end < walk.rank; ++end)
    for (uint32_t axis = end; axis > 0; --axis) {
      if (distance(walk.strides[0][axis - 1]) >= distance(walk.strides[0][axis])) break;
      std::swap(walk.sizes[axis - 1], walk.sizes[axis]);
      for (uint32_t which : {0u, 1u})
        std::swap(walk.strides[which][axis - 1], walk.strides[which][axis]);
    }
}

}  // namespace

std::string bits_option(uint64_t element_size) {
  const char* type = element_size == 1   ? "uchar"
                     : element_size == 2 ? "ushort"
                     : element_size == 4 ? "uint"
                                         : "ulong";
  return std::string("-DELEMENT=") + type;
}

MovedElements::MovedElements(Device& device, uint64_t element_size)
    : rows_(device, kCopySource, options_of(element_size, device.facts), "copy_rows"),
      tiles_(device, kCopySource, options_of(element_size, device.facts), "copy_tiles") {}

void MovedElements::launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                           const Walk& walk) {
  if (walk.count() == 0) return;
  Rows rows = rows_of(walk);
  sort_by_input(rows.outer);
  const uint32_t axis = crossing_axis(rows);
  if (axis < rows.outer.rank)
    launch_tiles(stream, from, to, rows, axis);
  else
    launch_rows(stream, from, to, rows);
}

void MovedElements::launch_rows(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                                const Rows& rows) {
  const DeviceFacts& facts = stream.device().facts;
  rows_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
    arguments.add(from);
    arguments.add(to);
    arguments.add(rows);
    arguments.add(is_streamed(facts, &from, 1, to));
  });
}

void MovedElements::launch_tiles(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                                 const Rows& rows, uint32_t axis) {
  const Walk outer = without(rows.outer, axis);
  const cl_ulong x_length = rows.outer.sizes[axis];
  const uint64_t edge = kTilesOfGroup * vector_width(stream.device().facts);
  const uint64_t groups =
      outer.count() * ((x_length + edge - 1) / edge) * ((rows.length + edge - 1) / edge);
  tiles_.launch(stream, work_over(groups * kTilesOfGroup * kTilesOfGroup),
                [&](Arguments& arguments) {
                  arguments.add(from);
                  arguments.add(to);
                  arguments.add(outer);
                  arguments.add(x_length);
                  arguments.add(rows.length);
                  arguments.add(rows.steps[0]);
                  arguments.add(rows.outer.strides[1][axis]);
                  arguments.add(is_streamed(stream.device().facts, &from, 1, to));
                });
}

bool is_large_copy(const DeviceFacts& facts, uint64_t to_offset, uint64_t from_offset,
                   uint64_t size) {
  return (facts.type & CL_DEVICE_TYPE_CPU) != 0 && size > facts.cache_size &&
         to_offset % sizeof(cl_uint) == 0 && from_offset % sizeof(cl_uint) == 0 &&
         size % sizeof(cl_uint) == 0;
}

void give_large_copy(Stream& stream, const Buffer& to, uint64_t to_offset, const Buffer& from,
                     uint64_t from_offset, uint64_t size) {
  Device& device = stream.device();
  Rows rows;
  rows.length = size / sizeof(cl_uint);
  rows.steps[0] = rows.steps[1] = 1;
  Compute compute(device, kCopySource, options_of(sizeof(cl_uint), device.facts), "copy_rows");
  compute.launch(stream, work_over(rows, device.facts), [&](Arguments& arguments) {
    arguments.add(from.memory.get());
    arguments.add(cl_ulong{from_offset / sizeof(cl_uint)});
    arguments.add(to.memory.get());
    arguments.add(cl_ulong{to_offset / sizeof(cl_uint)});
    arguments.add(rows);
    arguments.add(cl_int{1});
  });
}

void check_moved(const Node& node) {
  check_same_dtype(node);
  if (element_size(node.input(0).dtype) == 0)
    refuse(node, "no element type " + std::to_string(node.input(0).dtype));
}

}  // namespace backplane::opencl
