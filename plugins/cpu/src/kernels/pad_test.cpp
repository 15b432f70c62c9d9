#include <gtest/gtest.h>

#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

// The place in an axis of `size` that place `at` (0 is its first) shows, by walking there step by
// step; -1: the constant.
int64_t walk(const std::string& mode, int64_t at, int64_t size) {
  if (at >= 0 && at < size) return at;
  if (mode == "constant") return -1;
  int64_t place = at < 0 ? 0 : size - 1;
  if (mode == "edge" || size == 1) return place;
  int64_t direction = at < 0 ? 1 : -1;  // back into the axis
  if (mode == "wrap") direction = -direction;
  for (int64_t left = at < 0 ? -at : at - (size - 1); left > 0; --left) {
    place += direction;
    if (mode == "wrap") place = (place + size) % size;
    if (mode == "reflect" && (place == 0 || place == size - 1)) direction = -direction;
  }
  return place;
}

struct Padding {
  std::vector<int64_t> before, after;
};

Padding random_padding(Random& random, const Shape& input, bool may_cut) {
  Padding padding;
  for (const int64_t size : input) {
    const auto one = [&] {
      return static_cast<int64_t>(random() % 5) - (may_cut && size > 2 ? 1 : 0);
    };
    padding.before.push_back(one());
    padding.after.push_back(one());
  }
  return padding;
}

Shape padded(const Shape& input, const Padding& padding) {
  Shape output;
  for (size_t i = 0; i < input.size(); ++i)
    output.push_back(input[i] + padding.before[i] + padding.after[i]);
  return output;
}

Tensor pads_of(const Padding& padding) {
  std::vector<int64_t> pads = padding.before;
  pads.insert(pads.end(), padding.after.begin(), padding.after.end());
  return tensor({static_cast<int64_t>(pads.size())}, pads);
}

// The place in the input; `*is_inside` false: the constant.
Shape source_of(const std::string& mode, const Shape& input, const Padding& padding,
                const Shape& place, bool* is_inside) {
  Shape from;
  for (size_t axis = 0; axis < place.size(); ++axis) {
    from.push_back(walk(mode, place[axis] - padding.before[axis], input[axis]));
    if (from.back() < 0) *is_inside = false;
  }
  return from;
}

void expect_padded(const std::string& mode, uint64_t seed) {
  const OpenDevice device(kSynchronousDevice);
  Random random(seed);
  for (int round = 0; round < 150; ++round) {
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    Shape input = random_shape(random, random() % 6);
    if (mode != "constant")
      for (int64_t& size : input) size = std::max<int64_t>(size, 1);
    const Padding padding = random_padding(random, input, mode == "constant");
    const Shape output = padded(input, padding);
    const Tensor value = coded(dtype, {}, 77777);
    TestNode node("Pad", mode == "wrap" ? 19 : 13, {coded(dtype, input), pads_of(padding), value},
                  {wanted(dtype, output)});
    node.add("mode", mode.c_str());
    node.constant[1] = round % 2 == 0;
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    for (size_t i = 0; i < count_of(output); ++i) {
      bool is_inside = true;
      const Shape from = source_of(mode, input, padding, place_of(output, i), &is_inside);
      const bool is_right =
          is_inside ? is_element(node.outputs[0], i, node.inputs[0], index_of(input, from))
                    : is_element(node.outputs[0], i, value, 0);
      ASSERT_TRUE(is_right) << mode << " " << text_of(input) << " to " << text_of(output) << " at "
                            << i;
    }
  }
}

TEST(Pad, PutsAConstantAroundAndCutsOffWhereAPadIsNegative) { expect_padded("constant", 51); }
TEST(Pad, Reflects) { expect_padded("reflect", 52); }
TEST(Pad, RepeatsTheEdge) { expect_padded("edge", 53); }
TEST(Pad, WrapsAroundSinceVersion19) { expect_padded("wrap", 54); }

TEST(Pad, PadsWithZeroWhenNoConstantIsGiven) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pad", 13, {tensor<float>({1}, {5}), tensor<int64_t>({2}, {1, 2})},
                {wanted(BP_DTYPE_FLOAT32, {4})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{0, 5, 0, 0}));
}

TEST(Pad, ReadsAttributesInVersion2) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pad", 2, {tensor<double>({1}, {5})}, {wanted(BP_DTYPE_FLOAT64, {2})});
  node.add("pads", Shape{1, 0});
  node.add("value", 2.5f);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<double>(), (std::vector<double>{2.5, 5}));
}

TEST(Pad, PadsTheAxesNamedSinceVersion18) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pad", 18,
                {tensor<int8_t>({1, 2}, {1, 2}), tensor<int64_t>({2}, {1, 0}),
                 tensor<int8_t>({}, {9}), tensor<int32_t>({1}, {-1})},
                {wanted(BP_DTYPE_INT8, {1, 3})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<int8_t>(), (std::vector<int8_t>{9, 1, 2}));
}

void expect_wrong(const char* mode, const Shape& input, const std::vector<int64_t>& pads,
                  const std::string& reason) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pad", 13,
                {coded(BP_DTYPE_INT8, input), tensor({static_cast<int64_t>(pads.size())}, pads)},
                {wanted(BP_DTYPE_INT8, {4})});
  node.add("mode", mode);
  Launch launch(device, node, 0x5a);
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), reason);
  node.constant[1] = true;
  EXPECT_EQ(reason_against(device, node), reason);
}

TEST(Pad, SaysWhatIsWrongWithItsPads) {
  expect_wrong("constant", {2}, {1, 1, 1}, "Pad: 3 pads for 1 axes");
  expect_wrong("constant", {2}, {1, 2}, "Pad: an axis of 2 padded by 1 and 2 is none of 4");
  expect_wrong("constant", {2}, {INT64_MAX, 2},
               "Pad: an axis of 2 padded by 9223372036854775807 and 2 is none of 4");
  expect_wrong("edge", {0}, {2, 2}, "Pad: an axis of 0 has nothing to repeat");
}

TEST(Pad, RefusesAModeThatItDoesNotKnow) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pad", 13, {coded(BP_DTYPE_INT8, {1}), tensor<int64_t>({2}, {0, 0})},
                {wanted(BP_DTYPE_INT8, {1})});
  node.add("mode", "wrap");
  EXPECT_EQ(reason_against(device, node), "Pad: no mode \"wrap\"");
}

}  // namespace
}  // namespace backplane::cpu::testing
