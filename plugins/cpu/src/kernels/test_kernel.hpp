// For tests of kernels that keep constants and take scratch: one kernel, launched any number of
// times. Tensors lie at addresses that are aligned to their element and no more, between guards;
// each run is done twice with other bytes in outputs and scratch.
#pragma once

#include <backplane/kernel.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <list>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../device.hpp"
#include "../tables.hpp"
#include "test_bounds.hpp"
#include "test_fill.hpp"

namespace backplane::cpu::testing {

// Memory of one tensor, `shift` bytes behind an aligned address.
class ShiftedMemory {
 public:
  ShiftedMemory(size_t size, size_t shift, unsigned char fill)
      : size_(size), shift_(shift), bytes_(size + shift + 2 * kGuard + kBufferAlignment) {
    std::memset(bytes_.data(), kGuardByte, bytes_.size());
    if (size != 0) std::memset(data(), fill, size);
    buffer_ = {nullptr, BP_MEMORY_DEVICE, aligned(), size + shift + 2 * kGuard, false};
  }

  char* data() { return aligned() + kGuard + shift_; }
  std::vector<char> bytes() { return {data(), data() + size_}; }
  bp_tensor_t tensor(const bp_tensor_type_t& type) {
    bp_buffer_t* buffer = size_ != 0 ? reinterpret_cast<bp_buffer_t*>(&buffer_) : nullptr;
    return {type, buffer, kGuard + shift_, nullptr, nullptr};
  }
  bool are_guards_whole() {
    for (size_t i = 0; i < 2 * kGuard + shift_; ++i) {
      const size_t at = i < kGuard + shift_ ? i : i + size_;
      if (static_cast<unsigned char>(aligned()[at]) != kGuardByte) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr unsigned char kGuardByte = 0x5b;

  char* aligned() {
    const auto address = reinterpret_cast<uintptr_t>(bytes_.data());
    return bytes_.data() + (kBufferAlignment - address % kBufferAlignment) % kBufferAlignment;
  }

  size_t size_, shift_;
  std::vector<char> bytes_;  // keeps its place when moved
  Buffer buffer_ = {};
};

// A kernel that was created, or the reason why not.
class TestKernel {
 public:
  // What supports says must be what kernel_create does. [BP-KERNEL-1]
  TestKernel(const OpenDevice& device, TestNode& node) : node_(node) {
    TestHost::take_text();
    const bp_status_t supported = ask_without_data(device, node.get());
    reason_ = TestHost::take_text();
    status_ = kKernelApi.kernel_create(device.get(), &node.get(), &kernel_);
    EXPECT_EQ(status_, supported) << TestHost::take_text();
  }
  TestKernel(const TestKernel&) = delete;
  TestKernel& operator=(const TestKernel&) = delete;
  ~TestKernel() { kKernelApi.kernel_destroy(kernel_); }

  bp_status_t status() const { return status_; }
  const std::string& reason() const { return reason_; }
  const bp_kernel_info_t& info() const { return *kKernelApi.kernel_info(kernel_); }
  bool is_baked(size_t input) const {
    return info().inputs != nullptr && (info().inputs[input] & BP_ARGUMENT_FLAG_BAKED) != 0;
  }

  // Output 0 of a run on the node's own inputs.
  Tensor run() const { return run(node_.inputs, node_.outputs)[0]; }

  // Runs on other inputs of the node's types, unknown sizes filled in.
  std::vector<Tensor> run(const std::vector<Tensor>& inputs,
                          const std::vector<Tensor>& outputs) const {
    std::vector<Tensor> first = launch(inputs, outputs, 0xff);
    EXPECT_EQ(launch_status, BP_OK) << TestHost::take_text();
    const std::vector<Tensor> second = launch(inputs, outputs, 0x3a);
    for (size_t i = 0; i < first.size(); ++i)
      EXPECT_TRUE(first[i].bytes == second[i].bytes) << "output " << i << " depends on old bytes";
    return first;
  }

  // Input 0 and output 0 at one address, as in_place allows.
  Tensor run_in_place() const { return launch(node_.inputs, node_.outputs, 0, true)[0]; }

  // Only the call; any thread.
  std::vector<Tensor> launch(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs,
                             unsigned char fill, bool is_in_place = false) const {
    std::list<ShiftedMemory> input_memory, output_memory;
    std::vector<bp_tensor_t> input_tensors, output_tensors;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const bp_tensor_t made = place(input_memory, inputs[i], 0);
      input_tensors.push_back(is_baked(i) ? bp_tensor_t{} : made);
    }
    for (const Tensor& output : outputs)
      output_tensors.push_back(place(output_memory, {output.type, {}}, fill));
    if (is_in_place) output_tensors[0] = input_tensors[0];
    const uint64_t scratch_size = size_of_scratch(input_tensors, output_tensors);
    ShiftedMemory scratch(scratch_size, 0, fill);
    const bp_tensor_t scratch_tensor =
        scratch.tensor(type_of(BP_DTYPE_UINT8, {static_cast<int64_t>(scratch_size)}));
    launch_status = kKernelApi.launch(kernel_, nullptr, input_tensors.data(), output_tensors.data(),
                                      scratch_size != 0 ? &scratch_tensor : nullptr);
    EXPECT_TRUE(scratch.are_guards_whole());
    if (is_in_place) std::swap(input_memory.front(), output_memory.front());
    expect_untouched(inputs, input_memory, is_in_place);
    return collect(outputs, output_memory);
  }

  mutable std::atomic<bp_status_t> launch_status{BP_OK};

 private:
  static bp_status_t ask_without_data(const OpenDevice& device, bp_node_t node) {
    std::list<bp_constant_t> constants;
    std::vector<const bp_constant_t*> pointers;
    for (uint32_t i = 0; i < node.input_count; ++i) {
      pointers.push_back(node.constants[i]);
      if (pointers.back() == nullptr || byte_size(pointers.back()->type) <= 4096) continue;
      constants.push_back(*pointers.back());
      constants.back().data = nullptr;
      pointers.back() = &constants.back();
    }
    node.constants = pointers.data();
    return kKernelApi.supports(device.get(), &node);
  }

  static bp_tensor_t place(std::list<ShiftedMemory>& memory, const Tensor& value,
                           unsigned char fill) {
    const uint64_t size = value.type.dtype != 0 ? byte_size(value.type) : 0;
    memory.emplace_back(size, element_size(value.type.dtype), fill);
    if (!value.bytes.empty()) std::memcpy(memory.back().data(), value.bytes.data(), size);
    return memory.back().tensor(value.type);
  }

  static void expect_untouched(const std::vector<Tensor>& inputs, std::list<ShiftedMemory>& memory,
                               bool is_first_written) {
    auto found = memory.begin();
    for (size_t i = 0; i < inputs.size(); ++i, ++found) {
      EXPECT_TRUE(found->are_guards_whole());
      if (i == 0 && is_first_written) continue;
      EXPECT_TRUE(found->bytes() == inputs[i].bytes) << "input " << i << " was written";
    }
  }

  static std::vector<Tensor> collect(const std::vector<Tensor>& outputs,
                                     std::list<ShiftedMemory>& memory) {
    std::vector<Tensor> results;
    auto found = memory.begin();
    for (const Tensor& output : outputs) {
      EXPECT_TRUE(found->are_guards_whole());
      results.push_back({output.type, found->bytes()});
      ++found;
    }
    return results;
  }

  uint64_t size_of_scratch(const std::vector<bp_tensor_t>& inputs,
                           const std::vector<bp_tensor_t>& outputs) const {
    uint64_t size = info().scratch_size;
    if (size != BP_SIZE_UNKNOWN) return size;
    std::vector<bp_tensor_type_t> input_types, output_types;
    for (const bp_tensor_t& input : inputs) input_types.push_back(input.type);
    for (const bp_tensor_t& output : outputs) output_types.push_back(output.type);
    EXPECT_EQ(kKernelApi.scratch_size(kernel_, input_types.data(), output_types.data(), &size),
              BP_OK);
    return size;
  }

  TestNode& node_;
  bp_status_t status_ = BP_OK;
  std::string reason_;
  bp_kernel_t* kernel_ = nullptr;
};

// The reason for which a node is not served; "" when it is.
inline std::string refusal(TestNode node) {
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  EXPECT_TRUE(kernel.status() == BP_OK || kernel.status() == BP_STATUS_UNSUPPORTED);
  return kernel.status() == BP_OK ? "" : kernel.reason();
}

// Four threads that launch one kernel at once get what a single one gets.
inline void expect_same_bytes_from_four_threads(TestNode& node) {
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  const std::vector<char> expected = kernel.run().bytes;
  std::array<std::thread, 4> threads;
  std::atomic<int> different{0};
  for (std::thread& thread : threads)
    thread = std::thread([&] {
      for (int round = 0; round < 10; ++round)
        if (kernel.launch(node.inputs, node.outputs, 0x11)[0].bytes != expected) ++different;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

}  // namespace backplane::cpu::testing
