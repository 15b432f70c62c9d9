// For tests only: an open device, tensors of floats on it, and elements around an output that
// nothing may touch.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "../compute.hpp"
#include "../test_host.hpp"
#include "test_numbers.hpp"

namespace backplane::opencl::testing {

using Shape = std::vector<int64_t>;

inline bp_tensor_type_t type_of(const Shape& shape) {
  bp_tensor_type_t type = {BP_DTYPE_FLOAT32, static_cast<uint16_t>(shape.size()), 0, {}};
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

inline std::vector<float> random_numbers(size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> between(-1, 1);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = between(engine);
  return numbers;
}

// Whole numbers from -2 to 2: float16 has them, and all sums of up to 500 products of them.
inline std::vector<float> whole_numbers(size_t count, unsigned seed) {
  std::vector<float> numbers = random_numbers(count, seed);
  for (float& number : numbers) number = std::round(2 * number);
  return numbers;
}

// Float16 with two in the place of a float, and back.
inline std::vector<float> as_halves(const std::vector<float>& numbers) {
  std::vector<Half> halves(numbers.size() + numbers.size() % 2);
  std::transform(numbers.begin(), numbers.end(), halves.begin(), half_of);
  std::vector<float> packed(halves.size() / 2);
  std::memcpy(packed.data(), halves.data(), packed.size() * sizeof(float));
  return packed;
}

inline std::vector<float> from_halves(const std::vector<float>& packed) {
  std::vector<Half> halves(packed.size() * 2);
  std::memcpy(halves.data(), packed.data(), packed.size() * sizeof(float));
  std::vector<float> numbers(halves.size());
  std::transform(halves.begin(), halves.end(), numbers.begin(),
                 [](Half half) { return static_cast<float>(value_of(half)); });
  return numbers;
}

// A float32 tensor with kGuard elements of NaN before and after it.
class DeviceTensor {
 public:
  static constexpr size_t kGuard = 37;  // so that the tensor is not aligned either

  DeviceTensor(Device& device, Stream& stream, const Shape& shape, const std::vector<float>& values)
      : buffer_(device, BP_MEMORY_DEVICE, (values.size() + 2 * kGuard) * sizeof(float)),
        stream_(stream) {
    std::vector<float> all(kGuard, NAN);
    all.insert(all.end(), values.begin(), values.end());
    all.insert(all.end(), kGuard, NAN);
    cl_int error = CL_SUCCESS;
    buffer_.memory = Memory(create(device, &error));
    check(error, "clCreateBuffer");
    check(cl().clEnqueueWriteBuffer(stream.queue(), buffer_.memory.get(), CL_TRUE, 0, buffer_.size,
                                    all.data(), 0, nullptr, nullptr),
          "clEnqueueWriteBuffer");
    tensor.type = type_of(shape);
    tensor.buffer = reinterpret_cast<bp_buffer_t*>(&buffer_);
    tensor.offset = kGuard * sizeof(float);
  }

  // After the work of the stream; a guard that has changed fails the test.
  std::vector<float> read() const {
    std::vector<float> all(buffer_.size / sizeof(float));
    check(cl().clEnqueueReadBuffer(stream_.queue(), buffer_.memory.get(), CL_TRUE, 0, buffer_.size,
                                   all.data(), 0, nullptr, nullptr),
          "clEnqueueReadBuffer");
    for (size_t i = 0; i < kGuard; ++i)
      EXPECT_TRUE(std::isnan(all[i]) && std::isnan(all[all.size() - 1 - i])) << "guard " << i;
    return std::vector<float>(all.begin() + kGuard, all.end() - kGuard);
  }

  bp_tensor_t tensor = {};

 private:
  cl_mem create(Device& device, cl_int* error) const {
    return cl().clCreateBuffer(device.context.get(), CL_MEM_READ_WRITE, buffer_.size, nullptr,
                               error);
  }

  Buffer buffer_;
  Stream& stream_;
};

// Skipped where there is no OpenCL device.
class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
    device_ = std::make_unique<Device>(host_.table(), 0);
    stream_ = std::make_unique<Stream>(*device_, false);
  }
  DeviceTensor tensor(const Shape& shape, const std::vector<float>& values) {
    return DeviceTensor(*device_, *stream_, shape, values);
  }

  TestHost host_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Stream> stream_;
};

// A sum in double, and what a sum in float32 may be away from it: each of `terms` operations
// rounds by half a unit in the last place of no more than the sum of magnitudes.
struct Expected {
  double sum = 0, magnitudes = 0;
  size_t terms = 0;

  void add(double product) {
    sum += product;
    magnitudes += std::abs(product);
    ++terms;
  }
  double bound() const {
    return (static_cast<double>(terms) + 1) * std::ldexp(1, -24) * magnitudes +
           std::ldexp(std::abs(sum), -23);
  }
};

}  // namespace backplane::opencl::testing
