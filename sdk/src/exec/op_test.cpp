// Prepared operators on the fake plugin: variants for sizes, the cache, and kernels given up late
// enough.
#include "exec/op.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "exec/op_cache.hpp"
#include "memory/fake_device.hpp"
#include "stream/event.hpp"

namespace backplane::exec {
namespace {

bp_tensor_type_t f32(const Shape& shape) { return tensor_type(BP_DTYPE_FLOAT32, shape); }

struct Bench {
  explicit Bench(fake::Config config) : chip(config) {
    device = std::make_shared<OpenDevice>(chip.open(), 0);
  }
  ~Bench() {
    device.reset();
    EXPECT_EQ(chip.live_kernels(), 0);
    EXPECT_EQ(chip.live_buffers(), 0);
    EXPECT_THAT(chip.violations(), testing::IsEmpty());
  }
  fake::Chip chip;
  std::shared_ptr<OpenDevice> device;
};

struct Node {
  Node(const char* op, std::vector<bp_tensor_type_t> types) : inputs(std::move(types)) {
    node.struct_size = sizeof node;
    node.since = 14;
    node.domain = node.name = "";
    node.op = op;
    node.input_count = static_cast<uint32_t>(inputs.size());
    node.output_count = 1;
    node.inputs = inputs.data();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  std::vector<bp_tensor_type_t> inputs;
  bp_node_t node = {};
};

TensorView view_of(std::vector<float>& values) {
  TensorView view;
  view.type = f32({static_cast<int64_t>(values.size())});
  view.host = values.data();
  return view;
}

Status relu(Op& op, std::vector<float> values, const std::shared_ptr<Stream>& stream = nullptr) {
  std::vector<float> out(values.size(), -1);
  const Result<std::shared_ptr<const PreparedOp>> prepared = op.prepare({view_of(values).type});
  if (!prepared.ok()) return prepared.status();
  Status done = op.launch(**prepared, stream, {view_of(values)}, {view_of(out)});
  if (stream != nullptr && done.ok()) done = stream->synchronize(kForever);
  for (float& value : values) value = std::max(value, 0.0f);
  EXPECT_EQ(out, values);
  return done;
}

TEST(Op, OneKernelServesEverySizeWhereThatIsAsFast) {
  fake::Config config;
  config.is_shape_free = true;
  Bench bench(config);
  const Node node("Relu", {f32({-1})});
  const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
  EXPECT_EQ(op->only(), nullptr);
  for (size_t n = 1; n < 30; ++n) EXPECT_TRUE(relu(*op, std::vector<float>(n, -2)).ok());
  EXPECT_EQ(bench.chip.kernel_creates(), 1);
}

TEST(Op, ElseThereIsOneForEachSizeAndFewAreKept) {
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config config;
    config.work = work;
    Bench bench(config);
    const Node node("Relu", {f32({-1})});
    const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
    for (size_t n = 1; n < 30; ++n) EXPECT_TRUE(relu(*op, std::vector<float>(n, 3)).ok());
    EXPECT_EQ(bench.chip.kernel_creates(), 29);
    EXPECT_LE(bench.chip.live_kernels(), 9);
    EXPECT_TRUE(relu(*op, {1, -1}).ok());
    EXPECT_TRUE(relu(*op, {2, -1}).ok());
    EXPECT_EQ(bench.chip.kernel_creates(), 30) << "the second time it is there";
  }
}

struct Compress : Node {
  Compress() : Node("Compress", {f32({4}), tensor_type(BP_DTYPE_BOOL, {4})}) { node.since = 11; }
};

// Those of 1, 2, 3, 4 that `wanted` says yes to, in room for four.
Result<std::vector<float>> compressed(Op& op, std::array<bool, 4> wanted,
                                      const std::shared_ptr<Stream>& stream) {
  std::vector<float> values = {1, 2, 3, 4};
  std::vector<float> out(4, -1);
  TensorView condition;
  condition.type = tensor_type(BP_DTYPE_BOOL, {4});
  condition.host = wanted.data();
  std::vector<bp_tensor_type_t> types;
  const Status done =
      op.launch(*op.only(), stream, {view_of(values), condition}, {view_of(out)}, &types);
  if (!done.ok()) return done;
  EXPECT_EQ(types.size(), 1u);
  EXPECT_TRUE(stream == nullptr || stream->synchronize(kForever).ok());
  const auto count = static_cast<size_t>(types[0].shape[0]);
  for (size_t i = count; i < 4; ++i) EXPECT_EQ(out[i], -1) << "nothing behind the last";
  out.resize(count);
  return out;
}

// proves BP-KERNEL-12 BP-KERNEL-13
TEST(Op, SizesThatTheDataDecidesComeWithTheOutput) {
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config config;
    config.work = work;
    Bench bench(config);
    const Compress node;
    const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
    for (const auto& stream : {std::shared_ptr<Stream>(), *bench.device->create_stream(0)}) {
      EXPECT_EQ(*compressed(*op, {true, false, false, true}, stream), (std::vector<float>{1, 4}));
      EXPECT_EQ(*compressed(*op, {true, true, true, true}, stream),
                (std::vector<float>{1, 2, 3, 4}));
      EXPECT_EQ(*compressed(*op, {false, false, false, false}, stream), std::vector<float>());
    }
  }
}

TEST(Op, ASizeAboveItsBoundIsAnErrorThatSaysWhich) {
  fake::Config config;
  config.sizes = fake::Sizes::kAboveBound;
  Bench bench(config);
  const Compress node;
  const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
  const Result<std::vector<float>> out = compressed(*op, {true, false, false, true}, nullptr);
  EXPECT_EQ(out.status().code(), BP_STATUS_INTERNAL);
  EXPECT_THAT(out.status().text(),
              testing::HasSubstr("output 0 has the size 5 on axis 0, where at most 4 is possible"));
}

TEST(Op, AKernelThatDoesNotSaySizesThatTheDataDecidesIsRefused) {
  fake::Config config;
  config.sizes = fake::Sizes::kUnannounced;
  Bench bench(config);
  const Compress node;
  const Result<std::shared_ptr<Op>> op = Op::create(bench.device, node.node);
  EXPECT_EQ(op.status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(op.status().text(), testing::HasSubstr("the data decides the sizes of Compress's"));
}

// proves BP-HOST-5
TEST(Op, AKernelIsGivenUpOnlyWhenItsWorkHasEnded) {
  fake::Config config;
  config.work = fake::Work::kByThread;
  Bench bench(config);
  const auto stream = *bench.device->create_stream(0);
  const auto gate = *Event::create(bench.device->shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  const Node node("Relu", {f32({4})});
  std::vector<float> in = {1, -2, 3, -4};
  std::vector<float> out(4);
  OpCache cache(1);
  ASSERT_TRUE(gate->wait(*stream).ok());
  {
    const std::shared_ptr<Op> op = *cache.get(bench.device, node.node);
    ASSERT_TRUE(op->launch(*op->only(), stream, {view_of(in)}, {view_of(out)}).ok());
  }
  const Node other("Relu", {f32({5})});
  ASSERT_TRUE(cache.get(bench.device, other.node).ok());  // pushes the first one out
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(bench.chip.live_kernels(), 2) << "its work waits still";
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  ASSERT_TRUE(stream->synchronize(kForever).ok());
  EXPECT_EQ(out, (std::vector<float>{1, 0, 3, 0}));
  bench.device->sweep_retired();
  EXPECT_EQ(bench.chip.live_kernels(), 1);
  stream->end();
}

TEST(Op, OneThatWasGivenUpWhileItWorkedDoesNotKeepItsDevice) {
  fake::Config config;
  config.work = fake::Work::kByThread;
  Bench bench(config);
  const std::weak_ptr<OpenDevice> device = bench.device;
  const auto stream = *bench.device->create_stream(0);
  const auto gate = *Event::create(bench.device->shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  const Node node("Relu", {f32({4})});
  std::vector<float> in = {1, -2, 3, -4};
  std::vector<float> out(4);
  std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
  ASSERT_TRUE(gate->wait(*stream).ok());
  ASSERT_TRUE(op->launch(*op->only(), stream, {view_of(in)}, {view_of(out)}).ok());
  bench.device->retire(std::move(op));
  EXPECT_EQ(bench.chip.live_kernels(), 1) << "its work waits still";
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  stream->end();
  bench.device->give_up_retired();
  EXPECT_EQ(bench.chip.live_kernels(), 0);
  bench.device.reset();
  EXPECT_TRUE(device.expired());
}

TEST(Op, ScratchIsThereForEveryLaunch) {
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config config;
    config.work = work;
    config.scratch_size = 4096;
    config.preferred_alignment = 1024;
    Bench bench(config);
    const Node node("Relu", {f32({4})});
    const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
    const auto stream = *bench.device->create_stream(0);
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(relu(*op, {1, -2, 3, -4}).ok());
      EXPECT_TRUE(relu(*op, {1, -2, 3, -4}, stream).ok());
    }
    stream->end();
  }
}

TEST(Op, PaddingBehindAnOutputIsNeverTheCallersBytes) {
  fake::Config config;
  config.tensor_padding = 32;
  Bench bench(config);
  const Node node("Relu", {f32({4})});
  const std::shared_ptr<Op> op = *Op::create(bench.device, node.node);
  const Pool::Memory memory = bench.device->pool().allocate(64, nullptr).take();
  TensorView in_front;
  in_front.type = f32({4});
  in_front.device = bench.device.get();
  in_front.range = {memory.buffer(), memory.offset(), 64};
  std::vector<float> values = {1, -2, 3, -4};
  ASSERT_TRUE(op->launch(*op->only(), nullptr, {view_of(values)}, {in_front}).ok());
  std::vector<float> out(4);
  OpenDevice::Lease lease = bench.device->lease().take();
  ASSERT_TRUE(copy_tensor(lease.stream(), view_of(out), in_front).ok());
  EXPECT_EQ(out, (std::vector<float>{1, 0, 3, 0}));
  EXPECT_EQ(bench.device->pool().stats().allocation_count, 3u) << "an output of its own, copied";
}

TEST(OpCache, TheLeastUsedGoesFirst) {
  Bench bench({});
  OpCache cache(2);
  const Node a("Relu", {f32({1})});
  const Node b("Relu", {f32({2})});
  const Node c("Relu", {f32({3})});
  const std::shared_ptr<Op> first = *cache.get(bench.device, a.node);
  ASSERT_TRUE(cache.get(bench.device, b.node).ok());
  EXPECT_EQ(*cache.get(bench.device, a.node), first);
  ASSERT_TRUE(cache.get(bench.device, c.node).ok());
  EXPECT_EQ(*cache.get(bench.device, a.node), first) << "b was used less";
  EXPECT_EQ(bench.chip.kernel_creates(), 3);
}

TEST(OpCache, ARefusalIsNotKept) {
  Bench bench({});
  OpCache cache;
  const Node node("Relu", {tensor_type(BP_DTYPE_INT8, {1})});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(cache.get(bench.device, node.node).status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(OpenDeviceConstants, AreUploadedOnceForEachId) {
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config config;
    config.work = work;
    Bench bench(config);
    const float values[] = {1, 2, 3};
    const ops::ConstantPtr constant = ops::make_constant(f32({3}), values);
    {
      const auto first = *bench.device->upload(constant);
      const auto second = *bench.device->upload(constant);
      EXPECT_EQ(first, second);
      EXPECT_EQ(bench.device->pool().stats().allocation_count, 1u);
    }
    EXPECT_EQ(bench.device->pool().stats().used, 0u) << "gone with its last user";
    for (int i = 0; i < 500; ++i)
      ASSERT_TRUE(bench.device->upload(ops::make_constant(f32({3}), values)).ok());
  }
}

}  // namespace
}  // namespace backplane::exec
