// A node of the plugin's own Conv, Gemm or MatMul: that of ai.onnx it began as, and what follows.
// Inputs are those of ai.onnx, for MatMul a bias [N] or nothing behind them, then what the epilogue
// adds. Attributes are those of ai.onnx, "epilogue" (strings, see epilogue.hpp) and, for Conv,
// "channels_last" (int): 1 where input 0, output and what is added lie as [N, H, W, C]. MaxPool and
// AveragePool have the latter alone, and it is 1.
#pragma once

#include <cstdint>
#include <vector>

#include "../kernel.hpp"
#include "epilogue.hpp"

namespace backplane::cpu {

constexpr uint32_t kFusedSince = 1;
constexpr uint32_t kFirstResidualInput = 3;
constexpr char kEpilogueAttribute[] = "epilogue";
constexpr char kChannelsLastAttribute[] = "channels_last";

// The version of ai.onnx's `op` that its attributes are of; 0 where the plugin has no own form.
uint32_t base_since(std::string_view op);

// [N, C, ...] of what lies as [N, ..., C].
bp_tensor_type_t channels_first(const bp_tensor_type_t& type);
// The other way round.
bp_tensor_type_t channels_last(const bp_tensor_type_t& type);

// The node of ai.onnx in a fused one, which has to outlive it.
class BaseNode {
 public:
  explicit BaseNode(const Node& fused);
  BaseNode(const BaseNode&) = delete;
  BaseNode& operator=(const BaseNode&) = delete;

  Node node() const { return Node(node_); }
  bool is_channels_last() const { return is_channels_last_; }

 private:
  bool is_channels_last_;
  std::vector<bp_tensor_type_t> inputs_;
  bp_tensor_type_t output_;
  bp_node_t node_;
};

Epilogue read_epilogue(const Node& node);  // throws UNSUPPORTED

}  // namespace backplane::cpu
