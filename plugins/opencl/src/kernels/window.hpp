// The windows that Conv, MaxPool and AveragePool slide over one to three spatial axes.
#pragma once

#include "../kernel.hpp"

namespace backplane::opencl {

constexpr uint32_t kMaxSpatialRank = 3;

// As window.cl has them: three axes, the first of them trivial where a tensor has fewer.
struct Window {
  cl_long input = 1, output = 1, size = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0;
};
struct Windows {
  Window axes[kMaxSpatialRank];
};

// What a node says of its windows; sizes come with a launch.
class WindowAttributes {
 public:
  explicit WindowAttributes(const Node& node);
  // `sizes` are the window's own, one for each spatial axis of `input`, which is [N, C, ...].
  Windows windows(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                  const int64_t* sizes) const;

 private:
  std::vector<int64_t> strides_, dilations_, pads_;
  std::string auto_pad_;
};

// The integers of an attribute; empty when the node does not have it.
std::vector<int64_t> integers_of(const Node& node, const char* name);

// Refuses ranks that have no windows here, and lists of another length than the spatial axes.
void check_windows(const Node& node);

}  // namespace backplane::opencl
