// Nodes that are launched one after the other through the ABI, on tensors that they hand each
// other.
#pragma once

#include <backplane/kernel.h>

#include <memory>
#include <string>
#include <vector>

#include "operation.hpp"

namespace backplane::opencl::benchmark {

struct NodeText {
  const char* domain;
  const char* op;
  uint32_t since;
  std::string program = {};        // none where it is empty
  std::vector<int64_t> pads = {};  // the same
};

class Launch {
 public:
  // An input without a type is absent.
  Launch(BenchDevice& device, const NodeText& text, std::vector<bp_tensor_t> inputs,
         const bp_tensor_t& output);
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  void give() const;

 private:
  BenchDevice& device_;
  std::vector<bp_tensor_t> inputs_;
  bp_tensor_t output_;
  bp_kernel_t* kernel_ = nullptr;
};

using Launches = std::vector<std::unique_ptr<Launch>>;

// All of them so many times, to the end.
void run(BenchDevice& device, const Launches& launches, int times);

// A tensor of numbers between -1 and 1; of float16 every second one is any number.
bp_tensor_t filled(BenchDevice& device, const Shape& shape, bp_dtype_t dtype);
// To the bit.
bool is_same(const BenchDevice& device, const bp_tensor_t& a, const bp_tensor_t& b);

}  // namespace backplane::opencl::benchmark
