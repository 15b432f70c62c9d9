// For tests only: one launch of a node, on either device, between guard zones.
#pragma once

#include <string>
#include <vector>

#include "test_node.hpp"

namespace backplane::cpu::testing {

// "" when supports() says yes, else its reason.
inline std::string reason_against(const OpenDevice& device, TestNode& node) {
  TestHost::take_text();
  const bp_status_t status = kKernelApi.supports(device.get(), &node.get());
  if (status == BP_OK) return "";
  EXPECT_EQ(status, BP_STATUS_UNSUPPORTED);
  std::string text = TestHost::take_text();
  EXPECT_NE(text, "");
  return text;
}

// Memory of the device with a guard zone on both sides, filled with one byte.
class GuardedMemory {
 public:
  GuardedMemory(const OpenDevice& device, uint64_t size, char fill)
      : size_(size), fill_(fill), buffer_(device.buffer(size + 2 * kGuard)) {
    std::memset(bytes_of(buffer_), fill, size + 2 * kGuard);
  }
  ~GuardedMemory() {
    const char* bytes = bytes_of(buffer_);
    for (uint64_t i = 0; i < kGuard; ++i)
      if (bytes[i] != fill_ || bytes[kGuard + size_ + i] != fill_)
        ADD_FAILURE() << "a byte outside the tensor was written";
    kMemoryApi.buffer_destroy(buffer_);
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  static constexpr uint64_t kGuard = 64;
  bp_buffer_t* buffer() const { return buffer_; }
  char* data() const { return bytes_of(buffer_) + kGuard; }

 private:
  uint64_t size_;
  char fill_;
  bp_buffer_t* buffer_;
};

// Everything that one launch of a prepared kernel needs.
class Launch {
 public:
  Launch(const OpenDevice& device, TestNode& node, char poison) : node_(node) {
    EXPECT_EQ(kKernelApi.kernel_create(device.get(), &node.get(), &kernel_), BP_OK)
        << TestHost::take_text();
    if (kernel_ == nullptr) return;
    info_ = kKernelApi.kernel_info(kernel_);
    for (size_t i = 0; i < node.inputs.size(); ++i) bring(device, i);
    for (const Tensor& output : node.outputs)
      outputs_.push_back(place(device, output.type, nullptr, poison));
  }
  ~Launch() { kKernelApi.kernel_destroy(kernel_); }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  bp_status_t run(bp_stream_t* stream = nullptr) const {
    if (kernel_ == nullptr) return BP_STATUS_INTERNAL;
    return kKernelApi.launch(kernel_, stream, inputs_.data(), outputs_.data(), nullptr);
  }

  // The outputs' bytes into the node; the inputs must be as they were.
  void collect() {
    for (size_t i = 0; i < node_.inputs.size(); ++i)
      if (inputs_[i].buffer != nullptr && has_changed(i))
        ADD_FAILURE() << "input " << i << " was written";
    for (size_t i = 0; i < outputs_.size(); ++i)
      if (outputs_[i].type.dtype != 0)
        node_.outputs[i].bytes.assign(at(outputs_[i]),
                                      at(outputs_[i]) + byte_size(outputs_[i].type));
  }

  const bp_kernel_info_t& info() const { return *info_; }
  std::vector<bp_tensor_t>& inputs() { return inputs_; }
  std::vector<bp_tensor_t>& outputs() { return outputs_; }

 private:
  static char* at(const bp_tensor_t& tensor) { return bytes_of(tensor.buffer) + tensor.offset; }

  bool has_changed(size_t input) const {
    const std::vector<char>& bytes = node_.inputs[input].bytes;
    return !bytes.empty() && std::memcmp(at(inputs_[input]), bytes.data(), bytes.size()) != 0;
  }

  void bring(const OpenDevice& device, size_t index) {
    const Tensor& input = node_.inputs[index];
    const bp_argument_flags_t flags = info_->inputs != nullptr ? info_->inputs[index] : 0;
    bp_tensor_t tensor = {};
    if ((flags & BP_ARGUMENT_FLAG_BAKED) != 0) {
      EXPECT_TRUE(node_.constant[index]);
    } else if ((flags & BP_ARGUMENT_FLAG_HOST) != 0) {
      tensor.type = input.type;
      tensor.host = input.bytes.data();
    } else if (input.type.dtype != 0) {
      tensor = place(device, input.type, input.bytes.data(), 0x5a);
    }
    inputs_.push_back(tensor);
  }

  bp_tensor_t place(const OpenDevice& device, const bp_tensor_type_t& type, const char* bytes,
                    char poison) {
    if (type.dtype == 0) return {};
    const uint64_t size = byte_size(type);
    memory_.emplace_back(device, size, poison);
    if (bytes != nullptr && size != 0) std::memcpy(memory_.back().data(), bytes, size);
    return {type, memory_.back().buffer(), GuardedMemory::kGuard, nullptr, nullptr};
  }

  TestNode& node_;
  bp_kernel_t* kernel_ = nullptr;
  const bp_kernel_info_t* info_ = nullptr;
  std::deque<GuardedMemory> memory_;
  std::vector<bp_tensor_t> inputs_;
  std::vector<bp_tensor_t> outputs_;
};

// Launches the node twice, over differently poisoned outputs, and fills its outputs in. The two
// results must be the same. Returns the launch's status.
inline bp_status_t run(const OpenDevice& device, TestNode& node) {
  EXPECT_EQ(reason_against(device, node), "");
  std::vector<Tensor> first;
  for (const char poison : {'\x5a', '\xff'}) {
    Launch launch(device, node, poison);
    const bp_status_t status = launch.run();
    if (status != BP_OK) return status;
    launch.collect();
    if (first.empty()) first = node.outputs;
  }
  for (size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(first[i].bytes, node.outputs[i].bytes) << "an output was not written everywhere";
  return BP_OK;
}

// Both with sizes known beforehand and without; outputs must agree.
inline void run_both_ways(const OpenDevice& device, TestNode& node) {
  node.has_unknown_sizes = true;
  ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  const std::vector<Tensor> unknown = node.outputs;
  node.has_unknown_sizes = false;
  ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  for (size_t i = 0; i < unknown.size(); ++i)
    ASSERT_EQ(unknown[i].bytes, node.outputs[i].bytes)
        << "with unknown sizes the result is another";
}

}  // namespace backplane::cpu::testing
