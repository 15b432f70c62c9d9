// Kernels through the ABI's table: launches on both devices, in several threads, and what refuses.
#include "launch.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "test_numbers.hpp"
#include "test_run.hpp"
#include "test_stream.hpp"

namespace backplane::cpu::testing {
namespace {

TestNode add_node(const std::vector<float>& a, const std::vector<float>& b) {
  const Shape shape = {static_cast<int64_t>(a.size())};
  return {"Add", 14, {tensor(shape, a), tensor(shape, b)}, {wanted(BP_DTYPE_FLOAT32, shape)}};
}

TEST(AsynchronousLaunch, RunsWhenTheStreamGetsThere) {
  const OpenDevice device(kAsynchronousDevice);
  TestNode node = add_node({1, 2, 3}, {10, 20, 30});
  Launch launch(device, node, 0);
  const TestStream stream(device);
  const Gate gate(device, stream);
  ASSERT_EQ(launch.run(stream.get()), BP_OK);
  EXPECT_EQ(stream.synchronize(0), BP_STATUS_TIMEOUT);
  launch.collect();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{0, 0, 0}));
  gate.open();
  ASSERT_EQ(stream.synchronize(), BP_OK);
  launch.collect();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{11, 22, 33}));
}

// proves BP-STREAM-11
TEST(AsynchronousLaunch, NeedsAStream) {
  const OpenDevice device(kAsynchronousDevice);
  TestNode node = add_node({1}, {2});
  Launch launch(device, node, 0);
  EXPECT_EQ(launch.run(nullptr), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(TestHost::take_text(), "");
}

// proves BP-BASE-8
TEST(AsynchronousLaunch, HasCopiedItsArgumentsAndHostBytesWhenItReturns) {
  const OpenDevice device(kAsynchronousDevice);
  std::vector<int64_t> start = {1};
  TestNode node(
      "Slice", 13,
      {tensor<int32_t>({4}, {1, 2, 3, 4}), tensor<int64_t>({1}, start), tensor<int64_t>({1}, {3})},
      {wanted(BP_DTYPE_INT32, {2})});
  Launch launch(device, node, 0);
  const TestStream stream(device);
  const Gate gate(device, stream);
  std::vector<bp_tensor_t> inputs = launch.inputs();
  inputs[1].host = start.data();
  launch.inputs() = inputs;
  ASSERT_EQ(launch.run(stream.get()), BP_OK);
  start[0] = 77;
  std::memset(launch.inputs().data(), 0xee, inputs.size() * sizeof(bp_tensor_t));
  const bp_tensor_t output = launch.outputs()[0];
  launch.outputs()[0] = {};
  gate.open();
  ASSERT_EQ(stream.synchronize(), BP_OK);
  launch.outputs()[0] = output;
  launch.inputs() = inputs;
  launch.collect();
  EXPECT_EQ(node.outputs[0].as<int32_t>(), (std::vector<int32_t>{2, 3}));
}

// proves BP-STREAM-1
TEST(AsynchronousLaunch, FailsTheStreamWithTheKernelsWords) {
  const OpenDevice device(kAsynchronousDevice);
  TestNode node("Gather", 13, {tensor<float>({2}, {1, 2}), tensor<int32_t>({1}, {5})},
                {wanted(BP_DTYPE_FLOAT32, {1})});
  Launch launch(device, node, 0);
  const TestStream stream(device);
  ASSERT_EQ(launch.run(stream.get()), BP_OK);
  EXPECT_EQ(stream.synchronize(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), "Gather: index 5 is outside an axis of 2");
}

TEST(AsynchronousLaunch, LeavesTheStreamSoundWhenTheHostHasNoMemory) {
  OpenDevice device(kAsynchronousDevice);
  TestNode node = add_node({1}, {2});
  for (int64_t failing = 0; failing < 2; ++failing) {
    Launch launch(device, node, 0);
    const TestStream stream(device);
    device.host.fail_allocation(failing);
    EXPECT_EQ(launch.run(stream.get()), BP_STATUS_OUT_OF_MEMORY);
    EXPECT_EQ(stream.synchronize(), BP_OK);
    EXPECT_EQ(launch.run(stream.get()), BP_OK);
    EXPECT_EQ(stream.synchronize(), BP_OK);
  }
}

// One kernel from two threads, each with tensors of its own, over and over.
void expect_right_results(const OpenDevice& device, bp_kernel_t* kernel, uint64_t seed) {
  Random random(seed);
  const std::unique_ptr<TestStream> stream =
      device.is_synchronous() ? nullptr : std::make_unique<TestStream>(device);
  const GuardedMemory memory(device, sizeof(float) * 3 * 5000, 0);
  auto* numbers = reinterpret_cast<float*>(memory.data());
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {50, 100});
  const auto at = [&](uint64_t which) {
    const uint64_t offset = GuardedMemory::kGuard + which * 5000 * sizeof(float);
    return bp_tensor_t{type, memory.buffer(), offset, nullptr, nullptr};
  };
  const bp_tensor_t inputs[] = {at(0), at(1)};
  const bp_tensor_t output = at(2);
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 10000; ++i) numbers[i] = static_cast<float>(random() % 1000);
    ASSERT_EQ(kKernelApi.launch(kernel, stream ? stream->get() : nullptr, inputs, &output, nullptr),
              BP_OK);
    ASSERT_TRUE(stream == nullptr || stream->synchronize() == BP_OK);
    for (int i = 0; i < 5000; ++i)
      ASSERT_EQ(numbers[10000 + i], numbers[i] + numbers[5000 + i]) << i;
  }
}

// proves BP-KERNEL-4
TEST(ConcurrentLaunches, OfOneKernelGiveRightResultsOnTwoStreams) {
  for (const uint32_t index : {kSynchronousDevice, kAsynchronousDevice})
    for (const bool has_unknown_sizes : {false, true}) {
      const OpenDevice device(index);
      TestNode node("Add", 14,
                    {wanted(BP_DTYPE_FLOAT32, {50, 100}), wanted(BP_DTYPE_FLOAT32, {50, 100})},
                    {wanted(BP_DTYPE_FLOAT32, {50, 100})});
      node.has_unknown_sizes = has_unknown_sizes;
      bp_kernel_t* kernel = nullptr;
      ASSERT_EQ(kKernelApi.kernel_create(device.get(), &node.get(), &kernel), BP_OK);
      std::thread first([&] { expect_right_results(device, kernel, 1); });
      std::thread second([&] { expect_right_results(device, kernel, 2); });
      first.join();
      second.join();
      kKernelApi.kernel_destroy(kernel);
    }
}

TEST(Launch, RefusesStagingMemory) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = add_node({1}, {2});
  Launch launch(device, node, 0);
  bp_buffer_t* staging = device.buffer(64, BP_MEMORY_STAGING);
  const bp_tensor_t before = launch.inputs()[1];
  launch.inputs()[1].buffer = staging;
  launch.inputs()[1].offset = 0;
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(TestHost::take_text().find("STAGING"), std::string::npos);
  launch.inputs()[1] = before;
  EXPECT_EQ(launch.run(), BP_OK);
  kMemoryApi.buffer_destroy(staging);
}

TEST(Launch, WorksWithAsManyThreadsAsTheDeviceWasOpenedWith) {
  Random random(5);
  const auto a = random_numbers<float>(random, 200000);
  TestNode reference = add_node(a, a);
  ASSERT_EQ(run(OpenDevice(kSynchronousDevice), reference), BP_OK);
  for (const char* threads : {"1", "2", "3"})
    for (const uint32_t index : {kSynchronousDevice, kAsynchronousDevice}) {
      const OpenDevice device(index, {{"bp.threads", threads}});
      TestNode node = add_node(a, a);
      Launch launch(device, node, 0);
      const auto stream = device.is_synchronous() ? nullptr : std::make_unique<TestStream>(device);
      ASSERT_EQ(launch.run(stream ? stream->get() : nullptr), BP_OK);
      ASSERT_TRUE(stream == nullptr || stream->synchronize() == BP_OK);
      launch.collect();
      EXPECT_EQ(node.outputs[0].bytes, reference.outputs[0].bytes);
    }
}

TEST(Supports, NamesTheOperatorThatIsNotThere) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("NoSuchOperator", 1, {tensor<float>({1}, {1})}, {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, node), "NoSuchOperator: no such operator in the cpu plugin");
  bp_kernel_t* kernel = nullptr;
  EXPECT_EQ(kKernelApi.kernel_create(device.get(), &node.get(), &kernel), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(kernel, nullptr);
}

TEST(Supports, SaysNoToOtherDomains) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = add_node({1}, {2});
  bp_node_t foreign = node.get();
  foreign.domain = "com.acme";
  EXPECT_EQ(kKernelApi.supports(device.get(), &foreign), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(TestHost::take_text(), "Add: no such operator in the cpu plugin for domain com.acme");
}

TEST(Supports, SaysNoToTensorsBeyondAnyMemoryAndForeignLayouts) {
  const OpenDevice device(kSynchronousDevice);
  const Shape large = {INT64_MAX / 2, 3};
  TestNode node("Relu", 14, {wanted(BP_DTYPE_FLOAT32, large)}, {wanted(BP_DTYPE_FLOAT32, large)});
  EXPECT_NE(reason_against(device, node).find("larger than any memory"), std::string::npos);
  TestNode tiled("Relu", 14, {wanted(BP_DTYPE_FLOAT32, {2})}, {wanted(BP_DTYPE_FLOAT32, {2})});
  tiled.inputs[0].type.layout = 3;
  EXPECT_EQ(reason_against(device, tiled), "Relu: layout 3 is not one of this plugin's");
}

// proves BP-KERNEL-11
TEST(Supports, AcceptsWhoeverRefusesNumericsThatTheLoopsDoNotHave) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = add_node({1, 2}, {3, 4});
  node.refused = 0x7f;
  EXPECT_EQ(run(device, node), BP_OK);
  Launch launch(device, node, 0);
  EXPECT_EQ(launch.info().numerics, 0u);
}

}  // namespace
}  // namespace backplane::cpu::testing
