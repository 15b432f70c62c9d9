// For tests only: one launch of a node through the plugin's tables, its tensors between guards.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "../compute.hpp"
#include "../tables.hpp"

namespace backplane::opencl::testing {

using Shape = std::vector<int64_t>;

struct Half {
  uint16_t bits;
};

template <class T>
constexpr bp_dtype_t dtype_of() {
  if constexpr (std::is_same_v<T, float>) return BP_DTYPE_FLOAT32;
  if constexpr (std::is_same_v<T, double>) return BP_DTYPE_FLOAT64;
  if constexpr (std::is_same_v<T, Half>) return BP_DTYPE_FLOAT16;
  if constexpr (std::is_same_v<T, int8_t>) return BP_DTYPE_INT8;
  if constexpr (std::is_same_v<T, uint8_t>) return BP_DTYPE_UINT8;
  if constexpr (std::is_same_v<T, uint16_t>) return BP_DTYPE_UINT16;
  if constexpr (std::is_same_v<T, int16_t>) return BP_DTYPE_INT16;
  if constexpr (std::is_same_v<T, int32_t>) return BP_DTYPE_INT32;
  if constexpr (std::is_same_v<T, uint16_t>) return BP_DTYPE_UINT16;
  if constexpr (std::is_same_v<T, uint32_t>) return BP_DTYPE_UINT32;
  if constexpr (std::is_same_v<T, int64_t>) return BP_DTYPE_INT64;
  if constexpr (std::is_same_v<T, uint64_t>) return BP_DTYPE_UINT64;
  return 0;
}

inline size_t count_of(const Shape& shape) {
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  return count;
}

inline bp_tensor_type_t type_of(bp_dtype_t dtype, const Shape& shape) {
  bp_tensor_type_t type = {dtype, static_cast<uint16_t>(shape.size()), 0, {}};
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

// `offset` elements lie before it in its buffer, beside the guard. With strides the bytes are what
// they reach over.
struct Tensor {
  bp_tensor_type_t type = {};
  std::vector<char> bytes;
  Shape strides = {};
  uint64_t offset = 0;
  bool is_constant = false;

  template <class T>
  std::vector<T> as() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

template <class T>
Tensor tensor(const Shape& shape, const std::vector<T>& values, const Shape& strides = {}) {
  Tensor made{type_of(dtype_of<T>(), shape), std::vector<char>(values.size() * sizeof(T)), strides};
  if (!values.empty()) std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

// A vector that never changes.
template <class T>
Tensor constant(const std::vector<T>& values) {
  Tensor made = tensor<T>({static_cast<int64_t>(values.size())}, values);
  made.is_constant = true;
  return made;
}

template <class T>
Tensor wanted(const Shape& shape) {
  return {type_of(dtype_of<T>(), shape), std::vector<char>(count_of(shape) * sizeof(T), 0x55)};
}

// A node made of plain values; owns what its bp_node_t points to.
class TestNode {
 public:
  TestNode(std::string op, uint32_t since, std::vector<Tensor> given, std::vector<Tensor> made)
      : inputs(std::move(given)), outputs(std::move(made)), op_(std::move(op)), since_(since) {}

  std::vector<Tensor> inputs;  // dtype 0: absent
  std::vector<Tensor> outputs;
  std::string domain;

  void add(const char* name, int64_t value) { add(name, BP_ATTRIBUTE_INT, Shape{value}); }
  void add(const char* name, const Shape& values) { add(name, BP_ATTRIBUTE_INTS, values); }
  void add(const char* name, float value) {
    floats_.push_back(value);
    attributes_.push_back({name, BP_ATTRIBUTE_FLOAT, 1, &floats_.back()});
  }
  void add(const char* name, const std::string& text) {
    texts_.push_back(text);
    strings_.push_back({texts_.back().c_str(), texts_.back().size()});
    attributes_.push_back({name, BP_ATTRIBUTE_STRING, 1, &strings_.back()});
  }

  // Valid until the next call.
  const bp_node_t& get() {
    types_.clear();
    strides_.clear();
    constants_.clear();
    constant_pointers_.clear();
    for (const Tensor& one : inputs) types_.push_back(one.type);
    for (const Tensor& one : outputs) types_.push_back(one.type);
    for (const Tensor& one : inputs)
      strides_.push_back(one.strides.empty() ? nullptr : one.strides.data());
    for (const Tensor& one : inputs) {
      constants_.push_back({one.type, one.bytes.data(), 0});
      constant_pointers_.push_back(one.is_constant ? &constants_.back() : nullptr);
    }
    node_ = {};
    node_.struct_size = sizeof node_;
    node_.since = since_;
    node_.domain = domain.c_str();
    node_.name = "";
    node_.op = op_.c_str();
    node_.input_count = static_cast<uint32_t>(inputs.size());
    node_.output_count = static_cast<uint32_t>(outputs.size());
    node_.attribute_count = static_cast<uint32_t>(attributes_.size());
    node_.inputs = types_.data();
    node_.outputs = types_.data() + inputs.size();
    node_.attributes = attributes_.data();
    node_.constants = constant_pointers_.data();
    node_.input_strides = strides_.data();
    return node_;
  }

 private:
  void add(const char* name, bp_attribute_kind_t kind, const Shape& values) {
    ints_.push_back(values);
    attributes_.push_back({name, kind, static_cast<uint32_t>(values.size()), ints_.back().data()});
  }

  std::string op_;
  uint32_t since_;
  std::deque<Shape> ints_;
  std::deque<float> floats_;
  std::deque<std::string> texts_;
  std::deque<bp_string_t> strings_;
  std::vector<bp_attribute_t> attributes_;
  std::vector<bp_tensor_type_t> types_;
  std::vector<const int64_t*> strides_;
  std::deque<bp_constant_t> constants_;
  std::vector<const bp_constant_t*> constant_pointers_;
  bp_node_t node_ = {};
};

// An open device with one stream. Skipped without an OpenCL device.
class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
    ASSERT_EQ(device_open(&host_, 0, nullptr, 0, &device_), BP_OK);
    ASSERT_EQ(kStreamApi.stream_create(device_, 0, &stream_), BP_OK);
  }
  void TearDown() override {
    if (stream_ != nullptr) kStreamApi.stream_destroy(stream_);
    if (device_ != nullptr) device_close(device_);
  }

  const DeviceFacts& facts() const { return as_device(device_).facts; }

  // "" when the node is supported, else the reason.
  std::string reason_against(TestNode& node) {
    explanation().clear();
    return kKernelApi.supports(device_, &node.get()) == BP_OK ? "" : explanation();
  }

  // Fills the outputs. In place, output 0 is where input `in_place` was.
  void run(TestNode& node, int in_place = -1) {
    ASSERT_EQ(reason_against(node), "");
    bp_kernel_t* kernel = nullptr;
    ASSERT_EQ(kKernelApi.kernel_create(device_, &node.get(), &kernel), BP_OK);
    std::deque<Placed> placed;
    std::vector<bp_tensor_t> inputs;
    std::vector<bp_tensor_t> outputs;
    const bp_argument_flags_t* flags = kKernelApi.kernel_info(kernel)->inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i)
      inputs.push_back(place(placed, node.inputs[i], flags != nullptr ? flags[i] : 0));
    for (const Tensor& output : node.outputs) outputs.push_back(place(placed, output));
    if (in_place >= 0) outputs[0] = inputs[static_cast<size_t>(in_place)];
    EXPECT_EQ(kKernelApi.launch(kernel, stream_, inputs.data(), outputs.data(), nullptr), BP_OK)
        << explanation();
    const size_t first = node.inputs.size();
    for (size_t i = 0; i < node.outputs.size(); ++i)
      node.outputs[i].bytes = taken(placed[i == 0 && in_place >= 0 ? size_t(in_place) : first + i]);
    for (size_t i = 0; i < first; ++i) {
      const bool is_kept = static_cast<int>(i) != in_place && placed[i].buffer != nullptr;
      EXPECT_TRUE(!is_kept || taken(placed[i]) == node.inputs[i].bytes)
          << "input " << i << " was written";
    }
    for (const Placed& one : placed) kMemoryApi.buffer_destroy(one.buffer);
    kKernelApi.kernel_destroy(kernel);
  }

  std::string read(bp_buffer_t* buffer, uint64_t offset, uint64_t size) {
    std::string bytes(size, '\0');
    EXPECT_EQ(kMemoryApi.read(stream_, buffer, offset, bytes.data(), size), BP_OK);
    finish();
    return bytes;
  }
  void finish() { check(cl().clFinish(reinterpret_cast<Stream*>(stream_)->queue()), "clFinish"); }

  bp_device_t* device_ = nullptr;
  bp_stream_t* stream_ = nullptr;

 private:
  static constexpr uint64_t kGuard = 256;
  static constexpr char kGuardByte = 0x77;

  struct Placed {
    bp_buffer_t* buffer;
    uint64_t begin, size;
  };

  static std::string& explanation() {
    thread_local std::string last;
    return last;
  }

  bp_tensor_t place(std::deque<Placed>& placed, const Tensor& given,
                    bp_argument_flags_t flags = 0) {
    bp_tensor_t made = {};
    if ((flags & BP_ARGUMENT_FLAG_BAKED) == 0) made.type = given.type;
    const bool is_on_host = (flags & BP_ARGUMENT_FLAG_HOST) != 0;
    if (is_on_host) made.host = given.bytes.data();
    if (made.type.dtype == 0 || is_on_host) {
      placed.push_back({nullptr, 0, 0});
      return made;
    }
    const uint64_t begin = kGuard + given.offset * element_size(given.type.dtype);
    std::vector<char> all(begin + given.bytes.size() + kGuard, kGuardByte);
    std::copy(given.bytes.begin(), given.bytes.end(), all.begin() + static_cast<int64_t>(begin));
    EXPECT_EQ(kMemoryApi.buffer_create(device_, BP_MEMORY_DEVICE, all.size(), &made.buffer), BP_OK);
    EXPECT_EQ(kMemoryApi.write(stream_, made.buffer, 0, all.data(), all.size()), BP_OK);
    made.offset = begin;
    made.strides = given.strides.empty() ? nullptr : given.strides.data();
    placed.push_back({made.buffer, begin, given.bytes.size()});
    return made;
  }

  // The tensor's bytes; those around it are as they were.
  std::vector<char> taken(const Placed& one) {
    if (one.buffer == nullptr) return {};
    const std::string all = read(one.buffer, 0, one.begin + one.size + kGuard);
    const std::string guards = all.substr(0, one.begin) + all.substr(one.begin + one.size);
    EXPECT_EQ(guards.find_first_not_of(kGuardByte), std::string::npos) << "a guard was written";
    return {all.begin() + static_cast<int64_t>(one.begin),
            all.begin() + static_cast<int64_t>(one.begin + one.size)};
  }

  static bp_host_t make_host() {
    bp_host_t host = {};
    host.struct_size = sizeof host;
    host.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
    host.explain = [](void*, const char* text) { explanation() = text; };
    host.log = [](void*, bp_log_level_t, const char*) {};
    host.allocate = [](void*, uint64_t size, uint64_t alignment) -> void* {
      return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    };
    host.deallocate = [](void*, void* pointer) { std::free(pointer); };
    host.get_extension = [](void*, const char*) -> const void* { return nullptr; };
    return host;
  }

  const bp_host_t host_ = make_host();
};

}  // namespace backplane::opencl::testing
