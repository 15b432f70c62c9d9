#include <gtest/gtest.h>

#include <cstdint>

#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

// The places that a slice of one axis takes, by walking from the start until the end is passed.
// ONNX moves a start that lies before the axis to 0, backwards too (numpy takes nothing then).
std::vector<int64_t> places_of(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (start < 0) start += size;
  if (end < 0) end += size;
  std::vector<int64_t> places;
  if (step > 0) {
    for (int64_t i = std::max<int64_t>(start, 0); i < std::min(end, size); i += step)
      places.push_back(i);
  } else {
    for (int64_t i = std::min(std::max<int64_t>(start, 0), size - 1);
         i > std::max<int64_t>(end, -1); i += step)
      places.push_back(i);
  }
  return places;
}

struct Cut {
  std::vector<int64_t> starts, ends, axes, steps;
};

Cut random_cut(Random& random, const Shape& input) {
  Cut cut;
  for (size_t axis = 0; axis < input.size(); ++axis) {
    if (random() % 3 == 0) continue;
    const auto number = [&] { return static_cast<int64_t>(random() % 15) - 7; };
    cut.axes.push_back(random() % 2 == 0
                           ? static_cast<int64_t>(axis)
                           : static_cast<int64_t>(axis) - static_cast<int64_t>(input.size()));
    cut.starts.push_back(random() % 9 == 0 ? INT64_MIN / 2 : number());
    cut.ends.push_back(random() % 9 == 0 ? INT64_MAX : number());
    const int64_t step = number() / 2;
    cut.steps.push_back(step == 0 ? 1 : step);
  }
  return cut;
}

template <class Index>
Tensor indices(const std::vector<int64_t>& values) {
  return tensor({static_cast<int64_t>(values.size())},
                std::vector<Index>(values.begin(), values.end()));
}

TEST(Slice, TakesWhatWalkingFromStartToEndTakes) {
  const OpenDevice device(kSynchronousDevice);
  Random random(31);
  for (int round = 0; round < 400; ++round) {
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    const Shape input = random_shape(random, random() % 9);
    const Cut cut = random_cut(random, input);
    std::vector<std::vector<int64_t>> places;
    for (const int64_t size : input) places.push_back(places_of(size, 0, size, 1));
    for (size_t i = 0; i < cut.axes.size(); ++i) {
      const auto axis = static_cast<size_t>(
          cut.axes[i] < 0 ? cut.axes[i] + static_cast<int64_t>(input.size()) : cut.axes[i]);
      places[axis] = places_of(input[axis], cut.starts[i], cut.ends[i], cut.steps[i]);
    }
    Shape output;
    for (const auto& taken : places) output.push_back(static_cast<int64_t>(taken.size()));
    TestNode node("Slice", 13,
                  {coded(dtype, input), indices<int64_t>(cut.starts), indices<int64_t>(cut.ends),
                   indices<int64_t>(cut.axes), indices<int64_t>(cut.steps)},
                  {wanted(dtype, output)});
    for (size_t i = 1; i < 5; ++i) node.constant[i] = round % 3 == 0;
    ASSERT_NO_FATAL_FAILURE(expect_moved(device, node, input, output, [&](const Shape& place) {
      Shape from;
      for (size_t axis = 0; axis < place.size(); ++axis)
        from.push_back(places[axis][static_cast<size_t>(place[axis])]);
      return from;
    }));
  }
}

TEST(Slice, TakesInt32IndicesAndDoesWithoutAxesAndSteps) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Slice", 10,
                {tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}), indices<int32_t>({0, 1}),
                 indices<int32_t>({1, INT32_MAX})},
                {wanted(BP_DTYPE_FLOAT32, {1, 2})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{2, 3}));
}

TEST(Slice, ReadsAttributesInVersion1) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Slice", 1, {tensor<float>({4}, {1, 2, 3, 4})}, {wanted(BP_DTYPE_FLOAT32, {2})});
  node.add("starts", Shape{1});
  node.add("ends", Shape{-1});
  node.add("axes", Shape{0});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{2, 3}));
}

TEST(Slice, SurvivesTheSmallestAndLargestStep) {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t step : {INT64_MIN, INT64_MIN + 1, INT64_MAX}) {
    TestNode node("Slice", 13,
                  {tensor<float>({3}, {1, 2, 3}), indices<int64_t>({step < 0 ? -1 : 0}),
                   indices<int64_t>({step < 0 ? INT64_MIN : INT64_MAX}), indices<int64_t>({0}),
                   indices<int64_t>({step})},
                  {wanted(BP_DTYPE_FLOAT32, {1})});
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    EXPECT_EQ(node.outputs[0].as<float>()[0], step < 0 ? 3.0f : 1.0f);
  }
}

// With constants supports() refuses, in a launch the same values fail, in the same words.
void expect_wrong(const Cut& cut, const std::string& reason) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node(
      "Slice", 13,
      {coded(BP_DTYPE_INT8, {4, 4}), indices<int64_t>(cut.starts), indices<int64_t>(cut.ends),
       indices<int64_t>(cut.axes), indices<int64_t>(cut.steps)},
      {wanted(BP_DTYPE_INT8, {2, 4})});
  Launch launch(device, node, 0x5a);
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), reason);
  node.constant = {false, true, true, true, true};
  EXPECT_EQ(reason_against(device, node), reason);
}

TEST(Slice, SaysWhatIsWrongWithItsValues) {
  expect_wrong({{0}, {2}, {0}, {0}}, "Slice: a step of 0");
  expect_wrong({{0}, {2}, {2}, {1}}, "Slice: axis 2 is outside a rank of 2");
  expect_wrong({{0, 0}, {2, 2}, {0, -2}, {1, 1}}, "Slice: axis 0 is there twice");
  expect_wrong({{0}, {2, 2}, {0}, {1}}, "Slice: 1 starts, but 2 ends, axes or steps");
  expect_wrong({{0}, {3}, {0}, {1}},
               "Slice: starts, ends and steps do not cut int8[2,4] out of int8[4,4]");
}

}  // namespace
}  // namespace backplane::cpu::testing
