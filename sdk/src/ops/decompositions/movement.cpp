// Operators that at most move elements, as Concat, Reshape and Transpose: exact for every dtype.
#include "ops/decompositions/shared.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

// Every size is known by now, so the output's sizes say all.
Status reshape(Decomposition& parts) {
  parts.give(0, parts.input(0));
  return {};
}

// Nothing can be had by joining no copies.
Status expand(Decomposition& parts) {
  const Shape from = parts.node().shape(0);
  const Shape to = shape_of(parts.output_type(0));
  for (size_t axis = 1; axis <= to.size(); ++axis)
    if (to[to.size() - axis] == 0 && (axis > from.size() || from[from.size() - axis] != 0))
      return parts.refuse("not to a size of 0");
  parts.give(0, stretched(parts, parts.input(0), from, to));
  return {};
}

Status tile(Decomposition& parts) {
  const Shape from = parts.node().shape(0);
  const Shape to = shape_of(parts.output_type(0));
  std::string value = parts.input(0);
  for (size_t axis = from.size(); axis-- > 0;) {
    if (from[axis] == to[axis]) continue;
    if (to[axis] == 0) return parts.refuse("not to a size of 0");
    value = copies(parts, value, to[axis] / from[axis], axis);
  }
  parts.give(0, value);
  return {};
}

// The elements of input 0, split into the axes of `split`, in another order of axes.
void give_transposed(Decomposition& parts, const Shape& split, std::vector<int64_t> order) {
  give_reshaped(parts, parts.add("Transpose", {parts.reshape(parts.input(0), split)},
                                 {ints_attribute("perm", std::move(order))}));
}

Status depth_to_space(Decomposition& parts) {
  const Shape x = parts.node().shape(0);
  const int64_t block = parts.node().integer("blocksize");
  const int64_t depth = x[1] / (block * block);
  if (parts.node().text("mode") == "CRD")
    give_transposed(parts, {x[0], depth, block, block, x[2], x[3]}, {0, 1, 4, 2, 5, 3});
  else
    give_transposed(parts, {x[0], block, block, depth, x[2], x[3]}, {0, 3, 4, 1, 5, 2});
  return {};
}

Status space_to_depth(Decomposition& parts) {
  const Shape x = parts.node().shape(0);
  const int64_t block = parts.node().integer("blocksize");
  give_transposed(parts, {x[0], x[1], x[2] / block, block, x[3] / block, block},
                  {0, 3, 5, 1, 2, 4});
  return {};
}

// A block of the value that is padded with: a constant, or copies of one element.
std::string padding(Decomposition& parts, const Shape& shape) {
  const uint64_t zero = 0;
  const bp_dtype_t dtype = dtype_of(parts);
  if (!parts.node().has_input(2)) return parts.constant(filled(dtype, shape, &zero));
  if (parts.node().is_constant(2))
    return parts.constant(filled(dtype, shape, parts.node().constant(2)->data));
  std::string value = parts.reshape(parts.input(2), Shape(shape.size(), 1));
  for (size_t axis = shape.size(); axis-- > 0;) value = copies(parts, value, shape[axis], axis);
  return value;
}

// Along one axis after the other, so that the next blocks are as long as what they go beside.
void pad_axis(Decomposition& parts, std::string& value, Shape& shape, size_t axis,
              const std::vector<int64_t>& pads) {
  const int64_t begin = pads[axis];
  const int64_t end = pads[axis + shape.size()];
  if (begin == 0 && end == 0) return;
  Shape block = shape;
  std::vector<std::string> joined = {value};
  block[axis] = begin;
  if (begin > 0) joined.insert(joined.begin(), padding(parts, block));
  block[axis] = end;
  if (end > 0) joined.push_back(padding(parts, block));
  value = parts.add("Concat", joined, {int_attribute("axis", static_cast<int64_t>(axis))});
  shape[axis] += begin + end;
}

Status check_pad(const Decomposition& parts) {
  if (parts.node().text("mode") != "constant")
    return parts.refuse("not with mode " + parts.node().text("mode"));
  if (!parts.node().is_constant(1)) return parts.refuse("not with pads known only at launch");
  const Result<std::vector<int64_t>> pads = parts.node().values(1);
  if (!pads.ok()) return pads.status();
  for (const int64_t pad : *pads)
    if (pad < 0) return parts.refuse("not with negative pads");
  const Result<uint64_t> count = element_count(parts.output_type(0));
  constexpr uint64_t kMost = uint64_t{1} << 25;  // blocks of padding are kept as constants
  return count.ok() && *count <= kMost ? not_empty(parts) : parts.refuse("not of this size");
}

Status pad(Decomposition& parts) {
  Status status = check_pad(parts);
  if (!status.ok()) return status;
  const std::vector<int64_t> pads = *parts.node().values(1);
  Shape shape = parts.node().shape(0);
  std::string value = parts.input(0);
  for (size_t axis = shape.size(); axis-- > 0;) pad_axis(parts, value, shape, axis, pads);
  parts.give(0, value);
  return {};
}

// In inference nothing is dropped; a mask says so.
Status dropout(Decomposition& parts) {
  const bool is_known = !parts.node().has_input(2) || parts.node().is_constant(2);
  if (!is_known) return parts.refuse("not with a training_mode known only at launch");
  if (parts.node().has_input(2) && *static_cast<const uint8_t*>(parts.node().constant(2)->data))
    return parts.refuse("not in training");
  if (!is_absent(parts.output_type(0))) parts.give(0, parts.input(0));
  if (is_absent(parts.output_type(1))) return {};
  const uint8_t kept = 1;
  const ConstantPtr mask = filled(BP_DTYPE_BOOL, shape_of(parts.output_type(1)), &kept);
  if (mask == nullptr) return parts.refuse("not with a mask of this size");
  parts.give(1, parts.constant(mask));
  return {};
}

}  // namespace

void decompose_movement(Definitions& definitions) {
  for (const char* op : {"Identity", "Squeeze", "Unsqueeze"})
    definitions.at(op).decomposes(reshape);
  definitions.at("Expand").decomposes(expand);
  definitions.at("Tile").decomposes(tile);
  definitions.at("DepthToSpace").decomposes(depth_to_space);
  definitions.at("SpaceToDepth").decomposes(space_to_depth);
  definitions.at("Pad").decomposes(pad);
  definitions.at("Dropout").decomposes(dropout);
}

}  // namespace backplane::ops
