// DepthToSpace and SpaceToDepth: blocks of an image become channels, or channels blocks. One copy
// over six axes: batch, channels, the two axes of a block, rows and columns of blocks.
#include <array>

#include "moved.hpp"

namespace backplane::opencl {

namespace {

using Four = std::array<uint64_t, 4>;
using Six = std::array<uint64_t, 6>;

Four strides_of(const bp_tensor_t& tensor) {
  return {stride_of(tensor, 0), stride_of(tensor, 1), stride_of(tensor, 2), stride_of(tensor, 3)};
}

// The six strides of a tensor whose channels hold the blocks: each channel's together, or those of
// all channels side by side.
Six depth_strides(const Four& strides, uint64_t channels, uint64_t block, bool is_by_channel) {
  const uint64_t step = is_by_channel ? strides[1] : channels * strides[1];
  const uint64_t channel = is_by_channel ? block * block * strides[1] : strides[1];
  return {strides[0], channel, block * step, step, strides[2], strides[3]};
}

Six space_strides(const Four& strides, uint64_t block) {
  return {strides[0], strides[1], strides[2], strides[3], strides[2] * block, strides[3] * block};
}

class DepthSpace : public Kernel {
 public:
  DepthSpace(const Node& node, Device& device)
      : is_to_space_(node.op() == "DepthToSpace"),
        is_by_channel_(node.string_attribute("mode", "DCR") == "CRD"),
        block_(static_cast<uint64_t>(node.int_attribute("blocksize", 1))),
        moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_t& depth = is_to_space_ ? inputs[0] : outputs[0];
    const bp_tensor_t& space = is_to_space_ ? outputs[0] : inputs[0];
    const auto channels = static_cast<uint64_t>(space.type.shape[1]);
    const Six sizes = {static_cast<uint64_t>(space.type.shape[0]),
                       channels,
                       block_,
                       block_,
                       static_cast<uint64_t>(depth.type.shape[2]),
                       static_cast<uint64_t>(depth.type.shape[3])};
    const Six in_depth = depth_strides(strides_of(depth), channels, block_, is_by_channel_);
    const Six in_space = space_strides(strides_of(space), block_);
    Walk walk;
    walk.rank = sizes.size();
    for (uint32_t axis = 0; axis < walk.rank; ++axis) {
      walk.sizes[axis] = sizes[axis];
      walk.strides[0][axis] = is_to_space_ ? in_depth[axis] : in_space[axis];
      walk.strides[1][axis] = is_to_space_ ? in_space[axis] : in_depth[axis];
    }
    moved_.launch(stream, inputs[0], outputs[0], walk);
  }

 private:
  const bool is_to_space_;
  const bool is_by_channel_;
  const uint64_t block_;
  MovedElements moved_;
};

// `whole` holds `by` times `part`, as far as they are known.
bool is_times(int64_t whole, int64_t part, int64_t by) {
  if (BP_DIM_IS_UNKNOWN(whole) || BP_DIM_IS_UNKNOWN(part)) return true;
  return whole % by == 0 && whole / by == part;
}

void check_depth_space(const Node& node, const DeviceFacts&) {
  check_moved(node);
  constexpr int64_t kLargest = 1 << 20;
  const int64_t block = node.int_attribute("blocksize", 0);
  const std::string_view mode = node.string_attribute("mode", "DCR");
  if (block < 1 || block > kLargest) refuse(node, "blocksize is not from 1 to 1048576");
  if (mode != "DCR" && mode != "CRD") refuse(node, "mode is neither DCR nor CRD");
  if (node.input(0).rank != 4 || node.output(0).rank != 4) refuse(node, "it has not four axes");
  const bool is_to_space = node.op() == "DepthToSpace";
  const int64_t* depth = (is_to_space ? node.input(0) : node.output(0)).shape;
  const int64_t* space = (is_to_space ? node.output(0) : node.input(0)).shape;
  if (!is_times(depth[0], space[0], 1) || !is_times(depth[1], space[1], block * block) ||
      !is_times(space[2], depth[2], block) || !is_times(space[3], depth[3], block))
    refuse(node, "the output has not the sizes that the blocks make");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<DepthSpace>(node, device);
}

}  // namespace

void add_depth_space(OperatorTable& table) {
  table.push_back({"DepthToSpace", {1, 11, 13}, check_depth_space, create});
  table.push_back({"SpaceToDepth", {1, 13}, check_depth_space, create});
}

}  // namespace backplane::opencl
