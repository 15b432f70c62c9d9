// Both hello plugins, as a vendor's host would see them: opened from their files, called through
// their tables. What is true of one is true of the other.
#include <backplane/kernel.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fake_host.hpp"

namespace backplane::tests {
namespace {

using testing::HasSubstr;
using Shape = std::vector<int64_t>;

bp_tensor_type_t float_type(const Shape& shape) {
  bp_tensor_type_t type = {};
  type.dtype = BP_DTYPE_FLOAT32;
  type.rank = static_cast<uint16_t>(shape.size());
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

int64_t count_of(const Shape& shape) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

class Hello : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    library_ = dlopen(GetParam(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
    query_ = reinterpret_cast<decltype(&bp_plugin_query)>(dlsym(library_, "bp_plugin_query"));
    ASSERT_NE(query_, nullptr);
    plugin_ = query_(host_.get());
    ASSERT_NE(plugin_, nullptr) << host_.text;
    ASSERT_EQ(plugin_->device_open(host_.get(), 0, nullptr, 0, &device_), BP_OK) << host_.text;
  }
  void TearDown() override {
    if (plugin_ != nullptr) plugin_->device_close(device_);
    EXPECT_EQ(host_.live, 0u);
    EXPECT_FALSE(host_.gave_back_wrong);
  }

  bp_buffer_t* buffer(uint64_t size) {
    bp_buffer_t* made = nullptr;
    EXPECT_EQ(plugin_->memory->buffer_create(device_, BP_MEMORY_DEVICE, size, &made), BP_OK);
    return made;
  }

  // A node Add of these types, with one field changed by the caller.
  bp_node_t add_node(const bp_tensor_type_t* inputs, const bp_tensor_type_t* output) {
    bp_node_t node = {};
    node.struct_size = sizeof(node);
    node.since = 14;
    node.domain = "";
    node.op = "Add";
    node.name = "sum";
    node.input_count = 2;
    node.output_count = 1;
    node.inputs = inputs;
    node.outputs = output;
    return node;
  }

  std::vector<float> add(bp_kernel_t* kernel, const Shape& a_shape, const std::vector<float>& a,
                         const Shape& b_shape, const std::vector<float>& b, const Shape& shape);

  void* library_ = nullptr;
  decltype(&bp_plugin_query) query_ = nullptr;
  FakeHost host_;
  const bp_plugin_t* plugin_ = nullptr;
  bp_device_t* device_ = nullptr;
};

// Runs the kernel with every tensor 12 bytes into its buffer.
std::vector<float> Hello::add(bp_kernel_t* kernel, const Shape& a_shape,
                              const std::vector<float>& a, const Shape& b_shape,
                              const std::vector<float>& b, const Shape& shape) {
  const bp_memory_api_t& memory = *plugin_->memory;
  std::vector<float> result(static_cast<size_t>(count_of(shape)), -7.0f);
  bp_tensor_t inputs[2] = {}, output = {};
  const auto place = [&](const Shape& its_shape, const std::vector<float>& values) {
    bp_tensor_t tensor = {};
    tensor.type = float_type(its_shape);
    if (values.empty()) return tensor;  // no elements, no buffer
    tensor.offset = 12;
    tensor.buffer = buffer(12 + values.size() * sizeof(float));
    EXPECT_EQ(memory.write(nullptr, tensor.buffer, 12, values.data(), values.size() * 4), BP_OK);
    return tensor;
  };
  inputs[0] = place(a_shape, a);
  inputs[1] = place(b_shape, b);
  output = place(shape, result);
  EXPECT_EQ(plugin_->kernel->launch(kernel, nullptr, inputs, &output, nullptr), BP_OK)
      << host_.text;
  if (!result.empty()) {
    EXPECT_EQ(memory.read(nullptr, output.buffer, 12, result.data(), result.size() * 4), BP_OK);
  }
  for (bp_buffer_t* used : {inputs[0].buffer, inputs[1].buffer, output.buffer})
    memory.buffer_destroy(used);
  return result;
}

// The definition, index by index: numpy's broadcasting.
float element(const Shape& shape, const std::vector<float>& values, const Shape& index) {
  int64_t position = 0;
  const size_t missing = index.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    position = position * shape[axis] + (shape[axis] == 1 ? 0 : index[axis + missing]);
  return values[static_cast<size_t>(position)];
}

std::vector<float> expected_sum(const Shape& a_shape, const std::vector<float>& a,
                                const Shape& b_shape, const std::vector<float>& b,
                                const Shape& shape) {
  std::vector<float> sum;
  Shape index(shape.size(), 0);
  for (int64_t i = 0; i < count_of(shape); ++i) {
    sum.push_back(element(a_shape, a, index) + element(b_shape, b, index));
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];) index[axis] = 0;
  }
  return sum;
}

TEST_P(Hello, AddsAnyShapesThatBroadcast) {
  std::mt19937 random(7);
  const Shape unknown = {-1};
  const bp_tensor_type_t inputs[] = {float_type(unknown), float_type(unknown)};
  const bp_tensor_type_t output = float_type(unknown);
  const bp_node_t node = add_node(inputs, &output);
  ASSERT_EQ(plugin_->kernel->supports(device_, &node), BP_OK) << host_.text;
  bp_kernel_t* kernel = nullptr;
  ASSERT_EQ(plugin_->kernel->kernel_create(device_, &node, &kernel), BP_OK) << host_.text;
  ASSERT_NE(plugin_->kernel->kernel_info, nullptr);
  EXPECT_EQ(plugin_->kernel->kernel_info(kernel)->is_shape_free, 1u);

  for (int round = 0; round < 500; ++round) {
    Shape shape(random() % (BP_MAX_RANK + 1));
    for (int64_t& size : shape) size = random() % 10 == 0 ? 0 : 1 + random() % 3;
    const auto shrink = [&] {  // an input that broadcasts to `shape`
      Shape input(shape.begin() + static_cast<ptrdiff_t>(random() % (shape.size() + 1)),
                  shape.end());
      for (int64_t& size : input) size = random() % 3 == 0 ? 1 : size;
      return input;
    };
    Shape a_shape = shrink(), b_shape = shape;
    if (round % 2 == 0) std::swap(a_shape, b_shape);
    const auto values = [&](const Shape& of) {
      std::vector<float> made(static_cast<size_t>(count_of(of)));
      for (float& value : made) value = static_cast<float>(static_cast<int>(random() % 999));
      return made;
    };
    const std::vector<float> a = values(a_shape), b = values(b_shape);
    ASSERT_EQ(add(kernel, a_shape, a, b_shape, b, shape),
              expected_sum(a_shape, a, b_shape, b, shape))
        << "round " << round;
  }
  plugin_->kernel->kernel_destroy(kernel);
}

TEST_P(Hello, BroadcastsBothInputsAtOnce) {
  const bp_tensor_type_t inputs[] = {float_type({3, 1}), float_type({1, 2})};
  const bp_tensor_type_t output = float_type({3, 2});
  const bp_node_t node = add_node(inputs, &output);
  bp_kernel_t* kernel = nullptr;
  ASSERT_EQ(plugin_->kernel->kernel_create(device_, &node, &kernel), BP_OK) << host_.text;
  EXPECT_EQ(add(kernel, {3, 1}, {10, 20, 30}, {1, 2}, {1, 2}, {3, 2}),
            (std::vector<float>{11, 12, 21, 22, 31, 32}));
  plugin_->kernel->kernel_destroy(kernel);
}

TEST_P(Hello, RefusesOtherNodesInWords) {
  const auto refusal = [&](auto change) {
    bp_tensor_type_t types[] = {float_type({2}), float_type({2}), float_type({2})};
    bp_node_t node = add_node(types, &types[2]);
    change(node, types);
    host_.text.clear();
    EXPECT_EQ(plugin_->kernel->supports(device_, &node), BP_STATUS_UNSUPPORTED);
    EXPECT_NE(host_.text, "");
    bp_kernel_t* kernel = nullptr;
    EXPECT_EQ(plugin_->kernel->kernel_create(device_, &node, &kernel), BP_STATUS_UNSUPPORTED);
    EXPECT_EQ(kernel, nullptr);
    return host_.text;
  };
  using Types = bp_tensor_type_t*;
  EXPECT_THAT(refusal([](bp_node_t& node, Types) { node.op = "MatMul"; }), HasSubstr("MatMul"));
  EXPECT_THAT(refusal([](bp_node_t& node, Types) { node.domain = "com.acme"; }), HasSubstr("Add"));
  EXPECT_THAT(refusal([](bp_node_t& node, Types) { node.since = 6; }), HasSubstr("6"));
  EXPECT_THAT(refusal([](bp_node_t& node, Types) { node.since = 99; }), HasSubstr("99"));
  EXPECT_NE(refusal([](bp_node_t&, Types types) {
              for (int i = 0; i < 3; ++i) types[i].dtype = BP_DTYPE_INT32;
            }),
            "");
}

TEST_P(Hello, ChecksEveryRange) {
  const bp_memory_api_t& memory = *plugin_->memory;
  bp_buffer_t* target = buffer(16);
  const char bytes[] = "0123456789abcdef";
  char back[17] = {};
  EXPECT_EQ(memory.write(nullptr, target, 0, bytes, 16), BP_OK);
  EXPECT_EQ(memory.write(nullptr, target, 16, nullptr, 0), BP_OK);
  const uint64_t wrong[][2] = {{1, 16}, {17, 0},         {16, 1},
                               {0, 17}, {UINT64_MAX, 2}, {8, UINT64_MAX}};
  for (const auto& [offset, size] : wrong) {
    host_.text.clear();
    EXPECT_EQ(memory.write(nullptr, target, offset, bytes, size), BP_STATUS_INVALID_ARGUMENT);
    EXPECT_THAT(host_.text, HasSubstr("16"));
    EXPECT_EQ(memory.read(nullptr, target, offset, back, size), BP_STATUS_INVALID_ARGUMENT);
  }
  EXPECT_EQ(memory.read(nullptr, target, 3, back, 5), BP_OK);
  EXPECT_STREQ(back, "34567");
  memory.buffer_destroy(target);
}

TEST_P(Hello, RefusesImpossibleBuffers) {
  const bp_memory_api_t& memory = *plugin_->memory;
  bp_buffer_t* made = nullptr;
  EXPECT_EQ(memory.buffer_create(device_, BP_MEMORY_DEVICE, 0, &made), BP_STATUS_INVALID_ARGUMENT);
  const uint64_t most = plugin_->device_info(host_.get(), 0)->max_buffer_size;
  EXPECT_EQ(memory.buffer_create(device_, BP_MEMORY_DEVICE, most + 1, &made),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory.buffer_create(device_, BP_MEMORY_DEVICE, most, &made), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(memory.buffer_create(device_, 77, 64, &made), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(host_.text, HasSubstr("77"));
  EXPECT_EQ(made, nullptr);
}

TEST_P(Hello, WorksOnAfterMemoryRanOut) {
  const bp_tensor_type_t types[] = {float_type({2}), float_type({2}), float_type({2})};
  const bp_node_t node = add_node(types, &types[2]);
  bp_buffer_t* made = nullptr;
  bp_kernel_t* kernel = nullptr;
  bp_device_t* second = nullptr;
  host_.has_no_memory = true;
  EXPECT_EQ(plugin_->memory->buffer_create(device_, BP_MEMORY_DEVICE, 64, &made),
            BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(plugin_->kernel->kernel_create(device_, &node, &kernel), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(plugin_->device_open(host_.get(), 0, nullptr, 0, &second), BP_STATUS_OUT_OF_MEMORY);
  host_.has_no_memory = false;
  EXPECT_EQ(made, nullptr);
  EXPECT_EQ(kernel, nullptr);
  EXPECT_EQ(second, nullptr);
  ASSERT_EQ(plugin_->kernel->kernel_create(device_, &node, &kernel), BP_OK);
  EXPECT_EQ(add(kernel, {2}, {1, 2}, {2}, {3, 4}, {2}), (std::vector<float>{4, 6}));
  plugin_->kernel->kernel_destroy(kernel);
}

TEST_P(Hello, OpensWithKnownOptionsOnly) {
  bp_device_t* opened = nullptr;
  const bp_option_t known[] = {{"bp.threads", "2"}, {"bp.memory-limit", "1000000"}};
  ASSERT_EQ(plugin_->device_open(host_.get(), 0, known, 2, &opened), BP_OK);
  EXPECT_NE(opened, device_);
  plugin_->device_close(opened);
  opened = nullptr;
  const bp_option_t unknown[] = {{"bp.threads", "2"}, {"com.acme.turbo", "1"}};
  EXPECT_EQ(plugin_->device_open(host_.get(), 0, unknown, 2, &opened), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host_.text, HasSubstr("com.acme.turbo"));
  EXPECT_EQ(plugin_->device_open(host_.get(), 1, nullptr, 0, &opened), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(opened, nullptr);
  EXPECT_EQ(plugin_->device_info(host_.get(), 1), nullptr);
}

TEST_P(Hello, RefusesAHostOfAnotherAbiWithBothVersions) {
  for (const bp_version_t& abi : {bp_version_t{9, 4}, bp_version_t{BP_ABI_MAJOR, 0}}) {
    FakeHost other;
    other.claim_abi(abi);
    EXPECT_EQ(query_(other.get()), nullptr);
    EXPECT_THAT(other.text, HasSubstr("0.2"));
    EXPECT_THAT(other.text, HasSubstr(std::to_string(abi.major) + "." + std::to_string(abi.minor)));
  }
  FakeHost newer;
  newer.claim_abi({BP_ABI_MAJOR, BP_ABI_MINOR + 1});
  EXPECT_EQ(query_(newer.get()), plugin_);
}

TEST_P(Hello, TakesNullWhereSomethingIsEnded) {
  plugin_->memory->buffer_destroy(nullptr);
  plugin_->kernel->kernel_destroy(nullptr);
  plugin_->device_close(nullptr);
}

INSTANTIATE_TEST_SUITE_P(InC, Hello, testing::Values(BACKPLANE_HELLO));
INSTANTIATE_TEST_SUITE_P(InCpp, Hello, testing::Values(BACKPLANE_HELLO_CPP));

}  // namespace
}  // namespace backplane::tests
