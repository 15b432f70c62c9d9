// One cl_kernel, and how it is given its arguments and to a queue.
#pragma once

#include <backplane/kernel.h>

#include <array>
#include <atomic>

#include "memory.hpp"

namespace backplane::opencl {

// The arguments of one launch, in order.
class Arguments {
 public:
  explicit Arguments(cl_kernel kernel) : kernel_(kernel) {}

  template <class T>
  void add(const T& value) {
    check(cl().clSetKernelArg(kernel_, next_++, sizeof value, &value), "clSetKernelArg");
  }
  // Two arguments: the buffer, and where the tensor begins in it, in elements (a cl_ulong).
  void add(const bp_tensor_t& tensor);

 private:
  cl_kernel kernel_;
  cl_uint next_ = 0;
};

// An input without elements may have no buffer; nothing is read of it, so any other will do.
inline const bp_tensor_t& with_buffer(const bp_tensor_t& tensor, const bp_tensor_t& other) {
  return tensor.buffer != nullptr ? tensor : other;
}

// How many work items there are, in groups of one of a few sizes: PoCL compiles a kernel again for
// every size that is new.
struct Work {
  cl_uint dimensions;
  size_t global[3];
  size_t local[3];
};
Work work_over(uint64_t count);  // a line, in groups of kLine
Work tiles_over(uint64_t rows, uint64_t columns,
                uint64_t batch);  // kTile work items squared a group
constexpr size_t kLine = 64;
constexpr size_t kTile = 8;

class Compute {
 public:
  Compute(Device& device, const Source& source, const std::string& options, const char* name);
  // No launch is on its way.
  ~Compute();
  Compute(const Compute&) = delete;
  Compute& operator=(const Compute&) = delete;

  // `set(arguments)` adds them. Any number of threads at once.
  template <class Set>
  void launch(Stream& stream, const Work& work, Set set) {
    const Loan kernel(*this);
    Arguments arguments(kernel.get());
    set(arguments);
    stream.give("clEnqueueNDRangeKernel", [&](cl_event* event) {
      return cl().clEnqueueNDRangeKernel(stream.queue(), kernel.get(), work.dimensions, nullptr,
                                         work.global, work.local, 0, nullptr, event);
    });
  }

 private:
  // A cl_kernel keeps its arguments until it is enqueued, so a launch has one of its own
  // meanwhile: one that lies here, else a new one.
  class Loan {
   public:
    explicit Loan(Compute& owner) : owner_(owner), kernel_(owner.take()) {}
    ~Loan() { owner_.give_back(kernel_); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    cl_kernel get() const { return kernel_; }

   private:
    Compute& owner_;
    const cl_kernel kernel_;
  };
  cl_kernel take();
  void give_back(cl_kernel kernel);

  const cl_program program_;
  const char* const name_;
  std::array<std::atomic<cl_kernel>, 8> spare_ = {};  // nullptr: none here
};

// Build options that make types.cl's `element` this type; only for what check_dtype lets pass.
std::string element_option(bp_dtype_t dtype);
const char* element_name(bp_dtype_t dtype);  // in OpenCL C; nullptr where there is none
uint64_t element_size(bp_dtype_t dtype);
bool is_floating(bp_dtype_t dtype);  // of those that have an element_name
// The unsigned integer of the same size, for elements that are moved as they are or wrap around.
bp_dtype_t bits_of(bp_dtype_t dtype);

}  // namespace backplane::opencl
