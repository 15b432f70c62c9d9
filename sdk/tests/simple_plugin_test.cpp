// A plugin made with backplane/plugin.hpp, in this program: what a vendor gets from the headers
// beyond what hello uses. The operator is the one that docs/write-a-plugin.md shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <backplane/plugin.hpp>
#include <vector>

#include "fake_host.hpp"
#include "leaky_relu.hpp"

namespace backplane::tests {
namespace {

using namespace backplane::plugin;
using testing::HasSubstr;

// Doubles its input through scratch of the size of the input; fails on demand.
class Twice : public Kernel {
 public:
  static void check(const Node& node) { require_dtype(node, BP_DTYPE_FLOAT32); }
  Twice(const Node& node, const bp_host_t* host)
      : kept_(8, 2.0f, HostAllocator<float>(host)),
        should_throw_(node.int_attribute("throw", 0) != 0) {
    info_.scratch_size = BP_SIZE_UNKNOWN;
  }
  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return element_count(inputs[0]) * sizeof(float);
  }
  void run(const Launch& launch) const override {
    if (should_throw_) throw std::runtime_error("as asked");
    const auto* input = launch.input<float>(0);
    auto* scratch = static_cast<float*>(launch.scratch());
    const uint64_t count = element_count(launch.input_type(0));
    for (uint64_t i = 0; i < count; ++i) scratch[i] = kept_[0] * input[i];
    for (uint64_t i = 0; i < count; ++i) launch.output<float>(0)[i] = scratch[i];
  }

 private:
  std::vector<float, HostAllocator<float>> kept_;
  bool should_throw_;
};

constexpr Operator kOperators[] = {implement<Twice>("Twice", {1}, "org.example"),
                                   implement<LeakyRelu>("LeakyRelu", {6, 16})};
constexpr Definition kTest("org.example.test", "1.2.3", "Example", "abc", "test", kOperators);

class SimplePlugin : public testing::Test {
 protected:
  SimplePlugin() : plugin_(query<kTest>(host_.get())), memory_(*plugin_->memory) {
    EXPECT_EQ(plugin_->device_open(host_.get(), 0, nullptr, 0, &device_), BP_OK);
  }
  ~SimplePlugin() override {
    plugin_->device_close(device_);
    EXPECT_EQ(host_.live, 0u);
    EXPECT_FALSE(host_.gave_back_wrong);
  }

  bp_buffer_t* buffer(bp_memory_kind_t kind, uint64_t size) {
    bp_buffer_t* made = nullptr;
    EXPECT_EQ(memory_.buffer_create(device_, kind, size, &made), BP_OK) << host_.text;
    return made;
  }
  bp_kernel_t* kernel(const char* domain, const char* op, uint32_t since,
                      const std::vector<bp_attribute_t>& attributes) {
    bp_tensor_type_t type = {BP_DTYPE_FLOAT32, 1, 0, {4}};
    bp_node_t node = {};
    node.struct_size = sizeof(node);
    node.domain = domain;
    node.op = op;
    node.name = "";
    node.since = since;
    node.input_count = node.output_count = 1;
    node.inputs = node.outputs = &type;
    node.attributes = attributes.data();
    node.attribute_count = static_cast<uint32_t>(attributes.size());
    bp_kernel_t* made = nullptr;
    EXPECT_EQ(plugin_->kernel->supports(device_, &node), BP_OK) << host_.text;
    EXPECT_EQ(plugin_->kernel->kernel_create(device_, &node, &made), BP_OK) << host_.text;
    return made;
  }
  // Runs on {-2, -1, 1, 2}, the input given as an address in host_space.
  bp_status_t run(bp_kernel_t* of, std::vector<float>* result) {
    const std::vector<float> values = {-2, -1, 1, 2};
    const bp_tensor_type_t type = {BP_DTYPE_FLOAT32, 1, 0, {4}};
    bp_tensor_t input = {}, output = {}, scratch = {};
    input.type = output.type = type;
    input.buffer = memory_.host_space(device_);
    input.offset = reinterpret_cast<uintptr_t>(values.data());
    output.buffer = buffer(BP_MEMORY_DEVICE, 16);
    uint64_t size = plugin_->kernel->kernel_info(of)->scratch_size;
    if (size == BP_SIZE_UNKNOWN) {
      EXPECT_EQ(plugin_->kernel->scratch_size(of, &type, &type, &size), BP_OK);
    }
    if (size != 0) scratch.buffer = buffer(BP_MEMORY_DEVICE, size);
    scratch.type = {BP_DTYPE_UINT8, 1, 0, {static_cast<int64_t>(size)}};
    const bp_status_t status =
        plugin_->kernel->launch(of, nullptr, &input, &output, size != 0 ? &scratch : nullptr);
    result->resize(4);
    EXPECT_EQ(memory_.read(nullptr, output.buffer, 0, result->data(), 16), BP_OK);
    memory_.buffer_destroy(output.buffer);
    memory_.buffer_destroy(scratch.buffer);
    return status;
  }

  FakeHost host_;
  const bp_plugin_t* plugin_;
  const bp_memory_api_t& memory_;
  bp_device_t* device_ = nullptr;
};

TEST_F(SimplePlugin, CarriesWhatItsDefinitionSays) {
  EXPECT_STREQ(plugin_->id, "org.example.test");
  EXPECT_STREQ(plugin_->version, "1.2.3");
  EXPECT_STREQ(plugin_->vendor, "Example");
  EXPECT_STREQ(plugin_->build_id, "abc");
  EXPECT_STREQ(plugin_->device_info(host_.get(), 0)->name, "test");
  EXPECT_EQ(plugin_, query<kTest>(host_.get()));
}

TEST_F(SimplePlugin, RunsAnOperatorWithAnAttribute) {
  const float alpha = 0.5f;
  bp_kernel_t* made = kernel("", "LeakyRelu", 16, {{"alpha", BP_ATTRIBUTE_FLOAT, 1, &alpha}});
  std::vector<float> result;
  EXPECT_EQ(run(made, &result), BP_OK) << host_.text;
  EXPECT_EQ(result, (std::vector<float>{-1, -0.5, 1, 2}));
  plugin_->kernel->kernel_destroy(made);
}

TEST_F(SimplePlugin, AsksForScratchAtEachLaunch) {
  bp_kernel_t* made = kernel("org.example", "Twice", 1, {});
  std::vector<float> result;
  EXPECT_EQ(run(made, &result), BP_OK) << host_.text;
  EXPECT_EQ(result, (std::vector<float>{-4, -2, 2, 4}));
  plugin_->kernel->kernel_destroy(made);
}

TEST_F(SimplePlugin, TurnsAnExceptionOfAKernelIntoStatusAndText) {
  const int64_t yes = 1;
  bp_kernel_t* made = kernel("org.example", "Twice", 1, {{"throw", BP_ATTRIBUTE_INT, 1, &yes}});
  std::vector<float> result;
  EXPECT_EQ(run(made, &result), BP_STATUS_INTERNAL);
  EXPECT_EQ(host_.text, "as asked");
  plugin_->kernel->kernel_destroy(made);
}

TEST_F(SimplePlugin, RefusesALaunchThatReachesOutOfItsBuffer) {
  const float alpha = 0.5f;
  bp_kernel_t* made = kernel("", "LeakyRelu", 6, {{"alpha", BP_ATTRIBUTE_FLOAT, 1, &alpha}});
  bp_tensor_t input = {}, output = {};
  input.type = output.type = {BP_DTYPE_FLOAT32, 1, 0, {4}};
  input.buffer = buffer(BP_MEMORY_DEVICE, 16);
  output.buffer = buffer(BP_MEMORY_DEVICE, 15);
  EXPECT_EQ(plugin_->kernel->launch(made, nullptr, &input, &output, nullptr),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(host_.text, "16 bytes at offset 0 leave a buffer of 15 bytes");
  memory_.buffer_destroy(input.buffer);
  memory_.buffer_destroy(output.buffer);
  plugin_->kernel->kernel_destroy(made);
}

TEST_F(SimplePlugin, CopiesBetweenKindsAndRefusesOverlap) {
  bp_buffer_t* staging = buffer(BP_MEMORY_STAGING, 8);
  bp_buffer_t* device = buffer(BP_MEMORY_DEVICE, 8);
  void* mapped = nullptr;
  ASSERT_EQ(memory_.map(staging, &mapped), BP_OK);
  std::memcpy(mapped, "abcdefgh", 8);
  EXPECT_EQ(memory_.copy(nullptr, device, 0, staging, 4, 4), BP_OK);
  EXPECT_EQ(memory_.copy(nullptr, device, 4, staging, 0, 4), BP_OK);
  char back[9] = {};
  EXPECT_EQ(memory_.read(nullptr, device, 0, back, 8), BP_OK);
  EXPECT_STREQ(back, "efghabcd");
  EXPECT_EQ(memory_.copy(nullptr, device, 2, device, 0, 3), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.copy(nullptr, device, 4, device, 0, 4), BP_OK);
  EXPECT_EQ(memory_.copy(nullptr, device, 4, device, 4, 0), BP_OK);
  EXPECT_EQ(memory_.copy(nullptr, device, 0, staging, 5, 4), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.write(nullptr, staging, 0, back, 1), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host_.text, HasSubstr("staging"));
  memory_.buffer_destroy(staging);
  memory_.buffer_destroy(device);
}

TEST_F(SimplePlugin, FillsWithPatternsOfFourSizes) {
  bp_buffer_t* target = buffer(BP_MEMORY_DEVICE, 16);
  const unsigned char pattern[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (uint32_t size : {1u, 2u, 4u, 8u}) {
    ASSERT_EQ(memory_.fill(nullptr, target, 0, 16, pattern, size), BP_OK);
    unsigned char back[16];
    ASSERT_EQ(memory_.read(nullptr, target, 0, back, 16), BP_OK);
    for (uint32_t i = 0; i < 16; ++i) EXPECT_EQ(back[i], pattern[i % size]);
  }
  for (uint32_t size : {0u, 3u, 16u})
    EXPECT_EQ(memory_.fill(nullptr, target, 0, 0, pattern, size), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.fill(nullptr, target, 2, 4, pattern, 4), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.fill(nullptr, target, 4, 6, pattern, 4), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.fill(nullptr, target, 16, 4, pattern, 4), BP_STATUS_INVALID_ARGUMENT);
  memory_.buffer_destroy(target);
}

TEST_F(SimplePlugin, ImportsAndExportsHostPointers) {
  alignas(8) char bytes[16] = "import me";
  bp_buffer_t* imported = nullptr;
  const auto address = reinterpret_cast<uintptr_t>(bytes);
  ASSERT_EQ(memory_.buffer_import(device_, BP_HANDLE_HOST_POINTER, address, 16, &imported), BP_OK);
  EXPECT_EQ(memory_.write(nullptr, imported, 0, "IM", 2), BP_OK);
  EXPECT_STREQ(bytes, "IMport me");
  uint64_t handle = 0;
  EXPECT_EQ(memory_.buffer_export(imported, BP_HANDLE_HOST_POINTER, &handle), BP_OK);
  EXPECT_EQ(handle, address);
  EXPECT_EQ(memory_.buffer_export(imported, BP_HANDLE_FD, &handle), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(handle, address);
  memory_.buffer_destroy(imported);
  bp_buffer_t* none = nullptr;
  EXPECT_EQ(memory_.buffer_import(device_, BP_HANDLE_FD, 3, 16, &none), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(memory_.buffer_import(device_, 0, address + 1, 8, &none), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(memory_.buffer_import(device_, 0, 0, 8, &none), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.buffer_import(device_, 0, address, 0, &none), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(none, nullptr);
}

TEST_F(SimplePlugin, NeverMapsOrExportsHostSpace) {
  bp_buffer_t* space = memory_.host_space(device_);
  void* mapped = nullptr;
  uint64_t handle = 0;
  EXPECT_EQ(memory_.map(space, &mapped), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(memory_.buffer_export(space, 0, &handle), BP_STATUS_INVALID_ARGUMENT);
}

TEST_F(SimplePlugin, PlacesBuffersAsItsDeviceInfoSays) {
  const uint64_t alignment = plugin_->device_info(host_.get(), 0)->buffer_alignment;
  for (uint64_t size : {1u, 3u, 64u, 65u}) {
    bp_buffer_t* made = buffer(BP_MEMORY_DEVICE, size);
    void* mapped = nullptr;
    EXPECT_EQ(memory_.map(made, &mapped), BP_OK);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped) % alignment, 0u);
    memory_.buffer_destroy(made);
  }
}

TEST_F(SimplePlugin, NamesTheInputOfAnotherType) {
  bp_tensor_type_t types[] = {{BP_DTYPE_INT64, 0, 0, {}}};
  bp_node_t node = {};
  node.struct_size = sizeof(node);
  node.since = 16;
  node.domain = node.name = "";
  node.op = "LeakyRelu";
  node.input_count = node.output_count = 1;
  node.inputs = node.outputs = types;
  EXPECT_EQ(plugin_->kernel->supports(device_, &node), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(host_.text, "LeakyRelu: input 0 is of type 7, only 1 is supported");
}

// Its operator reads the attribute only when it is made.
TEST_F(SimplePlugin, RefusesAnAttributeOfAnotherKindBeforeItPromises) {
  const int64_t alpha = 1;
  const bp_attribute_t attribute = {"alpha", BP_ATTRIBUTE_INT, 1, &alpha};
  bp_tensor_type_t type = {BP_DTYPE_FLOAT32, 1, 0, {4}};
  bp_node_t node = {};
  node.struct_size = sizeof(node);
  node.domain = node.name = "";
  node.op = "LeakyRelu";
  node.since = 16;
  node.input_count = node.output_count = node.attribute_count = 1;
  node.inputs = node.outputs = &type;
  node.attributes = &attribute;
  EXPECT_EQ(plugin_->kernel->supports(device_, &node), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(host_.text, "LeakyRelu: attribute \"alpha\" is of kind INT, and not FLOAT");
}

}  // namespace
}  // namespace backplane::tests
