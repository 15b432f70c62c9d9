// Eager mode: operators one at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/test_bench.hpp"

namespace backplane::runtime {
namespace {

using testing::HasSubstr;

class Ops : public testing::TestWithParam<const char*> {
 protected:
  bp_rt_op_t* op(TestNode& node) {
    bp_rt_op_t* made = nullptr;
    EXPECT_TRUE(done(bp_rt_op_create(bench_.device, node.get(), &made)));
    return made;
  }

  Bench bench_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Cpu, Ops, testing::Values("cpu", "cpu:1"));

TEST_P(Ops, LaunchOnDeviceMemory) {
  TestNode node("Add", 14, {f32({4}), f32({4})});
  bp_rt_op_t* add = op(node);
  bp_rt_memory_t* a = bench_.memory_of<float>({1, 2, 3, 4}, BP_DTYPE_FLOAT32);
  bp_rt_memory_t* b = bench_.memory_of<float>({10, 20, 30, 40}, BP_DTYPE_FLOAT32);
  bp_rt_memory_t* c = bench_.memory(16);
  const bp_rt_tensor_t inputs[] = {in_memory(f32({4}), a), in_memory(f32({4}), b)};
  bp_rt_tensor_t output = in_memory(f32({4}), c);
  for (int round = 0; round < 3; ++round)
    ASSERT_TRUE(done(bp_rt_op_launch(add, nullptr, inputs, &output)));
  EXPECT_EQ(bench_.floats(c, 4), (std::vector<float>{11, 22, 33, 44}));
  for (bp_rt_memory_t* memory : {a, b, c}) bp_rt_memory_destroy(memory);
  bp_rt_op_destroy(add);
}

TEST_P(Ops, EqualNodesAreOneOperator) {
  TestNode first("Relu", 14, {f32({4})});
  TestNode second("Relu", 14, {f32({4})});
  second.node.name = "another name";
  TestNode third("Relu", 14, {f32({5})});
  bp_rt_memory_stats_t stats = {};
  bp_rt_op_t* ops[] = {op(first), op(second), op(third)};
  ASSERT_TRUE(done(bp_rt_device_stats(bench_.device, &stats)));
  for (bp_rt_op_t* made : ops) bp_rt_op_destroy(made);
}

// Whatever the tensors are like, the answer is that of plain loops.
TEST_P(Ops, WhatTheKernelCannotTakeIsCopied) {
  TestNode node("Sub", 14, {f32({2, 3}), f32({2, 3})});
  bp_rt_op_t* sub = op(node);
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<float> b = {10, 20, 30, 40, 50, 60};
  bp_rt_memory_t* memory = bench_.memory_of<float>({1, 4, 2, 5, 3, 6, 0, 0}, BP_DTYPE_FLOAT32);
  const int64_t transposed[] = {1, 2};
  bp_rt_tensor_t strided = in_memory(f32({2, 3}), memory);
  strided.strides = transposed;
  const int64_t repeated[] = {0, 1};
  bp_rt_tensor_t broadcast = on_host(f32({2, 3}), b.data());
  broadcast.strides = repeated;
  std::vector<float> out(12, -1);
  const int64_t spread[] = {6, 2};
  bp_rt_tensor_t output = on_host(f32({2, 3}), out.data());
  output.strides = spread;
  const bp_rt_tensor_t inputs[] = {strided, broadcast};
  ASSERT_TRUE(done(bp_rt_op_launch(sub, nullptr, inputs, &output)));
  EXPECT_EQ(out, (std::vector<float>{-9, -1, -18, -1, -27, -1, -6, -1, -15, -1, -24, -1}));
  bp_rt_memory_destroy(memory);
  bp_rt_op_destroy(sub);
}

TEST_P(Ops, AnOutputMayLieOverAnInput) {
  TestNode node("Sub", 14, {f32({4}), f32({4})});
  bp_rt_op_t* sub = op(node);
  bp_rt_memory_t* memory = bench_.memory_of<float>({1, 2, 3, 4, 100}, BP_DTYPE_FLOAT32);
  const bp_rt_tensor_t exact[] = {in_memory(f32({4}), memory), in_memory(f32({4}), memory)};
  bp_rt_tensor_t output = in_memory(f32({4}), memory);
  const bp_rt_tensor_t shifted[] = {in_memory(f32({4}), memory, 4), in_memory(f32({4}), memory)};
  ASSERT_TRUE(done(bp_rt_op_launch(sub, nullptr, shifted, &output)));
  EXPECT_EQ(bench_.floats(memory, 5), (std::vector<float>{1, 1, 1, 96, 100}));
  ASSERT_TRUE(done(bp_rt_op_launch(sub, nullptr, exact, &output)));
  EXPECT_EQ(bench_.floats(memory, 5), (std::vector<float>{0, 0, 0, 0, 100}));
  bp_rt_memory_destroy(memory);
  bp_rt_op_destroy(sub);
}

TEST_P(Ops, AnOutputWithoutMemoryGetsIt) {
  TestNode node("Relu", 14, {f32({4})});
  bp_rt_op_t* relu = op(node);
  const std::vector<float> values = {-1, 2, -3, 4};
  const bp_rt_tensor_t input = on_host(f32({4}), values.data());
  bp_rt_tensor_t output = {};
  output.type = f32({0, 7, 9});  // the dtype counts, the rest is written
  ASSERT_TRUE(done(bp_rt_op_launch(relu, nullptr, &input, &output)));
  ASSERT_NE(output.memory, nullptr);
  EXPECT_EQ(output.type.rank, 1);
  EXPECT_EQ(output.type.shape[0], 4);
  EXPECT_EQ(bench_.floats(output.memory, 4), (std::vector<float>{0, 2, 0, 4}));
  bp_rt_memory_destroy(output.memory);
  bp_rt_op_destroy(relu);
}

TEST_P(Ops, AttributesThatBecameInputsAreTaken) {
  TestNode node("Squeeze", 11, {f32({1, 3, 1})});
  node.add_ints("axes", {0});
  bp_rt_op_t* squeeze = op(node);
  const std::vector<float> values = {1, 2, 3};
  const bp_rt_tensor_t input = on_host(f32({1, 3, 1}), values.data());
  std::vector<float> out(3);
  bp_rt_tensor_t output = on_host(f32({3, 1}), out.data());
  ASSERT_TRUE(done(bp_rt_op_launch(squeeze, nullptr, &input, &output)));
  EXPECT_EQ(out, values);
  bp_rt_op_destroy(squeeze);
}

TEST_P(Ops, ConstantsAreTakenFromTheNode) {
  const std::vector<float> weights = {1, 0, 0, 1, 1, 1};
  const bp_constant_t constant = {f32({3, 2}), weights.data(), 42};
  TestNode node("MatMul", 13, {f32({2, 3}), f32({3, 2})});
  node.constants[1] = &constant;
  bp_rt_op_t* matmul = op(node);
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const bp_rt_tensor_t inputs[] = {on_host(f32({2, 3}), values.data()), {}};
  std::vector<float> out(4);
  bp_rt_tensor_t output = on_host(f32({2, 2}), out.data());
  ASSERT_TRUE(done(bp_rt_op_launch(matmul, nullptr, inputs, &output)));
  EXPECT_EQ(out, (std::vector<float>{4, 5, 10, 11}));
  bp_rt_op_destroy(matmul);
}

TEST_P(Ops, UnknownSizesComeWithEachLaunch) {
  TestNode node("Add", 14, {f32({-2, 3}), f32({3})});
  bp_rt_op_t* add = op(node);
  const std::vector<float> row = {10, 20, 30};
  for (int64_t n : {1, 4, 2, 4, 7, 3, 5, 6, 8, 9, 10, 0, 1}) {
    const auto count = static_cast<size_t>(n * 3);
    const std::vector<float> values(count, 1);
    const bp_rt_tensor_t inputs[] = {on_host(f32({n, 3}), values.data()),
                                     on_host(f32({3}), row.data())};
    std::vector<float> out(count + 1, -1);
    bp_rt_tensor_t output = on_host(f32({n, 3}), out.data());
    ASSERT_TRUE(done(bp_rt_op_launch(add, nullptr, inputs, &output)));
    for (size_t i = 0; i < count; ++i) ASSERT_EQ(out[i], 1 + row[i % 3]);
    EXPECT_EQ(out[count], -1);
  }
  bp_rt_op_destroy(add);
}

TEST_P(Ops, WorkOnAStreamIsInItsOrder) {
  bp_rt_stream_t* stream = nullptr;
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, 0, &stream)));
  TestNode node("Add", 14, {f32({1000}), f32({1000})});
  bp_rt_op_t* add = op(node);
  bp_rt_memory_t* sum = bench_.memory_of(std::vector<float>(1000, 1), BP_DTYPE_FLOAT32);
  for (int i = 0; i < 10; ++i) {
    bp_rt_memory_t* next = bench_.memory(4000, stream);
    const bp_rt_tensor_t inputs[] = {in_memory(f32({1000}), sum), in_memory(f32({1000}), sum)};
    bp_rt_tensor_t output = in_memory(f32({1000}), next);
    ASSERT_TRUE(done(bp_rt_op_launch(add, stream, inputs, &output)));
    bp_rt_memory_destroy(sum);  // while it is still read
    sum = next;
  }
  ASSERT_TRUE(done(bp_rt_stream_synchronize(stream, UINT64_MAX)));
  EXPECT_EQ(bench_.floats(sum, 1000), std::vector<float>(1000, 1024));
  bp_rt_memory_destroy(sum);
  bp_rt_op_destroy(add);
  bp_rt_stream_destroy(stream);
}

// AddressSanitizer's build sees what an operator would keep: all that the host opened.
TEST_P(Ops, OneThatIsDestroyedWhileItWorksKeepsNothing) {
  constexpr int64_t kSize = 400;
  bp_rt_stream_t* stream = nullptr;
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, 0, &stream)));
  TestNode node("MatMul", 13, {f32({kSize, kSize}), f32({kSize, kSize})});
  bp_rt_op_t* matmul = op(node);
  const std::vector<float> ones(kSize * kSize, 1);
  bp_rt_memory_t* left = bench_.memory_of(ones, BP_DTYPE_FLOAT32);
  bp_rt_memory_t* product = bench_.memory(ones.size() * sizeof(float));
  const bp_tensor_type_t type = f32({kSize, kSize});
  const bp_rt_tensor_t inputs[] = {in_memory(type, left), in_memory(type, left)};
  bp_rt_tensor_t output = in_memory(type, product);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(done(bp_rt_op_launch(matmul, stream, inputs, &output)));
  bp_rt_op_destroy(matmul);
  bp_rt_stream_destroy(stream);  // waits
  EXPECT_EQ(bench_.floats(product, ones.size()), std::vector<float>(ones.size(), kSize));
  bp_rt_memory_destroy(product);
  bp_rt_memory_destroy(left);
}

TEST_P(Ops, RefusalsNameTheOperatorAndTheReason) {
  bp_rt_op_t* none = nullptr;
  TestNode unknown("Frobnicate", 1, {f32({4})});
  EXPECT_EQ(bp_rt_op_create(bench_.device, unknown.get(), &none), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("Frobnicate"));
  EXPECT_STREQ(bp_rt_last_error()->op, "Frobnicate");
  EXPECT_STREQ(bp_rt_last_error()->device, GetParam());
  TestNode wrong("MatMul", 13, {f32({2, 3}), f32({4, 5})});
  wrong.node.name = "layer 1";
  EXPECT_EQ(bp_rt_op_create(bench_.device, wrong.get(), &none), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_STREQ(bp_rt_last_error()->node, "layer 1");
  TestNode hanging("Reshape", 14, {f32({6}), type_of(BP_DTYPE_INT64, {2})});
  EXPECT_EQ(bp_rt_op_create(bench_.device, hanging.get(), &none), BP_STATUS_NOT_READY);
  EXPECT_EQ(none, nullptr);
}

TEST_P(Ops, LaunchesWithWrongTensorsAreRefused) {
  TestNode node("Relu", 14, {f32({4})});
  bp_rt_op_t* relu = op(node);
  const std::vector<float> values(8, 1);
  std::vector<float> out(8);
  bp_rt_tensor_t output = on_host(f32({4}), out.data());
  const auto launch = [&](const bp_rt_tensor_t& input) {
    return bp_rt_op_launch(relu, nullptr, &input, &output);
  };
  EXPECT_EQ(launch(on_host(f32({5}), values.data())), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("float32[5]"));
  EXPECT_EQ(launch(on_host(type_of(BP_DTYPE_INT32, {4}), values.data())),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(launch(on_host(f32({4}), nullptr)), BP_STATUS_INVALID_ARGUMENT);
  bp_rt_memory_t* small = bench_.memory(12);
  EXPECT_EQ(launch(in_memory(f32({4}), small)), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(launch(in_memory(f32({4}), small, 100)), BP_STATUS_INVALID_ARGUMENT);
  output.type = f32({3});
  EXPECT_EQ(launch(on_host(f32({4}), values.data())), BP_STATUS_INVALID_ARGUMENT);
  bp_rt_memory_destroy(small);
  bp_rt_op_destroy(relu);
}

TEST_P(Ops, TypesAreInferredWithoutADevice) {
  bp_tensor_type_t type = {};
  TestNode matmul("MatMul", 13, {f32({7, 2, 3}), f32({3, 5})});
  ASSERT_TRUE(done(bp_rt_op_infer(bench_.rt, matmul.get(), &type)));
  EXPECT_EQ(type.rank, 3);
  EXPECT_EQ(type.shape[2], 5);
  TestNode old("Squeeze", 11, {f32({1, 3, 1})});
  old.add_ints("axes", {0, 2});
  ASSERT_TRUE(done(bp_rt_op_infer(bench_.rt, old.get(), &type)));
  EXPECT_EQ(type.rank, 1);
  TestNode hanging("Reshape", 14, {f32({6}), type_of(BP_DTYPE_INT64, {2})});
  EXPECT_EQ(bp_rt_op_infer(bench_.rt, hanging.get(), &type), BP_STATUS_NOT_READY);
  const int64_t sizes[] = {2, -1};
  const bp_constant_t constant = {type_of(BP_DTYPE_INT64, {2}), sizes, 0};
  hanging.constants[1] = &constant;
  ASSERT_TRUE(done(bp_rt_op_infer(bench_.rt, hanging.get(), &type)));
  EXPECT_EQ(type.shape[1], 3);
}

}  // namespace
}  // namespace backplane::runtime
