#include <gtest/gtest.h>

#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

template <class Index>
void expect_gathered(uint64_t seed) {
  const OpenDevice device(kSynchronousDevice);
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    Shape input = random_shape(random, 1 + random() % 4);
    const size_t axis = random() % input.size();
    input[axis] = static_cast<int64_t>(1 + random() % 6);
    const Shape shape = random_shape(random, random() % 4);
    std::vector<Index> indices;
    for (size_t i = 0; i < count_of(shape); ++i)
      indices.push_back(static_cast<Index>(
          static_cast<int64_t>(random() % static_cast<uint64_t>(2 * input[axis])) - input[axis]));
    const auto at = static_cast<int64_t>(axis);
    Shape output(input.begin(), input.begin() + at);
    output.insert(output.end(), shape.begin(), shape.end());
    output.insert(output.end(), input.begin() + at + 1, input.end());
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    TestNode node("Gather", 13, {coded(dtype, input), tensor(shape, indices)},
                  {wanted(dtype, output)});
    node.add("axis", round % 2 == 0 ? at : at - static_cast<int64_t>(input.size()));
    ASSERT_NO_FATAL_FAILURE(expect_moved(device, node, input, output, [&](const Shape& place) {
      const auto begin = place.begin() + at;
      const auto end = begin + static_cast<int64_t>(shape.size());
      const auto index = static_cast<int64_t>(indices[index_of(shape, Shape(begin, end))]);
      Shape from(place.begin(), begin);
      from.push_back(index < 0 ? index + input[axis] : index);
      from.insert(from.end(), end, place.end());
      return from;
    }));
  }
}

TEST(Gather, TakesWhatInt64IndicesName) { expect_gathered<int64_t>(61); }
TEST(Gather, TakesWhatInt32IndicesName) { expect_gathered<int32_t>(62); }

TEST(Gather, FailsTheLaunchForAnIndexOutside) {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t bad : {int64_t{3}, int64_t{-4}, INT64_MAX, INT64_MIN}) {
    TestNode node("Gather", 13, {coded(BP_DTYPE_FLOAT32, {3, 2}), tensor<int64_t>({2}, {0, bad})},
                  {wanted(BP_DTYPE_FLOAT32, {2, 2})});
    Launch launch(device, node, 0x5a);
    EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(TestHost::take_text(),
              "Gather: index " + std::to_string(bad) + " is outside an axis of 3");
  }
}

TEST(Gather, RefusesAnOutputThatDoesNotFollow) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Gather", 13, {coded(BP_DTYPE_INT8, {3, 2}), tensor<int64_t>({4}, {0, 0, 0, 0})},
                {wanted(BP_DTYPE_INT8, {4, 3})});
  EXPECT_EQ(reason_against(device, node),
            "Gather: int8[4,3] is not gathered from int8[3,2] by int64[4]");
}

}  // namespace
}  // namespace backplane::cpu::testing
