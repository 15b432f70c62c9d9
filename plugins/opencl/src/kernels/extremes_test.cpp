// Min and Max against plain loops.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Extremes : public KernelTest {
 protected:
  template <class T>
  std::vector<T> of(const char* op, const std::vector<std::vector<T>>& inputs) {
    std::vector<Tensor> tensors;
    size_t count = 1;
    for (const std::vector<T>& input : inputs) {
      tensors.push_back(tensor({static_cast<int64_t>(input.size())}, input));
      count = std::max(count, input.size());
    }
    TestNode node(op, 13, tensors, {wanted<T>({static_cast<int64_t>(count)})});
    run(node);
    return node.outputs[0].as<T>();
  }

  // The greatest of `inputs` dense tensors of these sizes, which are broadcast.
  void expect_greatest(const std::vector<Shape>& shapes, const Shape& output, int in_place = -1) {
    std::vector<Tensor> tensors;
    for (size_t i = 0; i < shapes.size(); ++i) {
      tensors.push_back(tensor(shapes[i], floats(count_of(shapes[i]), i)));
      tensors.back().offset = i;
    }
    TestNode node("Max", 13, tensors, {wanted<float>(output)});
    ASSERT_NO_FATAL_FAILURE(run(node, in_place));
    const auto greatest = node.outputs[0].as<float>();
    for (size_t i = 0; i < greatest.size(); ++i) {
      float expected = -INFINITY;
      for (size_t which = 0; which < shapes.size(); ++which) {
        const Shape strides = broadcast_strides(output, shapes[which]);
        expected = std::max(expected, eighths(index_of(strides, place_of(output, i)), which));
      }
      ASSERT_EQ(greatest[i], expected) << "element " << i;
    }
  }
};

TEST_F(Extremes, EverySizeAroundVectorsOfOneToFiveInputs) {
  for (const int64_t count : {0, 1, 15, 16, 17, 63, 64, 65, 1003})
    for (size_t inputs = 1; inputs <= 5; ++inputs)
      expect_greatest(std::vector<Shape>(inputs, {count}), {count});
  expect_greatest({{1000003}, {1000003}}, {1000003});
}

TEST_F(Extremes, InPlaceOfTheFirstTwo) {
  for (const int in_place : {0, 1}) {
    expect_greatest({{1003}, {1003}}, {1003}, in_place);
    expect_greatest({{1003}, {1003}, {1003}, {1}}, {1003}, in_place);
  }
  expect_greatest({{1003}}, {1003}, 0);
}

TEST_F(Extremes, Broadcasts) {
  expect_greatest({{}, {1}, {7, 65}}, {7, 65});
  expect_greatest({{65}, {7, 1}}, {7, 65});
  expect_greatest({{100, 1}, {1, 70}, {3, 1, 1}}, {3, 100, 70});
  expect_greatest({{2, 1, 9, 1}, {5, 1, 65}}, {2, 5, 9, 65});
}

TEST_F(Extremes, ResultsThatGoPastTheCacheAreThere) {
  const auto count = static_cast<int64_t>(facts().cache_size / sizeof(float) + 77);
  expect_greatest({{count}, {1}}, {count});
}

TEST_F(Extremes, TakesStrides) {
  const std::vector<int32_t> x = {5, -1, 7, -3, 9, -5};
  TestNode node("Min", 13, {tensor<int32_t>({2, 3}, x, {1, 2}), tensor<int32_t>({1}, {6})},
                {wanted<int32_t>({2, 3})});
  run(node);
  EXPECT_EQ(node.outputs[0].as<int32_t>(), (std::vector<int32_t>{5, 6, 6, -1, -3, -5}));
}

TEST_F(Extremes, NanInAnyInputIsTheResult) {
  for (const char* op : {"Min", "Max"})
    for (size_t at = 0; at < 3; ++at) {
      std::vector<std::vector<float>> inputs(3, {1, 2});
      inputs[at] = {NAN, 2};
      const auto results = of(op, inputs);
      EXPECT_TRUE(std::isnan(results[0])) << op << " " << at;
      EXPECT_EQ(results[1], 2);
    }
}

TEST_F(Extremes, IntegersKeepTheirSignAndAllTheirBits) {
  EXPECT_EQ(of<uint8_t>("Max", {{200, 3}, {100, 255}}), (std::vector<uint8_t>{200, 255}));
  EXPECT_EQ(of<int8_t>("Max", {{-56, 3}, {100, -1}}), (std::vector<int8_t>{100, 3}));
  const int64_t large = int64_t{1} << 60;
  EXPECT_EQ(of<int64_t>("Min", {{large + 1, -large}, {large, -large - 1}}),
            (std::vector<int64_t>{large, -large - 1}));
  EXPECT_EQ(of<uint64_t>("Min", {{UINT64_MAX, 1}, {1, UINT64_MAX}}), (std::vector<uint64_t>{1, 1}));
}

TEST_F(Extremes, RefusesBoolsAndSizesThatAreNotThoseOfTheInputs) {
  TestNode node(
      "Max", 13,
      {tensor<float>({2}, {1, 2}), tensor<float>({1}, {1}), tensor<float>({3}, {1, 2, 3})},
      {wanted<float>({2})});
  EXPECT_NE(reason_against(node).find("broadcast"), std::string::npos);
  node.inputs.pop_back();
  EXPECT_EQ(reason_against(node), "");
  node.outputs[0] = wanted<float>({3});
  EXPECT_NE(reason_against(node).find("broadcast"), std::string::npos);
  node.outputs[0] = wanted<float>({2, 2});
  EXPECT_NE(reason_against(node).find("broadcast"), std::string::npos);
  node.inputs[1] = tensor<int32_t>({1}, {1});
  EXPECT_NE(reason_against(node), "");
}

}  // namespace
}  // namespace backplane::opencl::testing
