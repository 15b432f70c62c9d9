// Operators on matrices and images that only move or mark elements: Trilu, EyeLike, Det, CumSum,
// DepthToSpace, SpaceToDepth, GridSample.
#include <fmt/format.h>

#include "ops/inference.hpp"
#include "ops/table.hpp"

namespace backplane::ops {
namespace {

Status check_rank(const Inference& node, uint32_t input, size_t rank) {
  if (node.rank(input) == rank) return {};
  return invalid_argument(
      fmt::format("input {} must have rank {}, found {}", input, rank, to_text(node.input(input))));
}

Status check_holds_matrices(const Inference& node) {
  if (node.rank(0) >= 2) return {};
  return invalid_argument("input 0 holds no matrix: " + to_text(node.input(0)));
}

Status infer_trilu(Inference& node) {
  for (const Status& status : {check_holds_matrices(node), node.check_scalar(1)})
    if (!status.ok()) return status;
  return node.set_shape(0, node.shape(0));
}

Status infer_det(Inference& node) {
  Status status = check_holds_matrices(node);
  if (!status.ok()) return status;
  const Shape shape = node.shape(0);
  Status square = same_size(shape[shape.size() - 2], shape.back()).status();
  if (!square.ok()) return square.in("a matrix must be square");
  return node.set_shape(0, Shape(shape.begin(), shape.end() - 2));
}

Status infer_eye_like(Inference& node) {
  Status status = check_rank(node, 0, 2);
  if (!status.ok()) return status;
  const int64_t said = node.has_attribute("dtype") ? node.integer("dtype") : node.input(0).dtype;
  const auto dtype = static_cast<bp_dtype_t>(said);
  const bool is_dtype = said > 0 && said < 32 && is_known_dtype(dtype);
  if (!is_dtype) return invalid_argument(fmt::format("attribute dtype is {}", said));
  if (!contains(kIeee | kInteger | kBool, dtype))
    return node.refuse(kNoSchema, "of " + dtype_name(dtype));
  node.set_dtype(0, dtype);
  return node.set_shape(0, node.shape(0));
}

Status infer_cum_sum(Inference& node) {
  Status scalar = node.check_scalar(1);
  if (!scalar.ok()) return scalar;
  if (node.is_constant(1)) {
    const Result<std::vector<int64_t>> axis = node.values(1);
    if (!axis.ok()) return axis.status();
    Status status = node.axes(*axis, node.rank(0)).status();
    if (!status.ok()) return status;
  }
  return node.set_shape(0, node.shape(0));
}

Result<int64_t> divided(int64_t size, int64_t by) {
  if (is_unknown(size)) return by == 1 ? size : kUnknown;
  if (size % by == 0) return size / by;
  return invalid_argument(fmt::format("size {} does not divide by {}", size, by));
}

Result<int64_t> block_size(const Inference& node) {
  const int64_t block = node.integer("blocksize");
  constexpr int64_t kLargest = 1 << 20;  // its square is a number of channels
  if (block >= 1 && block <= kLargest) return block;
  return invalid_argument(fmt::format("blocksize {}, 1 to {} is possible", block, kLargest));
}

Status set_image(Inference& node, const Result<int64_t>& channels, const Result<int64_t>& height,
                 const Result<int64_t>& width) {
  for (const Result<int64_t>* size : {&channels, &height, &width})
    if (!size->ok()) return size->status();
  return node.set_shape(0, {node.input(0).shape[0], *channels, *height, *width});
}

Status infer_depth_to_space(Inference& node) {
  Status status = check_rank(node, 0, 4);
  if (!status.ok()) return status;
  const Result<int64_t> block = block_size(node);
  if (!block.ok()) return block.status();
  const std::string mode = node.text("mode");
  if (mode != "DCR" && mode != "CRD")
    return invalid_argument(fmt::format("mode \"{}\" is none of DCR, CRD", mode));
  const Shape shape = node.shape(0);
  return set_image(node, divided(shape[1], *block * *block), product_of({shape[2], *block}),
                   product_of({shape[3], *block}));
}

Status infer_space_to_depth(Inference& node) {
  Status status = check_rank(node, 0, 4);
  if (!status.ok()) return status;
  const Result<int64_t> block = block_size(node);
  if (!block.ok()) return block.status();
  const Shape shape = node.shape(0);
  return set_image(node, product_of({shape[1], *block * *block}), divided(shape[2], *block),
                   divided(shape[3], *block));
}

// An image [N, C, H, W] read at the places in a grid [N, H', W', 2].
Status infer_grid_sample(Inference& node) {
  for (const Status& status : {check_rank(node, 0, 4), check_rank(node, 1, 4)})
    if (!status.ok()) return status;
  const Shape image = node.shape(0);
  const Shape grid = node.shape(1);
  Status pair = same_size(grid[3], 2).status().in("x and y of the grid");
  if (!pair.ok()) return pair;
  const Result<int64_t> batch = same_size(image[0], grid[0]);
  if (!batch.ok()) return batch.status().in("batch of image and grid");
  return node.set_shape(0, {*batch, image[1], grid[1], grid[2]});
}

void add_blocks(Definitions& definitions) {
  definitions.add("DepthToSpace", {1, 11, 13})
      .input("input", 'T', kAny)
      .output("output", 'T')
      .attribute("blocksize", BP_ATTRIBUTE_INT, Presence::kRequired)
      .attribute(string_attribute("mode", "DCR"), from(11))
      .infers(infer_depth_to_space);
  definitions.add("SpaceToDepth", {1, 13})
      .input("input", 'T', kAny)
      .output("output", 'T')
      .attribute("blocksize", BP_ATTRIBUTE_INT, Presence::kRequired)
      .infers(infer_space_to_depth);
}

}  // namespace

void define_matrix(Definitions& definitions) {
  add_blocks(definitions);
  definitions.add("Trilu", {14})
      .input("input", 'T', kAny)
      .input("k", 0, kInt64, Presence::kOptional)
      .output("output", 'T')
      .flag("upper", true)
      .infers(infer_trilu);
  definitions.add("Det", {11})
      .input("X", 'T', kIeee)
      .output("Y", 'T')
      .widened_in(22)
      .infers(infer_det);
  definitions.add("EyeLike", {9})
      .input("input", 0, kIeee | kInteger | kBool)
      .output("output", 0)
      .attribute("dtype", BP_ATTRIBUTE_INT, Presence::kOptional)
      .attribute(int_attribute("k", 0))
      .widened_in(22)
      .infers(infer_eye_like);
  definitions.add("CumSum", {11, 14})
      .input("x", 'T', kFloat | kWide)
      .input("axis", 0, kIndex)
      .output("y", 'T')
      .flag("exclusive", false)
      .flag("reverse", false)
      .infers(infer_cum_sum);
  definitions.add("GridSample", {16})
      .input("X", 'T', kIeee | kInteger | kBool)
      .input("grid", 0, kIeee | kInteger | kBool)
      .output("Y", 'T')
      .flag("align_corners", false)
      .attribute(string_attribute("mode", "bilinear"))
      .attribute(string_attribute("padding_mode", "zeros"))
      .changed_in(20)
      .infers(infer_grid_sample);
}

}  // namespace backplane::ops
