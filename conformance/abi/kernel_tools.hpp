// Nodes for the cases about kernels: an elementwise operator that every plugin is likely to have.
#pragma once

#include <string>
#include <vector>

#include "run/subject.hpp"

namespace backplane::conformance {

// A node of its own: everything that bp_node_t points to lives in here.
class NodeDraft {
 public:
  NodeDraft(std::string op, uint32_t since, std::vector<bp_tensor_type_t> inputs,
            std::vector<bp_tensor_type_t> outputs);
  NodeDraft(const NodeDraft&) = delete;
  NodeDraft& operator=(const NodeDraft&) = delete;

  bp_node_t& node() { return node_; }
  void add(const bp_attribute_t& attribute);
  void add_int(const char* name, const int64_t* value);
  void add_ints(const char* name, const std::vector<int64_t>& values);
  // One per input, NULL where it is none.
  void set_constants(std::vector<const bp_constant_t*> constants);

 private:
  std::string op_;
  std::vector<bp_tensor_type_t> inputs_;
  std::vector<bp_tensor_type_t> outputs_;
  std::vector<bp_attribute_t> attributes_;
  std::vector<const bp_constant_t*> constants_;
  bp_node_t node_ = {};
};

bp_tensor_type_t type_of(bp_dtype_t dtype, const std::vector<int64_t>& shape);

// What a buffer needs for a tensor of `size` bytes at its end.
uint64_t with_padding(Subject& subject, uint64_t size);

// Asks supports; an UNSUPPORTED ends the case with the plugin's reason.
void need_support(Subject& subject, const bp_node_t& node);
Owned<bp_kernel_t> kernel_of(Subject& subject, const bp_node_t& node);

// What the kernel says of itself, or NULL.
const bp_kernel_info_t* info_of(Subject& subject, const bp_kernel_t* kernel);

// An Add of two float32 vectors: made, with its buffers, ready to launch.
struct Addition {
  Owned<bp_stream_t> stream;
  Owned<bp_kernel_t> kernel;
  Owned<bp_buffer_t> a, b, sum;
  Owned<bp_buffer_t> scratch;
  bp_tensor_t inputs[2] = {};
  bp_tensor_t outputs[1] = {};
  bp_tensor_t scratch_tensor = {};
  bool has_scratch = false;
  int64_t count = 0;
  uint32_t since = 0;  // the definition that the kernel is of

  const bp_tensor_t* scratch_argument() const { return has_scratch ? &scratch_tensor : nullptr; }
};

// The newest definition of Add that the plugin serves for vectors of `count` floats (-1: unknown
// sizes); none ends the case as unsupported.
uint32_t since_of_add(Subject& subject, int64_t count);
// Sizes known to the kernel; `room` bytes are left before and after the sum in its buffer.
Addition addition(Subject& subject, int64_t count, uint64_t room = 0);
void launch(Subject& subject, const Addition& add, bp_stream_t* stream);

std::string bytes_of(const std::vector<float>& values);
// `count` floats whose sums are exact: address-coded integers, different for every `salt`.
std::vector<float> ramp(int64_t count, int salt);
std::vector<float> sums(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace backplane::conformance
