// The plugin's own passes over the host's graph, one file each; the table is in passes.cpp.
#pragma once

#include <backplane/plugin/graph.hpp>

#include "../device.hpp"

namespace backplane::cpu {

// Conv, Gemm and MatMul with the bias, activations and sums behind them become one node of the
// plugin's own; see kernels/fused.hpp.
void fuse_epilogue(plugin::Graph& graph);
constexpr char kFuseEpilogue[] = "fuse-epilogue";

// Neighbouring convolutions, and what lies between them, compute on channels-last tensors; see
// docs/design/0012-channels-last.md.
void keep_channels_last(plugin::Graph& graph);
constexpr char kKeepChannelsLast[] = "keep-channels-last";

}  // namespace backplane::cpu
