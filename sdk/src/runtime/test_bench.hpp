// What the tests of the C API share: a host with the cpu plugin, behind the checking layer, and
// plain ways to make nodes and tensors.
#pragma once

#include <backplane/runtime.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace backplane::runtime {

// For EXPECT_TRUE and ASSERT_TRUE: the failure's own words.
inline testing::AssertionResult done(bp_status_t code) {
  if (code == BP_OK) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "status " << code << ": " << bp_rt_last_error()->text;
}

inline bp_tensor_type_t type_of(bp_dtype_t dtype, const std::vector<int64_t>& shape) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = static_cast<uint16_t>(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) type.shape[i] = shape[i];
  return type;
}
inline bp_tensor_type_t f32(const std::vector<int64_t>& shape) {
  return type_of(BP_DTYPE_FLOAT32, shape);
}

// A node over vectors that it owns.
struct TestNode {
  TestNode(const char* op, uint32_t since, std::vector<bp_tensor_type_t> inputs,
           uint32_t output_count = 1)
      : input_types(std::move(inputs)), constants(input_types.size()) {
    node.struct_size = sizeof node;
    node.since = since;
    node.domain = "";
    node.op = op;
    node.name = "";
    node.input_count = static_cast<uint32_t>(input_types.size());
    node.output_count = output_count;
  }
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;

  void add_ints(const char* name, std::vector<int64_t> values) {
    ints.push_back(std::move(values));
    attributes.push_back(
        {name, BP_ATTRIBUTE_INTS, static_cast<uint32_t>(ints.back().size()), ints.back().data()});
  }
  void add_int(const char* name, int64_t value) {
    add_ints(name, {value});
    attributes.back().kind = BP_ATTRIBUTE_INT;
  }
  const bp_node_t* get() {
    node.inputs = input_types.data();
    node.constants = constants.data();
    node.attributes = attributes.data();
    node.attribute_count = static_cast<uint32_t>(attributes.size());
    return &node;
  }

  std::vector<bp_tensor_type_t> input_types;
  std::vector<const bp_constant_t*> constants;
  std::vector<bp_attribute_t> attributes;
  std::vector<std::vector<int64_t>> ints;
  bp_node_t node = {};
};

// A tensor in host memory, or in memory of a device.
inline bp_rt_tensor_t on_host(const bp_tensor_type_t& type, const void* bytes) {
  return {type, nullptr, nullptr, const_cast<void*>(bytes), 0};
}
inline bp_rt_tensor_t in_memory(const bp_tensor_type_t& type, bp_rt_memory_t* memory,
                                uint64_t offset = 0) {
  return {type, nullptr, memory, nullptr, offset};
}

// A host with nothing but one plugin, the cpu's if not said, and one of its devices.
class Bench {
 public:
  explicit Bench(const char* selector = "cpu", bool is_checked = true,
                 std::vector<bp_option_t> device_options = {},
                 const char* plugin = BACKPLANE_CPU_PLUGIN) {
    const bp_option_t options[] = {{"plugin-path", plugin}, {"check", is_checked ? "1" : "0"}};
    bp_rt_config_t config = {};
    config.struct_size = sizeof config;
    config.log_level = BP_LOG_WARNING;
    config.user = this;
    config.log = [](void* user, bp_log_level_t level, const char* source, const char* text) {
      auto* bench = static_cast<Bench*>(user);
      const std::lock_guard<std::mutex> lock(bench->mutex_);
      if (level >= BP_LOG_ERROR) bench->errors_.push_back(std::string(source) + ": " + text);
    };
    config.options = options;
    config.option_count = 2;
    EXPECT_TRUE(done(bp_rt_create(&config, &rt)));
    EXPECT_TRUE(done(bp_rt_device_open(rt, selector, device_options.data(),
                                       static_cast<uint32_t>(device_options.size()), &device)));
  }
  ~Bench() {
    bp_rt_device_close(device);
    bp_rt_destroy(rt);
    for (const std::string& error : errors_) ADD_FAILURE() << error;
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  bp_rt_memory_t* memory(uint64_t size, bp_rt_stream_t* stream = nullptr) {
    bp_rt_memory_t* made = nullptr;
    EXPECT_TRUE(done(bp_rt_memory_create(device, stream, BP_MEMORY_DEVICE, size, &made)));
    return made;
  }
  // Memory with these values in it.
  template <class T>
  bp_rt_memory_t* memory_of(const std::vector<T>& values, bp_dtype_t dtype) {
    bp_rt_memory_t* made = memory(values.size() * sizeof(T));
    const bp_tensor_type_t type = type_of(dtype, {static_cast<int64_t>(values.size())});
    const bp_rt_tensor_t to = in_memory(type, made);
    const bp_rt_tensor_t from = on_host(type, values.data());
    EXPECT_TRUE(done(bp_rt_copy(nullptr, &to, &from)));
    return made;
  }
  std::vector<float> floats(bp_rt_memory_t* memory, size_t count) {
    std::vector<float> values(count);
    const bp_tensor_type_t type = f32({static_cast<int64_t>(count)});
    const bp_rt_tensor_t to = on_host(type, values.data());
    const bp_rt_tensor_t from = in_memory(type, memory);
    EXPECT_TRUE(done(bp_rt_copy(nullptr, &to, &from)));
    return values;
  }

  bp_rt_t* rt = nullptr;
  bp_rt_device_t* device = nullptr;

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

}  // namespace backplane::runtime
