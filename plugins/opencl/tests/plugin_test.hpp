// The opencl plugin as a host sees it: opened from its file, called through its tables.
#pragma once

#include <backplane/kernel.h>
#include <backplane/stream.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "../src/test_host.hpp"
#include "support.hpp"

namespace backplane::opencl::tests {

// Ended by the plugin's own function.
template <class Object>
using Owned = std::unique_ptr<Object, void (*)(Object*)>;

constexpr int64_t kCount = 256;  // floats in every buffer of these tests
constexpr uint64_t kBytes = kCount * sizeof(float);

inline bp_tensor_type_t floats() {
  bp_tensor_type_t type = {};
  type.dtype = BP_DTYPE_FLOAT32;
  type.rank = 1;
  type.shape[0] = kCount;
  return type;
}

class PluginTest : public testing::Test {
 protected:
  void SetUp() override {
    void* library = dlopen(BACKPLANE_OPENCL_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto query =
        reinterpret_cast<decltype(&bp_plugin_query)>(dlsym(library, "bp_plugin_query"));
    ASSERT_NE(query, nullptr);
    plugin_ = query(host_.table());
    ASSERT_NE(plugin_, nullptr) << host_.explained();
    if (plugin_->device_info(host_.table(), 0) == nullptr) GTEST_SKIP() << host_.logged();
    device_ = open();
  }
  // Whatever a test has done: nothing stays behind.
  void TearDown() override {
    if (device_ != nullptr) plugin_->device_close(device_);
    the_layer().heal();
    EXPECT_EQ(live_objects(), "");
    EXPECT_EQ(host_.live_bytes(), 0u);
  }

  const bp_memory_api_t& memory() const { return *plugin_->memory; }
  const bp_stream_api_t& streams() const { return *plugin_->stream; }
  const bp_kernel_api_t& kernels() const { return *plugin_->kernel; }

  // Ends the test when a thing that it needs cannot be made.
  void require(bp_status_t status) {
    if (status != BP_OK) throw std::runtime_error(host_.explained());
  }
  // With compiled programs kept in `cache_folder`, if any.
  bp_device_t* open(const std::string& cache_folder = "") {
    const bp_option_t option = {"bp.cache-folder", cache_folder.c_str()};
    bp_device_t* made = nullptr;
    require(plugin_->device_open(host_.table(), 0, &option, 1, &made));
    return made;
  }
  Owned<bp_stream_t> stream(bp_device_t* on, bp_stream_flags_t flags = 0) {
    bp_stream_t* made = nullptr;
    require(streams().stream_create(on, flags, &made));
    return {made, streams().stream_destroy};
  }
  Owned<bp_event_t> event(bp_device_t* on, bp_event_flags_t flags = 0) {
    bp_event_t* made = nullptr;
    require(streams().event_create(on, flags, &made));
    return {made, streams().event_destroy};
  }
  Owned<bp_buffer_t> buffer(bp_device_t* on, bp_memory_kind_t kind = BP_MEMORY_DEVICE) {
    bp_buffer_t* made = nullptr;
    require(memory().buffer_create(on, kind, kBytes, &made));
    return {made, memory().buffer_destroy};
  }
  bp_status_t make_kernel(bp_device_t* on, const char* op, bp_kernel_t** out_kernel) {
    const bp_tensor_type_t types[] = {floats(), floats()};
    bp_node_t node = {};
    node.struct_size = sizeof node;
    node.since = 14;
    node.domain = node.name = "";
    node.op = op;
    node.input_count = std::string(op) == "Add" ? 2 : 1;
    node.output_count = 1;
    node.inputs = node.outputs = types;
    return kernels().kernel_create(on, &node, out_kernel);
  }
  Owned<bp_kernel_t> kernel(bp_device_t* on, const char* op = "Add") {
    bp_kernel_t* made = nullptr;
    require(make_kernel(on, op, &made));
    return {made, kernels().kernel_destroy};
  }
  // to = from + from, when it is Add's.
  bp_status_t launch(bp_kernel_t* of, bp_stream_t* on, bp_buffer_t* from, bp_buffer_t* to) {
    bp_tensor_t input = {};
    input.type = floats();
    input.buffer = from;
    bp_tensor_t output = input;
    output.buffer = to;
    const bp_tensor_t inputs[] = {input, input};
    return kernels().launch(of, on, inputs, &output, nullptr);
  }

  // On a stream of its own: writes 21, adds it to itself, reads.
  void expect_works(bp_device_t* on) {
    const auto given_to = stream(on);
    const auto adds = kernel(on);
    const auto from = buffer(on);
    const auto to = buffer(on);
    std::vector<float> values(kCount, 21);
    EXPECT_EQ(memory().write(given_to.get(), from.get(), 0, values.data(), kBytes), BP_OK);
    EXPECT_EQ(launch(adds.get(), given_to.get(), from.get(), to.get()), BP_OK) << host_.explained();
    EXPECT_EQ(memory().read(given_to.get(), to.get(), 0, values.data(), kBytes), BP_OK);
    EXPECT_EQ(streams().stream_synchronize(given_to.get(), UINT64_MAX), BP_OK) << host_.explained();
    EXPECT_THAT(values, testing::Each(42.0f));
  }

  TestHost host_;
  const bp_plugin_t* plugin_ = nullptr;
  bp_device_t* device_ = nullptr;
};

}  // namespace backplane::opencl::tests
