// Pad on sizes that cross vectors and pieces, in every mode and from every source of its values.
#include <algorithm>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

// By the definition, element by element; -1: the constant.
int64_t shown(const std::string& mode, int64_t at, int64_t size) {
  if (at >= 0 && at < size) return at;
  if (mode == "edge") return std::clamp<int64_t>(at, 0, size - 1);
  if (mode == "wrap") return (at % size + size) % size;
  if (mode == "constant") return -1;
  while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
  return at;
}

class Padded : public KernelTest {
 protected:
  // `pads` as the operator has them: all before, then all after.
  template <class T>
  TestNode node_of(const Shape& shape, const Shape& pads, const std::string& mode) {
    Shape output = shape;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      output[axis] += pads[axis] + pads[axis + shape.size()];
    TestNode node("Pad", 19, {tensor(shape, coded<T>(count_of(shape))), constant(pads)},
                  {wanted<T>(output)});
    node.add("mode", mode);
    node.outputs[0].offset = 3;
    return node;
  }

  template <class T>
  void expect_padded(TestNode& node, const Shape& shape, const Shape& pads, const std::string& mode,
                     T value) {
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto x = node.inputs[0].template as<T>();
    const auto y = node.outputs[0].template as<T>();
    const bp_tensor_type_t& type = node.outputs[0].type;
    const Shape output(type.shape, type.shape + type.rank);
    for (size_t i = 0; i < y.size(); ++i) {
      Shape place = place_of(output, i);
      for (size_t axis = 0; axis < shape.size(); ++axis)
        place[axis] = shown(mode, place[axis] - pads[axis], shape[axis]);
      const bool is_inside = *std::min_element(place.begin(), place.end()) >= 0;
      ASSERT_EQ(y[i], is_inside ? x[index_of(dense_strides(shape), place)] : value)
          << mode << ", element " << i;
    }
  }

  template <class T>
  void expect_in_every_mode(const Shape& shape, const Shape& pads) {
    for (const std::string mode : {"constant", "edge", "reflect", "wrap"}) {
      TestNode node = node_of<T>(shape, pads, mode);
      expect_padded<T>(node, shape, pads, mode, 0);
    }
  }
};

TEST_F(Padded, RowsOfEveryLengthInEveryMode) {
  expect_in_every_mode<uint32_t>({5, 200}, {0, 3, 0, 5});
  expect_in_every_mode<uint32_t>({70, 33}, {2, 0, 7, 0});
  expect_in_every_mode<uint8_t>({3, 4, 20, 64}, {0, 0, 1, 1, 0, 0, 1, 1});
  expect_in_every_mode<uint16_t>({17, 130}, {1, 70, 16, 100});
  expect_in_every_mode<uint64_t>({2, 3, 4, 5}, {1, 2, 3, 4, 1, 2, 3, 4});
}

TEST_F(Padded, NegativePadsTakeAway) {
  for (const Shape& pads : {Shape{-3, 5, 7, -100}, Shape{4, -130, -69, 9}, Shape{-70, 1, 3, 1},
                            Shape{0, -5, 0, -6}, Shape{-5, 0, 80, 0}}) {
    TestNode node = node_of<uint32_t>({70, 200}, pads, "constant");
    expect_padded<uint32_t>(node, {70, 200}, pads, "constant", 0);
  }
}

TEST_F(Padded, ValuesAndPadsOfALaunch) {
  const Shape pads = {1, 2, 3, 70};
  TestNode node = node_of<int16_t>({5, 40}, pads, "constant");
  node.inputs[1].is_constant = false;
  node.inputs.push_back(tensor<int16_t>({}, {-7}));
  node.inputs[2].offset = 5;
  expect_padded<int16_t>(node, {5, 40}, pads, "constant", -7);
}

TEST_F(Padded, OnlyTheAxesNamed) {
  const Shape pads = {0, 0, 4, 0, 0, 6};
  TestNode node = node_of<uint32_t>({3, 5, 40}, pads, "edge");
  node.inputs[1] = constant(Shape{4, 6});
  node.inputs.push_back(Tensor{});
  node.inputs.push_back(constant(Shape{-1}));
  expect_padded<uint32_t>(node, {3, 5, 40}, pads, "edge", 0);
}

TEST_F(Padded, AnInputOfNothingIsAllConstant) {
  TestNode node(
      "Pad", 13,
      {tensor<float>({0, 3}, {}), constant(Shape{2, 0, 3, 1}), tensor<float>({1}, {2.5f})},
      {wanted<float>({5, 4})});
  run(node);
  EXPECT_EQ(node.outputs[0].as<float>(), std::vector<float>(20, 2.5f));
}

TEST_F(Padded, TheOldestDefinitionHasItAllInAttributes) {
  TestNode node("Pad", 2, {tensor<float>({2}, {1, 2})}, {wanted<float>({4})});
  node.add("pads", Shape{1, 1});
  node.add("value", -3.5f);
  run(node);
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{-3.5f, 1, 2, -3.5f}));
}

TEST_F(Padded, PastTheCache) {
  const auto rows = static_cast<int64_t>(facts().cache_size / (1024 * sizeof(uint32_t)) + 16);
  const Shape pads = {1, 64, 1, 64};
  TestNode node = node_of<uint32_t>({rows, 896}, pads, "constant");
  node.outputs[0].offset = 0;
  expect_padded<uint32_t>(node, {rows, 896}, pads, "constant", 0);
}

TEST_F(Padded, RefusesPadsThatDoNotFit) {
  TestNode wrong("Pad", 13, {tensor<float>({2}, {1, 2}), constant(Shape{1, 2})},
                 {wanted<float>({4})});
  EXPECT_NE(reason_against(wrong), "");
  TestNode empty("Pad", 13, {tensor<float>({0}, {}), constant(Shape{1, 0})}, {wanted<float>({1})});
  empty.add("mode", std::string("edge"));
  EXPECT_NE(reason_against(empty), "");
}

}  // namespace
}  // namespace backplane::opencl::testing
