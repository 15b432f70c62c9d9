#include "check/layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <thread>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kForEver = UINT64_MAX;
constexpr int64_t kCount = 8;
constexpr uint64_t kBytes = kCount * sizeof(float);

// What every device does, in the order of `stream` (NULL: at once), each result compared.
void use_device(Checked& checked, bp_device_t* device, bp_stream_t* stream) {
  const bp_memory_api_t& memory = checked.memory();
  const bp_kernel_api_t& kernel = checked.kernel();
  const auto finish = [&] {
    if (stream == nullptr) return;
    EXPECT_EQ(checked.stream().stream_synchronize(stream, kForEver), BP_OK);
  };
  bp_buffer_t* buffer = checked.make_buffer(device, 1024);
  bp_buffer_t* other = checked.make_buffer(device, 1024);
  std::array<float, kCount> numbers = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(memory.write(stream, buffer, 0, numbers.data(), kBytes), BP_OK);
  EXPECT_EQ(memory.copy(stream, buffer, 64, buffer, 0, kBytes), BP_OK);
  EXPECT_EQ(memory.copy(stream, other, 0, buffer, 0, kBytes), BP_OK);
  EXPECT_EQ(memory.write(stream, buffer, 1, numbers.data(), 0), BP_OK);
  const uint32_t zero = 0;
  EXPECT_EQ(memory.fill(stream, buffer, 128, 64, &zero, sizeof zero), BP_OK);
  EXPECT_EQ(memory.write(stream, buffer, 1020, numbers.data(), 5), BP_STATUS_INVALID_ARGUMENT);

  fake::Node add("Add", kCount);
  EXPECT_EQ(kernel.supports(device, add.get()), BP_OK);
  EXPECT_EQ(kernel.supports(device, add.get()), BP_OK);
  EXPECT_EQ(kernel.supports(device, fake::Node("Conv", kCount).get()), BP_STATUS_UNSUPPORTED);
  EXPECT_GT(kernel.estimate_ns(device, add.get()), 0u);
  bp_kernel_t* made = checked.make_kernel(device, "Add", kCount);
  EXPECT_EQ(kernel.kernel_info(made)->in_place_count, 2u);
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 0, kCount), fake::tensor(buffer, 64, kCount)};
  const bp_tensor_t apart = fake::tensor(other, 256, kCount);
  const bp_tensor_t scratch = {{BP_DTYPE_UINT8, 1, 0, {64}}, other, 512, nullptr, nullptr};
  EXPECT_EQ(kernel.launch(made, stream, inputs, &apart, nullptr), BP_OK);
  EXPECT_EQ(kernel.launch(made, stream, inputs, &apart, &scratch), BP_OK);
  EXPECT_EQ(kernel.launch(made, stream, inputs, &inputs[0], nullptr), BP_OK);  // in place

  std::array<float, kCount> sums = {};
  std::array<float, kCount> sums_in_place = {};
  EXPECT_EQ(memory.read(stream, other, 256, sums.data(), kBytes), BP_OK);
  EXPECT_EQ(memory.read(stream, buffer, 0, sums_in_place.data(), kBytes), BP_OK);
  finish();
  EXPECT_THAT(sums, ElementsAre(2, 4, 6, 8, 10, 12, 14, 16));
  EXPECT_EQ(sums, sums_in_place);

  void* mapped = nullptr;
  EXPECT_EQ(memory.map(buffer, &mapped), BP_OK);
  EXPECT_EQ(static_cast<const float*>(mapped)[3], sums[3]);
  uint64_t exported = 0;
  EXPECT_EQ(memory.buffer_export(buffer, BP_HANDLE_HOST_POINTER, &exported), BP_OK);
  EXPECT_EQ(memory.buffer_export(buffer, BP_HANDLE_FD, &exported), BP_STATUS_UNSUPPORTED);
  bp_buffer_t* imported = nullptr;
  EXPECT_EQ(memory.buffer_import(device, BP_HANDLE_HOST_POINTER,
                                 reinterpret_cast<uintptr_t>(numbers.data()), kBytes, &imported),
            BP_OK);
  EXPECT_EQ(memory.read(stream, imported, 0, sums.data(), kBytes), BP_OK);
  finish();
  EXPECT_EQ(sums, numbers);
  uint64_t free = 0;
  uint64_t total = 0;
  EXPECT_EQ(memory.usage(device, &free, &total), BP_OK);
  EXPECT_EQ(memory.host_space(device), memory.host_space(device));

  bp_kernel_t* scale = checked.make_kernel(device, "Scale", kCount);
  const bp_tensor_type_t types[] = {fake::vector_type(kCount), {BP_DTYPE_FLOAT32, 0, 0, {}}};
  uint64_t size = 0;
  EXPECT_EQ(kernel.scratch_size(scale, types, &types[0], &size), BP_OK);
  EXPECT_EQ(size, kBytes);
  const float factor = 3;
  const bp_tensor_t scaled[] = {fake::tensor(imported, 0, kCount),
                                {types[1], nullptr, 0, nullptr, &factor}};
  EXPECT_EQ(kernel.launch(scale, stream, scaled, &apart, &scratch), BP_OK);
  EXPECT_EQ(memory.read(stream, other, 256, sums.data(), kBytes), BP_OK);
  finish();
  EXPECT_THAT(sums, ElementsAre(3, 6, 9, 12, 15, 18, 21, 24));

  kernel.kernel_destroy(scale);
  kernel.kernel_destroy(made);
  kernel.kernel_destroy(nullptr);
  memory.buffer_destroy(imported);
  memory.buffer_destroy(other);
  memory.buffer_destroy(buffer);
  memory.buffer_destroy(nullptr);
}

// What streams and events do besides.
void use_streams(Checked& checked, bp_device_t* device) {
  const bp_stream_api_t& api = checked.stream();
  bp_stream_t* first = checked.make_stream(device);
  bp_stream_t* second = checked.make_stream(device);
  bp_event_t* gate = checked.make_event(device, BP_EVENT_FLAG_HOST_SIGNALED);
  bp_event_t* start = checked.make_event(device, BP_EVENT_FLAG_TIMED);
  bp_event_t* end = checked.make_event(device, BP_EVENT_FLAG_TIMED);
  EXPECT_EQ(api.event_query(start), BP_OK);
  EXPECT_EQ(api.event_query(gate), BP_STATUS_NOT_READY);
  EXPECT_EQ(api.event_wait(gate, first), BP_OK);
  EXPECT_EQ(api.event_record(start, first), BP_OK);
  EXPECT_EQ(api.event_wait(start, second), BP_OK);
  EXPECT_EQ(api.event_record(end, second), BP_OK);
  uint64_t elapsed = 0;
  EXPECT_EQ(api.event_elapsed(start, end, &elapsed), BP_STATUS_NOT_READY);
  EXPECT_EQ(api.stream_synchronize(second, 0), BP_STATUS_TIMEOUT);
  EXPECT_EQ(api.event_synchronize(end, 0), BP_STATUS_TIMEOUT);
  std::promise<bp_status_t> called;
  EXPECT_EQ(api.host_call(
                second,
                [](void* argument, bp_status_t status) {
                  static_cast<std::promise<bp_status_t>*>(argument)->set_value(status);
                },
                &called),
            BP_OK);
  EXPECT_EQ(api.event_signal(gate, BP_OK), BP_OK);
  EXPECT_EQ(api.event_signal(gate, BP_OK), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(api.event_synchronize(end, kForEver), BP_OK);
  EXPECT_EQ(called.get_future().get(), BP_OK);
  EXPECT_EQ(api.event_elapsed(start, end, &elapsed), BP_OK);
  EXPECT_EQ(api.stream_synchronize(nullptr, 0), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(api.event_record(start, nullptr), BP_STATUS_INVALID_ARGUMENT);
  for (bp_event_t* event : {gate, start, end, static_cast<bp_event_t*>(nullptr)})
    api.event_destroy(event);
  for (bp_stream_t* stream : {first, second, static_cast<bp_stream_t*>(nullptr)})
    api.stream_destroy(stream);
}

// A stream that fails because an event was signalled so, and what comes after the failure.
void fail_a_stream(Checked& checked, bp_device_t* device) {
  const bp_stream_api_t& api = checked.stream();
  bp_stream_t* stream = checked.make_stream(device);
  bp_event_t* gate = checked.make_event(device, BP_EVENT_FLAG_HOST_SIGNALED);
  bp_event_t* after = checked.make_event(device);
  EXPECT_EQ(api.event_wait(gate, stream), BP_OK);
  EXPECT_EQ(api.event_signal(gate, BP_STATUS_CORRUPT), BP_OK);
  EXPECT_EQ(api.stream_synchronize(stream, kForEver), BP_STATUS_CORRUPT);
  EXPECT_EQ(api.stream_synchronize(stream, kForEver), BP_STATUS_CORRUPT);
  EXPECT_EQ(api.event_record(after, stream), BP_OK);
  EXPECT_EQ(api.event_synchronize(after, kForEver), BP_STATUS_CORRUPT);
  EXPECT_EQ(api.event_query(after), BP_STATUS_CORRUPT);
  std::promise<bp_status_t> called;
  EXPECT_EQ(api.host_call(
                stream,
                [](void* argument, bp_status_t status) {
                  static_cast<std::promise<bp_status_t>*>(argument)->set_value(status);
                },
                &called),
            BP_OK);
  EXPECT_EQ(called.get_future().get(), BP_STATUS_CORRUPT);
  api.event_destroy(gate);
  api.event_destroy(after);
  api.stream_destroy(stream);
}

TEST(Layer, SaysNothingOfAnHonestPluginAndAnHonestHost) {
  Checked checked;
  checked.start();
  const bp_plugin_t& table = checked.table();
  EXPECT_NE(table.device_info(checked.host().table(), 0), nullptr);
  EXPECT_NE(table.device_info(checked.host().table(), 1), nullptr);
  EXPECT_EQ(table.device_info(checked.host().table(), 2), nullptr);
  const bp_option_t unknown = {"threads", "2"};
  bp_device_t* none = nullptr;
  EXPECT_EQ(table.device_open(checked.host().table(), 0, &unknown, 1, &none),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(none, nullptr);
  use_device(checked, checked.device(fake::kSynchronous), nullptr);
  const auto on_own_stream = [&] {
    bp_device_t* device = checked.device(fake::kAsynchronous);
    bp_stream_t* stream = checked.make_stream(device);
    use_device(checked, device, stream);
    checked.stream().stream_destroy(stream);
    use_streams(checked, device);
    fail_a_stream(checked, device);
  };
  checked.device(fake::kAsynchronous);
  std::thread other(on_own_stream);
  on_own_stream();
  other.join();
  table.device_close(checked.device(fake::kSynchronous));
  table.device_close(checked.device(fake::kAsynchronous));
  table.device_close(nullptr);
  checked.forget_devices();
  table.unload();
  EXPECT_THAT(checked.take_violations(), IsEmpty());
  EXPECT_EQ(checked.host().block_count(), 0u);
}

TEST(Layer, HasTheSameIdentityAndTheSameOptionalFunctions) {
  Checked checked;
  bp_plugin_t& plugin = checked.plugin().plugin;
  plugin.unload = nullptr;
  checked.plugin().memory.copy = nullptr;
  checked.plugin().stream.host_call = nullptr;
  checked.plugin().kernel.estimate_ns = nullptr;
  checked.start();
  EXPECT_STREQ(checked.table().id, plugin.id);
  EXPECT_STREQ(checked.table().build_id, plugin.build_id);
  EXPECT_EQ(checked.table().struct_size, sizeof(bp_plugin_t));
  EXPECT_EQ(checked.table().unload, nullptr);
  EXPECT_EQ(checked.memory().copy, nullptr);
  EXPECT_EQ(checked.stream().host_call, nullptr);
  EXPECT_EQ(checked.kernel().estimate_ns, nullptr);
  EXPECT_NE(checked.memory().fill, nullptr);
}

TEST(Layer, OffersNoStreamsWhereThePluginHasNone) {
  Checked checked;
  checked.plugin().plugin.stream = nullptr;
  checked.start();
  EXPECT_EQ(checked.table().stream, nullptr);
}

// An older plugin's table is shorter; what it lacks is not offered.
TEST(Layer, KeepsTheSizeOfAShorterTableAndCutsThatOfALongerOne) {
  Checked checked;
  checked.plugin().kernel.struct_size = offsetof(bp_kernel_api_t, estimate_ns);
  checked.plugin().memory.struct_size = sizeof(bp_memory_api_t) + 64;
  checked.start();
  EXPECT_EQ(checked.kernel().struct_size, offsetof(bp_kernel_api_t, estimate_ns));
  EXPECT_FALSE(BP_HAS(bp_kernel_api_t, checked.table().kernel, estimate_ns));
  EXPECT_EQ(checked.kernel().estimate_ns, nullptr);
  EXPECT_EQ(checked.memory().struct_size, sizeof(bp_memory_api_t));
}

TEST(Layer, NamesEveryFunctionBeforeItIsEntered) {
  const auto tables = fake::honest_tables();
  fake::Host host;
  std::vector<std::string> entered;
  Options options;
  options.user = &entered;
  options.entering = [](void* user, const char* function) {
    static_cast<std::vector<std::string>*>(user)->push_back(function);
  };
  const Layer layer(&tables->plugin, options);
  const bp_plugin_t& table = *layer.table();
  bp_device_t* device = nullptr;
  bp_buffer_t* buffer = nullptr;
  ASSERT_EQ(table.device_open(host.table(), 0, nullptr, 0, &device), BP_OK);
  ASSERT_EQ(table.memory->buffer_create(device, 0, 16, &buffer), BP_OK);
  table.memory->buffer_destroy(buffer);
  table.device_close(device);
  EXPECT_THAT(entered, ElementsAre("device_open", "device_info", "buffer_create", "buffer_destroy",
                                   "device_close"));
}

// Layers that ended with a device still open keep their places: those of the test after this one.
size_t kept_places = 0;

TEST(Layer, SixtyFourLiveAtOnceAndOneMoreHasNoTable) {
  const auto tables = fake::honest_tables();
  std::vector<std::unique_ptr<Layer>> layers(64 - kept_places);
  for (std::unique_ptr<Layer>& layer : layers) {
    layer = std::make_unique<Layer>(&tables->plugin, Options());
    ASSERT_NE(layer->table(), nullptr);
  }
  EXPECT_EQ(Layer(&tables->plugin, Options()).table(), nullptr);
  EXPECT_NE(layers.front()->table()->unload, layers.back()->table()->unload);
  layers.erase(layers.begin() + 5);
  EXPECT_NE(Layer(&tables->plugin, Options()).table(), nullptr);
}

TEST(Layer, ThatEndsBeforeItsDevicesAnswersThePluginNoMore) {
  static const bp_host_t* kept = nullptr;
  Checked checked;
  checked.plugin().plugin.device_open = [](const bp_host_t* host, uint32_t index,
                                           const bp_option_t* options, uint32_t count,
                                           bp_device_t** out_device) {
    kept = host;
    return fake::honest_tables()->plugin.device_open(host, index, options, count, out_device);
  };
  checked.start();
  checked.device();
  checked.forget_devices();
  checked.stop();
  ++kept_places;
  EXPECT_EQ(kept->allocate(kept->self, 64, 64), nullptr);
  kept->explain(kept->self, "too late");
  EXPECT_EQ(checked.host().last_explanation(), "");
  EXPECT_THAT(checked.take_violations(), IsEmpty());
}

}  // namespace
}  // namespace backplane::check
