// DepthToSpace and SpaceToDepth: blocks of an image become channels, or channels blocks. One
// strided copy with the image seen in six axes.
#include <algorithm>
#include <string>

#include "axis.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

// Source sizes, and for each axis of the six of the target the axis of the source.
struct SixAxes {
  int64_t sizes[6];
  uint32_t from[6];
};

SixAxes depth_to_space(const bp_tensor_type_t& x, int64_t block, bool is_crd) {
  const int64_t channels = x.shape[1] / (block * block);
  if (is_crd)
    return {{x.shape[0], channels, block, block, x.shape[2], x.shape[3]}, {0, 1, 4, 2, 5, 3}};
  return {{x.shape[0], block, block, channels, x.shape[2], x.shape[3]}, {0, 3, 4, 1, 5, 2}};
}

SixAxes space_to_depth(const bp_tensor_type_t& x, int64_t block) {
  return {{x.shape[0], x.shape[1], x.shape[2] / block, block, x.shape[3] / block, block},
          {0, 3, 5, 1, 2, 4}};
}

class BlockKernel : public StridedKernel {
 public:
  explicit BlockKernel(const Node& node)
      : StridedKernel(node),
        block_(node.int_attribute("blocksize", 1)),
        is_crd_(node.string_attribute("mode", "DCR") == "CRD"),
        is_to_space_(node.op() == "DepthToSpace") {
    plan_if_known(node);
  }

 private:
  StridedCopy plan(const bp_tensor_type_t& from, const bp_tensor_type_t&,
                   const bp_tensor_t*) const override {
    const SixAxes axes =
        is_to_space_ ? depth_to_space(from, block_, is_crd_) : space_to_depth(from, block_);
    bp_tensor_type_t source = {from.dtype, 6, 0, {}};
    std::copy_n(axes.sizes, 6, source.shape);
    int64_t steps[BP_MAX_RANK];
    dense_strides(source, steps);
    bp_tensor_type_t target = source;
    int64_t strides[BP_MAX_RANK];
    for (uint32_t i = 0; i < 6; ++i) {
      target.shape[i] = axes.sizes[axes.from[i]];
      strides[i] = steps[axes.from[i]];
    }
    return {target, strides, 0};
  }

  int64_t block_;
  bool is_crd_;
  bool is_to_space_;
};

// `size` in as many parts, or times `by`; refuses what does not divide.
int64_t divided(const Node& node, int64_t size, int64_t by) {
  if (BP_DIM_IS_UNKNOWN(size)) return size;
  if (size % by != 0)
    refuse(node, "size " + std::to_string(size) + " does not divide by " + std::to_string(by));
  return size / by;
}
int64_t times(int64_t size, int64_t by) { return BP_DIM_IS_UNKNOWN(size) ? size : size * by; }

int64_t check_block(const Node& node) {
  check_movement(node);
  check_counts(node, 1, 1);
  if (node.input(0).rank != 4) refuse(node, to_text(node.input(0)) + " is no image");
  const int64_t block = node.int_attribute("blocksize", 0);
  constexpr int64_t kLargest = 1 << 20;
  if (block < 1 || block > kLargest)
    refuse(node, "blocksize " + std::to_string(block) + " is not from 1 to 1048576");
  return block;
}

void check_to_space(const Node& node) {
  const int64_t block = check_block(node);
  const std::string_view mode = node.string_attribute("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    refuse(node, "mode " + std::string(mode) + " is none of DCR, CRD");
  const int64_t* x = node.input(0).shape;
  check_follows(
      node, 0,
      {node.input(0).dtype,
       4,
       0,
       {x[0], divided(node, x[1], block * block), times(x[2], block), times(x[3], block)}});
}

void check_to_depth(const Node& node) {
  const int64_t block = check_block(node);
  const int64_t* x = node.input(0).shape;
  check_follows(
      node, 0,
      {node.input(0).dtype,
       4,
       0,
       {x[0], times(x[1], block * block), divided(node, x[2], block), divided(node, x[3], block)}});
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<BlockKernel>(node);
}

}  // namespace

void add_depth_space(OperatorTable& table) {
  table.push_back({"DepthToSpace", {1, 11, 13}, check_to_space, create});
  table.push_back({"SpaceToDepth", {1, 13}, check_to_depth, create});
}

}  // namespace backplane::cpu
