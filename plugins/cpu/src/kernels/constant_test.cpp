#include <gtest/gtest.h>

#include "../test_run.hpp"

namespace backplane::cpu::testing {
namespace {

TEST(Constant, WritesItsTensorAndNeedsTheNodeNoMore) {
  const OpenDevice device(kSynchronousDevice);
  Tensor value = tensor<float>({2, 2}, {1, 2, 3, 4});
  TestNode node("Constant", 13, {}, {wanted(BP_DTYPE_FLOAT32, {2, 2})});
  node.add("value", value);
  Launch launch(device, node, 0x5a);
  value.bytes.assign(value.bytes.size(), 0);
  ASSERT_EQ(launch.run(), BP_OK);
  launch.collect();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(launch.info().device_memory_size, 16u);
}

TEST(Constant, TakesNumbersAndListsOfThem) {
  const OpenDevice device(kSynchronousDevice);
  TestNode one("Constant", 12, {}, {wanted(BP_DTYPE_INT64, {})});
  one.add("value_int", 7);
  ASSERT_EQ(run(device, one), BP_OK);
  EXPECT_EQ(one.outputs[0].as<int64_t>(), (std::vector<int64_t>{7}));
  TestNode list("Constant", 12, {}, {wanted(BP_DTYPE_INT64, {3})});
  list.add("value_ints", Shape{3, 2, 1});
  ASSERT_EQ(run(device, list), BP_OK);
  EXPECT_EQ(list.outputs[0].as<int64_t>(), (std::vector<int64_t>{3, 2, 1}));
  TestNode real("Constant", 12, {}, {wanted(BP_DTYPE_FLOAT32, {})});
  real.add("value_float", 0.5f);
  ASSERT_EQ(run(device, real), BP_OK);
  EXPECT_EQ(real.outputs[0].as<float>(), (std::vector<float>{0.5f}));
  TestNode empty("Constant", 12, {}, {wanted(BP_DTYPE_INT64, {0})});
  empty.add("value_ints", Shape{});
  EXPECT_EQ(run(device, empty), BP_OK);
}

TEST(Constant, RefusesWhatIsNoTensorAndAnotherOutput) {
  const OpenDevice device(kSynchronousDevice);
  TestNode text("Constant", 12, {}, {wanted(BP_DTYPE_FLOAT32, {})});
  text.add("value_string", "x");
  EXPECT_EQ(reason_against(device, text), "Constant: no value that is a tensor or made of numbers");
  TestNode other("Constant", 12, {}, {wanted(BP_DTYPE_FLOAT32, {2})});
  other.add("value_float", 0.5f);
  EXPECT_EQ(reason_against(device, other),
            "Constant: its value is float32[], its output float32[2]");
}

TEST(Constant, SaysThatTheHostHasNoMemoryForItsValue) {
  OpenDevice device(kSynchronousDevice);
  TestNode node("Constant", 12, {}, {wanted(BP_DTYPE_FLOAT32, {})});
  node.add("value_float", 0.5f);
  device.host.fail_allocation(0);
  bp_kernel_t* kernel = nullptr;
  EXPECT_EQ(kKernelApi.kernel_create(device.get(), &node.get(), &kernel), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_NE(TestHost::take_text(), "");
  EXPECT_EQ(kernel, nullptr);
  EXPECT_EQ(run(device, node), BP_OK);
}

std::vector<int64_t> shape_of(const Tensor& input, const std::vector<int64_t>& range,
                              int64_t count) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Shape", 15, {input}, {wanted(BP_DTYPE_INT64, {count})});
  if (!range.empty()) node.add("start", range[0]);
  if (range.size() > 1) node.add("end", range[1]);
  run_both_ways(device, node);
  return node.outputs[0].as<int64_t>();
}

TEST(ShapeOperator, WritesTheSizesBetweenStartAndEnd) {
  const Tensor input = tensor<int8_t>({3, 1, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(shape_of(input, {}, 3), (std::vector<int64_t>{3, 1, 2}));
  EXPECT_EQ(shape_of(input, {1}, 2), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(shape_of(input, {-2, -1}, 1), (std::vector<int64_t>{1}));
  EXPECT_EQ(shape_of(input, {-9, 9}, 3), (std::vector<int64_t>{3, 1, 2}));
  EXPECT_EQ(shape_of(input, {2, 1}, 0), (std::vector<int64_t>{}));
  EXPECT_EQ(shape_of(tensor<int8_t>({}, {1}), {}, 0), (std::vector<int64_t>{}));
}

TEST(SizeOperator, WritesTheNumberOfElements) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape : std::vector<Shape>{{}, {3, 1, 2}, {7}, {4, 0, 5}}) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    TestNode node("Size", 13, {tensor(shape, std::vector<int8_t>(static_cast<size_t>(count)))},
                  {wanted(BP_DTYPE_INT64, {})});
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    EXPECT_EQ(node.outputs[0].as<int64_t>(), std::vector<int64_t>{count});
  }
}

}  // namespace
}  // namespace backplane::cpu::testing
