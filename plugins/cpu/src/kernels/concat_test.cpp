#include <gtest/gtest.h>

#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

// A shape cut along an axis into random parts, of which some may be empty.
std::vector<Shape> random_parts(Random& random, Shape whole, size_t axis) {
  std::vector<Shape> parts;
  int64_t rest = whole[axis];
  for (size_t i = random() % 5; i > 0; --i) {
    whole[axis] = static_cast<int64_t>(random() % static_cast<uint64_t>(rest + 1));
    rest -= whole[axis];
    parts.push_back(whole);
  }
  whole[axis] = rest;
  parts.push_back(whole);
  return parts;
}

Shape random_whole(Random& random, size_t* axis) {
  Shape whole = random_shape(random, 1 + random() % 8);
  *axis = random() % whole.size();
  whole[*axis] = static_cast<int64_t>(random() % 12);
  return whole;
}

int64_t either_way(Random& random, size_t axis, size_t rank) {
  return static_cast<int64_t>(axis) - (random() % 2 == 0 ? 0 : static_cast<int64_t>(rank));
}

// Is `part` what lies in `whole` from `start` on along the axis?
void expect_part(const Tensor& whole, const Shape& whole_shape, const Tensor& part,
                 const Shape& part_shape, size_t axis, int64_t start) {
  for (size_t i = 0; i < count_of(part_shape); ++i) {
    Shape place = place_of(part_shape, i);
    place[axis] += start;
    ASSERT_TRUE(is_element(part, i, whole, index_of(whole_shape, place)))
        << text_of(part_shape) << " in " << text_of(whole_shape) << " along " << axis;
  }
}

TEST(Concat, LaysItsInputsOneAfterTheOther) {
  const OpenDevice device(kSynchronousDevice);
  Random random(41);
  for (int round = 0; round < 200; ++round) {
    size_t axis = 0;
    const Shape whole = random_whole(random, &axis);
    const std::vector<Shape> parts = random_parts(random, whole, axis);
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    std::vector<Tensor> inputs;
    inputs.reserve(parts.size());
    for (const Shape& part : parts) inputs.push_back(coded(dtype, part, inputs.size() * 100));
    TestNode node("Concat", 13, inputs, {wanted(dtype, whole)});
    node.add("axis", either_way(random, axis, whole.size()));
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    int64_t start = 0;
    for (size_t i = 0; i < parts.size(); start += parts[i][axis], ++i)
      ASSERT_NO_FATAL_FAILURE(
          expect_part(node.outputs[0], whole, node.inputs[i], parts[i], axis, start));
  }
}

TEST(Concat, SharesLongRowsOutAmongThreads) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Concat", 13,
                {coded(BP_DTYPE_FLOAT32, {40, 9001}), coded(BP_DTYPE_FLOAT32, {40, 7}, 5)},
                {wanted(BP_DTYPE_FLOAT32, {40, 9008})});
  node.add("axis", 1);
  ASSERT_EQ(run(device, node), BP_OK);
  expect_part(node.outputs[0], {40, 9008}, node.inputs[0], {40, 9001}, 1, 0);
  expect_part(node.outputs[0], {40, 9008}, node.inputs[1], {40, 7}, 1, 9001);
}

TEST(Concat, RefusesPartsThatDoNotMakeTheWhole) {
  const OpenDevice device(kSynchronousDevice);
  TestNode other("Concat", 13, {coded(BP_DTYPE_INT8, {2, 2}), coded(BP_DTYPE_INT8, {3, 2})},
                 {wanted(BP_DTYPE_INT8, {2, 4})});
  other.add("axis", 1);
  EXPECT_EQ(reason_against(device, other), "Concat: int8[3,2] is no part of int8[2,4]");
  TestNode sum("Concat", 13, {coded(BP_DTYPE_INT8, {2}), coded(BP_DTYPE_INT8, {3})},
               {wanted(BP_DTYPE_INT8, {4})});
  sum.add("axis", 0);
  EXPECT_EQ(reason_against(device, sum), "Concat: the inputs' sizes do not add up to int8[4]");
}

// With `told`, sizes come from the second input, else from the attribute of version 11. One output
// is left out where there are several.
// proves BP-KERNEL-7
TEST(Split, TakesItsInputApart) {
  const OpenDevice device(kSynchronousDevice);
  Random random(42);
  for (int round = 0; round < 300; ++round) {
    size_t axis = 0;
    const Shape whole = random_whole(random, &axis);
    const std::vector<Shape> parts = random_parts(random, whole, axis);
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    const bool is_told = round % 3 != 0;
    TestNode node("Split", is_told ? 13 : 11, {coded(dtype, whole)}, {});
    std::vector<int64_t> sizes;
    for (const Shape& part : parts) {
      sizes.push_back(part[axis]);
      node.outputs.push_back(wanted(dtype, part));
    }
    if (parts.size() > 1 && round % 5 == 0) node.outputs[1] = Tensor();
    node.add("axis", either_way(random, axis, whole.size()));
    if (is_told) {
      node.add_input(tensor({static_cast<int64_t>(sizes.size())}, sizes), round % 3 == 1);
    } else {
      node.add("split", sizes);
    }
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    int64_t start = 0;
    for (size_t i = 0; i < parts.size(); start += parts[i][axis], ++i) {
      if (node.outputs[i].type.dtype == 0) continue;
      ASSERT_NO_FATAL_FAILURE(
          expect_part(node.inputs[0], whole, node.outputs[i], parts[i], axis, start));
    }
  }
}

TEST(Split, CutsEqualPartsWhenNothingIsTold) {
  const OpenDevice device(kSynchronousDevice);
  TestNode equal("Split", 13, {tensor<int32_t>({4}, {1, 2, 3, 4})},
                 {wanted(BP_DTYPE_INT32, {2}), wanted(BP_DTYPE_INT32, {2})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, equal));
  EXPECT_EQ(equal.outputs[1].as<int32_t>(), (std::vector<int32_t>{3, 4}));
  TestNode last_smaller(
      "Split", 18, {tensor<int32_t>({5}, {1, 2, 3, 4, 5})},
      {wanted(BP_DTYPE_INT32, {2}), wanted(BP_DTYPE_INT32, {2}), wanted(BP_DTYPE_INT32, {1})});
  last_smaller.add("num_outputs", 3);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, last_smaller));
  EXPECT_EQ(last_smaller.outputs[2].as<int32_t>(), (std::vector<int32_t>{5}));
}

TEST(Split, SaysWhichSizesDoNotFit) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Split", 13, {coded(BP_DTYPE_INT8, {4}), tensor<int64_t>({2}, {1, 2})},
                {wanted(BP_DTYPE_INT8, {1}), wanted(BP_DTYPE_INT8, {3})});
  Launch launch(device, node, 0x5a);
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), "Split: an output of 2 along axis 0 is no int8[3]");
  node.constant[1] = true;
  EXPECT_EQ(reason_against(device, node), "Split: an output of 2 along axis 0 is no int8[3]");
}

}  // namespace
}  // namespace backplane::cpu::testing
