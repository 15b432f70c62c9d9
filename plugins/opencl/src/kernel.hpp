// A kernel of the opencl plugin: an operator prepared for one node, and the table of operators.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compute.hpp"

namespace backplane::opencl {

using plugin::fail;
using plugin::Node;

// An operator ready for one node. The tensors of a launch have the node's types, every size known.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // Gives the work to the stream. Any number of threads at once, each with a stream of its own.
  virtual void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) = 0;

  // What kernel_info says.
  bp_numerics_flags_t numerics = 0;
  std::vector<bp_argument_flags_t> argument_flags;  // one per input, or empty: all 0
  std::vector<bp_alias_t> in_place;
};

// One operator. `check` throws UNSUPPORTED, with a reason that names the operator and the type or
// attribute, exactly when `create` cannot serve the node. `create` is only called for nodes that
// `check` has passed.
struct OperatorEntry {
  const char* op;
  std::vector<uint32_t> since;  // definitions served, eg {7, 13, 14}
  void (*check)(const Node& node, const DeviceFacts& facts);
  std::unique_ptr<Kernel> (*create)(const Node& node, Device& device);
  const char* domain = "";  // ai.onnx
};

// Every file of kernels/ adds its operators with one function `add_<file name>`; the build lists
// them.
using OperatorTable = std::vector<OperatorEntry>;

// Is there a kernel for this node? Explains nothing.
bool is_served(const Node& node, const Device& device);

bool has_unknown_size(const bp_tensor_type_t& type);

// "MatMul: only float32, not int8": the shape of every refusal.
[[noreturn]] void refuse(const Node& node, const std::string& reason);

// Refuses element types that this device has no kernels for.
void check_dtype(const Node& node, const DeviceFacts& facts, bp_dtype_t dtype);
// The same for floating types alone.
void check_floating(const Node& node, const DeviceFacts& facts, bp_dtype_t dtype);
// Outputs are wanted and have the element type of input 0.
void check_same_dtype(const Node& node);

}  // namespace backplane::opencl
