// A kernel of the cpu plugin: an operator prepared for one node, and the table of operators.
#pragma once

#include <backplane/plugin.hpp>
#include <memory>
#include <string>
#include <vector>

#include "device.hpp"

namespace backplane::cpu {

using plugin::fail;
using plugin::Node;

// What a kernel says of itself; kept by the kernel, handed out as bp_kernel_info_t.
struct KernelTraits {
  bp_numerics_flags_t numerics = 0;
  bp_arithmetic_t products = 0;
  bp_arithmetic_t accumulates = 0;
  uint64_t scratch_size = 0;
  uint64_t device_memory_size = 0;
  std::vector<bp_argument_flags_t> inputs;   // one per input, or empty: all 0
  std::vector<bp_argument_flags_t> outputs;  // likewise
  std::vector<bp_alias_t> in_place;
  bool is_shape_free = false;
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // Runs on the calling thread, and is done when it returns. Any number of threads may run one
  // kernel at once. Throws plugin::Error. The arrays are those of bp_kernel_api_t::launch.
  virtual void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                   const bp_tensor_t* scratch) const = 0;
  // Only where traits say BP_SIZE_UNKNOWN.
  virtual uint64_t scratch_size(const bp_tensor_type_t* inputs,
                                const bp_tensor_type_t* outputs) const;

  const KernelTraits& traits() const { return traits_; }

 protected:
  KernelTraits traits_;
};

// One operator. `check` throws UNSUPPORTED, with a reason that names the operator and the type or
// attribute, exactly when `create` cannot serve the node; it reads no constant's data that may be
// NULL, and has no side effect. `create` is only called for nodes that `check` has passed.
struct OperatorEntry {
  const char* op;
  std::vector<uint32_t> since;  // definitions served, eg {7, 13, 14}
  void (*check)(const Node& node);
  std::unique_ptr<Kernel> (*create)(const Node& node, Device& device);
  // Every flag that a kernel of this operator may declare; a node that refuses one is refused.
  bp_numerics_flags_t numerics = 0;
  const char* domain = "";  // or kDomain, then `op` is the plugin's own
};

// Of the operators that the plugin's passes put into a graph; its id.
constexpr char kDomain[] = "org.backplane.cpu";

// Every file of kernels/ adds its operators with one function `add_<file name>`; the build lists
// them.
using OperatorTable = std::vector<OperatorEntry>;

// The entry that serves `node`; throws UNSUPPORTED naming the operator or the version.
const OperatorEntry& find_operator(const Node& node);

// Element type of the plugin's own loops for float16 and bfloat16: storage only, computed in float.
struct Half;      // half.hpp
struct Bfloat16;  // half.hpp

// Where a tensor's first element is; nullptr without a buffer, as a tensor of no elements may be.
template <class T>
T* data(const bp_tensor_t& tensor) {
  const auto* buffer = reinterpret_cast<const Buffer*>(tensor.buffer);
  return buffer != nullptr ? reinterpret_cast<T*>(buffer->at(tensor.offset)) : nullptr;
}

uint64_t element_count(const bp_tensor_type_t& type);  // of known sizes
uint64_t element_size(bp_dtype_t dtype);               // 0 for types of less than a byte
uint64_t byte_size(const bp_tensor_type_t& type);      // of known sizes
bool has_unknown_size(const bp_tensor_type_t& type);
const char* name_of(bp_dtype_t dtype);              // "float32"; "a type of no name"
std::string to_text(const bp_tensor_type_t& type);  // "float32[2,?]"

// "MatMul: only float32, not int8": the shape of every refusal.
[[noreturn]] void refuse(const Node& node, const std::string& reason);

}  // namespace backplane::cpu
