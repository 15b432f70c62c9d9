// The C API as a framework uses it, on the cpu plugin behind the checking layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "runtime/test_bench.hpp"

namespace backplane::runtime {
namespace {

using testing::HasSubstr;

std::string last_text() { return bp_rt_last_error()->text; }

// ---- Start, plugins, devices -----------------------------------------------------------------

TEST(Runtime, SaysWhichVersionOfTheAbiItSpeaks) {
  EXPECT_EQ(bp_rt_version().major, BP_ABI_MAJOR);
  EXPECT_EQ(bp_rt_version().minor, BP_ABI_MINOR);
}

TEST(Runtime, FindsPluginsAndTheirDevicesAndOpensNone) {
  const Bench bench;
  bool has_cpu = false;
  for (uint32_t i = 0; const bp_rt_plugin_info_t* info = bp_rt_get_plugin_info(bench.rt, i); ++i)
    has_cpu = has_cpu || (std::string(info->id) == "org.backplane.cpu" && info->refusal[0] == '\0');
  EXPECT_TRUE(has_cpu);
  const bp_rt_device_info_t* first = bp_rt_get_device_info(bench.rt, 0);
  const bp_rt_device_info_t* second = bp_rt_get_device_info(bench.rt, 1);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_STREQ(first->plugin_id, "org.backplane.cpu");
  EXPECT_STREQ(first->selector, "cpu");
  EXPECT_STREQ(second->selector, "cpu:1");
  EXPECT_EQ(second->ordinal, 1u);
  EXPECT_EQ(first, bp_rt_get_device_info(bench.rt, 0)) << "entries never move";
  EXPECT_EQ(bp_rt_get_device_info(bench.rt, 99), nullptr);
  EXPECT_EQ(bp_rt_get_plugin_info(bench.rt, 99), nullptr);
}

TEST(Runtime, WrongOptionsAreNamed) {
  const auto failure = [](const char* key, const char* value) {
    const bp_option_t option = {key, value};
    bp_rt_config_t config = {};
    config.struct_size = sizeof config;
    config.options = &option;
    config.option_count = 1;
    bp_rt_t* rt = nullptr;
    const bp_status_t status = bp_rt_create(&config, &rt);
    EXPECT_EQ(rt, nullptr);
    return std::to_string(status) + " " + last_text();
  };
  EXPECT_THAT(failure("plugin-paht", "/x"), HasSubstr("2 the option \"plugin-paht\" is not known"));
  EXPECT_THAT(failure("check", "maybe"),
              HasSubstr("1 the option \"check\" is \"maybe\", and not 0 (nothing), 1"));
}

TEST(Runtime, AConfigOfAnOlderCallerIsReadAsFarAsItGoes) {
  bp_rt_config_t config = {};
  config.struct_size = offsetof(bp_rt_config_t, options);
  config.option_count = 77;  // not there, as far as its size says
  bp_rt_t* rt = nullptr;
  ASSERT_TRUE(done(bp_rt_create(&config, &rt)));
  bp_rt_destroy(rt);
}

TEST(Runtime, APluginThatIsNoneIsRefusedInWords) {
  const Bench bench;
  EXPECT_EQ(bp_rt_plugin_load(bench.rt, "/etc/hostname"), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(last_text(), HasSubstr("/etc/hostname"));
  EXPECT_EQ(bp_rt_last_error()->status, BP_STATUS_INVALID_ARGUMENT);
}

TEST(Runtime, ADeviceThatIsNotThereIsRefusedWithThoseThatAre) {
  const Bench bench;
  bp_rt_device_t* device = nullptr;
  EXPECT_NE(bp_rt_device_open(bench.rt, "gpu:7", nullptr, 0, &device), BP_OK);
  EXPECT_THAT(last_text(), HasSubstr("cpu"));
  EXPECT_STREQ(bp_rt_last_error()->device, "gpu:7");
  EXPECT_EQ(device, nullptr);
}

TEST(Runtime, AMisspeltOptionOfBackplanesOwnIsRefusedWithThoseThatAre) {
  const Bench bench;
  const bp_option_t misspelt = {"bp.memry-limit", "1000"};
  bp_rt_device_t* device = nullptr;
  EXPECT_EQ(bp_rt_device_open(bench.rt, "cpu", &misspelt, 1, &device), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(last_text(), HasSubstr("\"bp.memry-limit\""));
  EXPECT_THAT(last_text(), HasSubstr("bp.memory-limit, bp.threads and bp.cache-folder"));
  EXPECT_EQ(device, nullptr);
}

TEST(Runtime, EveryFunctionTakesNullsWithoutHarm) {
  bp_rt_destroy(nullptr);
  bp_rt_device_close(nullptr);
  bp_rt_memory_destroy(nullptr);
  bp_rt_stream_destroy(nullptr);
  bp_rt_event_destroy(nullptr);
  bp_rt_op_destroy(nullptr);
  bp_rt_graph_destroy(nullptr);
  bp_rt_session_destroy(nullptr);
  bp_rt_run_destroy(nullptr);
  EXPECT_EQ(bp_rt_get_plugin_info(nullptr, 0), nullptr);
  EXPECT_EQ(bp_rt_get_device_info(nullptr, 0), nullptr);
  EXPECT_EQ(bp_rt_get_memory_info(nullptr), nullptr);
  EXPECT_EQ(bp_rt_session_input(nullptr, 0), nullptr);
  EXPECT_EQ(bp_rt_session_output(nullptr, 0), nullptr);
  const bp_status_t wrong = BP_STATUS_INVALID_ARGUMENT;
  EXPECT_EQ(bp_rt_create(nullptr, nullptr), wrong);
  EXPECT_EQ(last_text(), "out_rt is NULL");
  EXPECT_EQ(bp_rt_plugin_load(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_device_open(nullptr, nullptr, nullptr, 0, nullptr), wrong);
  EXPECT_EQ(bp_rt_device_stats(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_device_trim(nullptr), wrong);
  EXPECT_EQ(bp_rt_memory_create(nullptr, nullptr, 0, 1, nullptr), wrong);
  EXPECT_EQ(bp_rt_memory_import(nullptr, 0, 0, 1, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_memory_use(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_copy(nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_stream_create(nullptr, 0, nullptr), wrong);
  EXPECT_EQ(bp_rt_stream_synchronize(nullptr, 0), BP_OK);
  EXPECT_EQ(bp_rt_event_create(nullptr, 0, nullptr), wrong);
  EXPECT_EQ(bp_rt_event_record(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_event_wait(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_event_synchronize(nullptr, 0), wrong);
  EXPECT_EQ(bp_rt_event_elapsed(nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_op_infer(nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_op_create(nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_op_launch(nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_from_onnx(nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_create(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_add_input(nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_add_constant(nullptr, nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_add_node(nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_graph_add_output(nullptr, nullptr, 0), wrong);
  EXPECT_EQ(bp_rt_session_create(nullptr, nullptr, 1, nullptr, 0, nullptr), wrong);
  EXPECT_EQ(bp_rt_session_write(nullptr, nullptr, nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_run_create(nullptr, nullptr), wrong);
  EXPECT_EQ(bp_rt_run_start(nullptr, nullptr, nullptr, nullptr), wrong);
}

TEST(Runtime, TheLastErrorIsTheThreadsOwn) {
  EXPECT_NE(bp_rt_plugin_load(nullptr, "here"), BP_OK);
  std::thread([] {
    EXPECT_EQ(bp_rt_last_error()->status, BP_OK);
    EXPECT_NE(bp_rt_create(nullptr, nullptr), BP_OK);
  }).join();
  EXPECT_EQ(last_text(), "rt is NULL");
}

// ---- Memory and copies -----------------------------------------------------------------------

class OnBothDevices : public testing::TestWithParam<const char*> {
 protected:
  Bench bench_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Cpu, OnBothDevices, testing::Values("cpu", "cpu:1"));

TEST_P(OnBothDevices, MemoryHasAnAddressOfItsOwn) {
  bp_rt_memory_t* a = bench_.memory(100);
  bp_rt_memory_t* b = bench_.memory(100);
  const bp_rt_memory_info_t* info = bp_rt_get_memory_info(a);
  EXPECT_EQ(info->size, 100u);
  EXPECT_EQ(info->kind, uint32_t{BP_MEMORY_DEVICE});
  EXPECT_NE(info->buffer, nullptr);
  EXPECT_NE(info->address, 0u);
  const uint64_t other = bp_rt_get_memory_info(b)->address;
  EXPECT_TRUE(other >= info->address + 100 || other + 100 <= info->address);
  bp_rt_memory_destroy(a);
  bp_rt_memory_destroy(b);
}

TEST_P(OnBothDevices, SizeZeroAndUnknownKindsAreAnswered) {
  bp_rt_memory_t* memory = bench_.memory(0);
  EXPECT_EQ(bp_rt_get_memory_info(memory)->buffer, nullptr);
  bp_rt_memory_destroy(memory);
  bp_rt_memory_t* none = nullptr;
  EXPECT_EQ(bp_rt_memory_create(bench_.device, nullptr, 7, 16, &none), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(bp_rt_memory_create(bench_.device, nullptr, BP_MEMORY_DEVICE, UINT64_MAX, &none),
            BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(none, nullptr);
}

TEST_P(OnBothDevices, StatisticsFollowWhatIsUsed) {
  bp_rt_memory_stats_t before = {};
  bp_rt_memory_stats_t during = {};
  ASSERT_TRUE(done(bp_rt_device_stats(bench_.device, &before)));
  bp_rt_memory_t* memory = bench_.memory(1 << 20);
  ASSERT_TRUE(done(bp_rt_device_stats(bench_.device, &during)));
  EXPECT_GE(during.used, before.used + (1 << 20));
  EXPECT_EQ(during.allocation_count, before.allocation_count + 1);
  bp_rt_memory_destroy(memory);
  ASSERT_TRUE(done(bp_rt_device_trim(bench_.device)));
  bp_rt_memory_stats_t after = {};
  ASSERT_TRUE(done(bp_rt_device_stats(bench_.device, &after)));
  EXPECT_EQ(after.reserved, 0u);
  EXPECT_EQ(after.used_peak, during.used_peak);
}

TEST(RuntimeMemory, TheLimitGivenAtOpenHolds) {
  Bench bench("cpu", true, {{"bp.memory-limit", "1000000"}});
  bp_rt_memory_t* memory = bench.memory(600'000);
  bp_rt_memory_t* more = nullptr;
  EXPECT_EQ(bp_rt_memory_create(bench.device, nullptr, 0, 600'000, &more), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(last_text(), HasSubstr("600000 bytes on cpu"));
  EXPECT_STREQ(bp_rt_last_error()->device, "cpu");
  bp_rt_memory_destroy(memory);
  bp_rt_memory_t* again = bench.memory(600'000);
  bp_rt_memory_destroy(again);
}

TEST_P(OnBothDevices, StagingMemoryIsTheHostsToo) {
  bp_rt_memory_t* staging = nullptr;
  ASSERT_TRUE(done(bp_rt_memory_create(bench_.device, nullptr, BP_MEMORY_STAGING, 16, &staging)));
  auto* values = reinterpret_cast<float*>(bp_rt_get_memory_info(staging)->address);  // NOLINT
  for (int i = 0; i < 4; ++i) values[i] = static_cast<float>(i);
  bp_rt_memory_t* memory = bench_.memory(16);
  const bp_rt_tensor_t to = in_memory(f32({4}), memory);
  const bp_rt_tensor_t from = in_memory(f32({4}), staging);
  ASSERT_TRUE(done(bp_rt_copy(nullptr, &to, &from)));
  EXPECT_EQ(bench_.floats(memory, 4), (std::vector<float>{0, 1, 2, 3}));
  bp_rt_memory_destroy(staging);
  bp_rt_memory_destroy(memory);
}

TEST_P(OnBothDevices, CopiesTakeAnyStrides) {
  bp_rt_memory_t* memory = bench_.memory_of<float>({0, 1, 2, 3, 4, 5}, BP_DTYPE_FLOAT32);
  const int64_t transposed[] = {1, 3};
  bp_rt_tensor_t from = in_memory(f32({3, 2}), memory);
  from.strides = transposed;
  std::vector<float> out(6);
  bp_rt_tensor_t to = on_host(f32({3, 2}), out.data());
  ASSERT_TRUE(done(bp_rt_copy(nullptr, &to, &from)));
  EXPECT_EQ(out, (std::vector<float>{0, 3, 1, 4, 2, 5}));

  const int64_t spread[] = {2};
  bp_rt_tensor_t odd = in_memory(f32({3}), memory, 4);
  odd.strides = spread;
  const std::vector<float> nines = {9, 9, 9};
  const bp_rt_tensor_t from_host = on_host(f32({3}), nines.data());
  ASSERT_TRUE(done(bp_rt_copy(nullptr, &odd, &from_host)));
  EXPECT_EQ(bench_.floats(memory, 6), (std::vector<float>{0, 9, 2, 9, 4, 9}));
  bp_rt_memory_destroy(memory);
}

TEST_P(OnBothDevices, CopiesThatCannotBeAreNamed) {
  bp_rt_memory_t* memory = bench_.memory(16);
  const bp_rt_tensor_t four = in_memory(f32({4}), memory);
  const bp_rt_tensor_t five = in_memory(f32({5}), memory);
  const bp_rt_tensor_t past = in_memory(f32({4}), memory, 4);
  const bp_rt_tensor_t odd = in_memory(f32({1}), memory, 3);
  const bp_rt_tensor_t nowhere = on_host(f32({4}), nullptr);
  const auto failure = [&](const bp_rt_tensor_t& to, const bp_rt_tensor_t& from) {
    EXPECT_EQ(bp_rt_copy(nullptr, &to, &from), BP_STATUS_INVALID_ARGUMENT);
    return last_text();
  };
  EXPECT_THAT(failure(four, five), HasSubstr("a copy from float32[5] to float32[4]"));
  EXPECT_THAT(failure(five, five), HasSubstr("needs 20 bytes, and its memory has 16"));
  EXPECT_THAT(failure(past, four), HasSubstr("needs 16 bytes, and its memory has 12"));
  EXPECT_THAT(failure(odd, odd), HasSubstr("no multiple of its element"));
  EXPECT_THAT(failure(four, nowhere), HasSubstr("neither memory nor a host pointer"));
  bp_rt_tensor_t both = four;
  both.host = &both;
  EXPECT_THAT(failure(both, four), HasSubstr("memory and a host pointer"));
  bp_rt_memory_destroy(memory);
}

TEST(RuntimeMemory, TensorsGoBetweenDevices) {
  const Bench bench;
  bp_rt_device_t* other = nullptr;
  ASSERT_TRUE(done(bp_rt_device_open(bench.rt, "cpu:1", nullptr, 0, &other)));
  Bench& first = const_cast<Bench&>(bench);
  bp_rt_memory_t* from = first.memory_of<float>({1, 2, 3, 4}, BP_DTYPE_FLOAT32);
  bp_rt_memory_t* to = nullptr;
  ASSERT_TRUE(done(bp_rt_memory_create(other, nullptr, 0, 16, &to)));
  const bp_rt_tensor_t source = in_memory(f32({4}), from);
  const bp_rt_tensor_t target = in_memory(f32({4}), to);
  ASSERT_TRUE(done(bp_rt_copy(nullptr, &target, &source)));
  EXPECT_EQ(first.floats(to, 4), (std::vector<float>{1, 2, 3, 4}));
  bp_rt_memory_destroy(from);
  bp_rt_memory_destroy(to);
  bp_rt_device_close(other);
}

TEST_P(OnBothDevices, ImportedMemoryIsUsedInPlaceAndReleasedOnce) {
  alignas(64) float bytes[16] = {1, 2, 3, 4};
  int released = 0;
  bp_rt_memory_t* memory = nullptr;
  ASSERT_TRUE(done(bp_rt_memory_import(
      bench_.device, BP_HANDLE_HOST_POINTER, reinterpret_cast<uint64_t>(bytes), sizeof bytes,
      [](void* count) { ++*static_cast<int*>(count); }, &released, &memory)));
  EXPECT_EQ(bp_rt_get_memory_info(memory)->address, reinterpret_cast<uint64_t>(bytes));
  bytes[1] = 20;
  EXPECT_EQ(bench_.floats(memory, 4), (std::vector<float>{1, 20, 3, 4}));
  bp_rt_memory_destroy(memory);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(bp_rt_memory_import(bench_.device, BP_HANDLE_FD, 3, 16, nullptr, nullptr, &memory),
            BP_STATUS_UNSUPPORTED);
}

TEST_P(OnBothDevices, AnyOrderOfDestroyingIsRight) {
  bp_rt_t* rt = nullptr;
  const bp_option_t option = {"plugin-path", BACKPLANE_CPU_PLUGIN};
  bp_rt_config_t config = {};
  config.struct_size = sizeof config;
  config.options = &option;
  config.option_count = 1;
  bp_rt_device_t* device = nullptr;
  bp_rt_stream_t* stream = nullptr;
  bp_rt_event_t* event = nullptr;
  bp_rt_memory_t* memory = nullptr;
  ASSERT_TRUE(done(bp_rt_create(&config, &rt)));
  ASSERT_TRUE(done(bp_rt_device_open(rt, GetParam(), nullptr, 0, &device)));
  ASSERT_TRUE(done(bp_rt_stream_create(device, 0, &stream)));
  ASSERT_TRUE(done(bp_rt_event_create(device, 0, &event)));
  ASSERT_TRUE(done(bp_rt_memory_create(device, stream, 0, 100, &memory)));
  bp_rt_destroy(rt);
  bp_rt_device_close(device);
  ASSERT_TRUE(done(bp_rt_event_record(event, stream)));
  bp_rt_stream_destroy(stream);
  EXPECT_TRUE(done(bp_rt_event_synchronize(event, UINT64_MAX)));
  bp_rt_memory_destroy(memory);
  bp_rt_event_destroy(event);
}

// ---- Streams and events ----------------------------------------------------------------------

TEST_P(OnBothDevices, StreamsAndEventsKeepOrder) {
  bp_rt_stream_t* first = nullptr;
  bp_rt_stream_t* second = nullptr;
  bp_rt_event_t* event = nullptr;
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, 0, &first)));
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, 0, &second)));
  ASSERT_TRUE(done(bp_rt_event_create(bench_.device, 0, &event)));
  bp_rt_memory_t* memory = bench_.memory(64, first);
  const std::vector<float> values(16, 5);
  const bp_rt_tensor_t from = on_host(f32({16}), values.data());
  const bp_rt_tensor_t to = in_memory(f32({16}), memory);
  std::vector<float> out(16);
  const bp_rt_tensor_t back = on_host(f32({16}), out.data());
  ASSERT_TRUE(done(bp_rt_copy(first, &to, &from)));
  ASSERT_TRUE(done(bp_rt_event_record(event, first)));
  ASSERT_TRUE(done(bp_rt_event_wait(event, second)));
  ASSERT_TRUE(done(bp_rt_memory_use(memory, second)));
  ASSERT_TRUE(done(bp_rt_copy(second, &back, &to)));
  bp_rt_memory_destroy(memory);
  ASSERT_TRUE(done(bp_rt_stream_synchronize(second, UINT64_MAX)));
  EXPECT_EQ(out, values);
  EXPECT_TRUE(done(bp_rt_event_synchronize(event, 0)));
  EXPECT_TRUE(done(bp_rt_event_wait(event, nullptr)));
  bp_rt_event_destroy(event);
  bp_rt_stream_destroy(first);
  bp_rt_stream_destroy(second);
}

TEST_P(OnBothDevices, TimeBetweenEventsIsToldAndWrongEventsAreRefused) {
  bp_rt_stream_t* stream = nullptr;
  bp_rt_event_t* events[2] = {};
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, BP_STREAM_FLAG_TIMED, &stream)));
  for (bp_rt_event_t*& event : events) {
    ASSERT_TRUE(done(bp_rt_event_create(bench_.device, BP_EVENT_FLAG_TIMED, &event)));
    ASSERT_TRUE(done(bp_rt_event_record(event, stream)));
  }
  ASSERT_TRUE(done(bp_rt_stream_synchronize(stream, UINT64_MAX)));
  uint64_t ns = UINT64_MAX;
  EXPECT_TRUE(done(bp_rt_event_elapsed(events[0], events[1], &ns)));
  EXPECT_LT(ns, uint64_t{60'000'000'000});
  bp_rt_event_t* gate = nullptr;
  EXPECT_EQ(bp_rt_event_create(bench_.device, BP_EVENT_FLAG_HOST_SIGNALED, &gate),
            BP_STATUS_UNSUPPORTED);
  for (bp_rt_event_t* event : events) bp_rt_event_destroy(event);
  bp_rt_stream_destroy(stream);
}

TEST(RuntimeStreams, AStreamOfAnotherDeviceIsRefused) {
  const Bench bench;
  bp_rt_device_t* other = nullptr;
  bp_rt_stream_t* stream = nullptr;
  bp_rt_memory_t* memory = nullptr;
  ASSERT_TRUE(done(bp_rt_device_open(bench.rt, "cpu:1", nullptr, 0, &other)));
  ASSERT_TRUE(done(bp_rt_stream_create(other, 0, &stream)));
  EXPECT_EQ(bp_rt_memory_create(bench.device, stream, 0, 16, &memory), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(last_text(), HasSubstr("the stream is of cpu:1"));
  bp_rt_stream_destroy(stream);
  bp_rt_device_close(other);
}

}  // namespace
}  // namespace backplane::runtime
