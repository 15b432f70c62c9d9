#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

void expect_transposed(const OpenDevice& device, bp_dtype_t dtype, const Shape& input,
                       const Shape& permutation) {
  Shape output;
  for (const int64_t axis : permutation) output.push_back(input[static_cast<size_t>(axis)]);
  TestNode node("Transpose", 13, {coded(dtype, input)}, {wanted(dtype, output)});
  node.add("perm", permutation);
  expect_moved(device, node, input, output, [&](const Shape& place) {
    Shape from(place.size());
    for (size_t i = 0; i < place.size(); ++i) from[static_cast<size_t>(permutation[i])] = place[i];
    return from;
  });
}

TEST(Transpose, PermutesAxesOfRandomShapes) {
  const OpenDevice device(kSynchronousDevice);
  Random random(21);
  for (int round = 0; round < 200; ++round) {
    const Shape input = random_shape(random, random() % 9);
    Shape permutation(input.size());
    std::iota(permutation.begin(), permutation.end(), 0);
    std::shuffle(permutation.begin(), permutation.end(), random);
    ASSERT_NO_FATAL_FAILURE(expect_transposed(device, kSizedTypes[round % 4], input, permutation));
  }
}

TEST(Transpose, PermutesAxesLongerThanATile) {
  const OpenDevice device(kSynchronousDevice);
  const std::pair<Shape, Shape> cases[] = {
      {{33, 47}, {1, 0}},
      {{16, 16}, {1, 0}},
      {{3, 20, 65}, {0, 2, 1}},
      {{3, 20, 65}, {2, 0, 1}},
      {{2, 3, 40, 50}, {0, 2, 3, 1}},
      {{2, 40, 50, 3}, {0, 3, 1, 2}},
      {{300, 401}, {1, 0}},
      {{5, 6, 7, 80}, {0, 2, 1, 3}},
      {{17, 2, 18, 2}, {3, 1, 2, 0}},
  };
  for (const auto& [input, permutation] : cases)
    for (const bp_dtype_t dtype : kSizedTypes)
      ASSERT_NO_FATAL_FAILURE(expect_transposed(device, dtype, input, permutation));
}

TEST(Transpose, TurnsTheAxesAroundWithoutAPermutation) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Transpose", 1, {tensor<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})},
                {wanted(BP_DTYPE_INT32, {3, 2})});
  ASSERT_EQ(run(device, node), BP_OK);
  EXPECT_EQ(node.outputs[0].as<int32_t>(), (std::vector<int32_t>{1, 4, 2, 5, 3, 6}));
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& bad : {Shape{0, 0}, Shape{0, 2}, Shape{-1, 0}}) {
    TestNode node("Transpose", 13, {coded(BP_DTYPE_INT8, {2, 2})}, {wanted(BP_DTYPE_INT8, {2, 2})});
    node.add("perm", bad);
    EXPECT_EQ(reason_against(device, node), "Transpose: perm is no permutation of the axes");
  }
}

TEST(Expand, RepeatsAxesOfSizeOneAndAddsAxesInFront) {
  const OpenDevice device(kSynchronousDevice);
  Random random(22);
  for (int round = 0; round < 200; ++round) {
    const Shape output = random_shape(random, random() % 9);
    const Shape input = random_part(random, output);
    TestNode node("Expand", 13,
                  {coded(kSizedTypes[round % 4], input),
                   tensor<int64_t>({static_cast<int64_t>(output.size())}, output)},
                  {wanted(kSizedTypes[round % 4], output)});
    node.constant[1] = round % 2 == 0;
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    for (size_t i = 0; i < count_of(output); ++i)
      ASSERT_TRUE(is_element(node.outputs[0], i, node.inputs[0], broadcast_index(output, input, i)))
          << text_of(input) << " to " << text_of(output);
  }
}

TEST(Expand, RefusesAnOutputThatTheInputDoesNotFit) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Expand", 13, {coded(BP_DTYPE_INT8, {2}), tensor<int64_t>({1}, {3})},
                {wanted(BP_DTYPE_INT8, {3})});
  EXPECT_EQ(reason_against(device, node), "Expand: int8[2] does not expand to int8[3]");
}

}  // namespace
}  // namespace backplane::cpu::testing
