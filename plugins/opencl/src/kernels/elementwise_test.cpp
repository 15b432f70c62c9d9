// Elementwise operators of two inputs and Clip against plain loops.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Elementwise : public KernelTest {
 protected:
  // Sums of what the strides pick are exact, so any place that is wrong shows.
  void expect_sums(const Tensor& a, const Shape& a_strides, const Tensor& b, const Shape& b_strides,
                   const Shape& output, int in_place = -1) {
    TestNode node("Add", 14, {a, b}, {wanted<float>(output)});
    node.outputs[0].offset = 5;
    ASSERT_NO_FATAL_FAILURE(run(node, in_place));
    const auto first = a.as<float>();
    const auto second = b.as<float>();
    const auto sums = node.outputs[0].as<float>();
    for (size_t i = 0; i < sums.size(); ++i) {
      const Shape place = place_of(output, i);
      ASSERT_EQ(sums[i], first[index_of(a_strides, place)] + second[index_of(b_strides, place)])
          << "element " << i;
    }
  }

  void expect_broadcast(const Shape& a, const Shape& b, const Shape& output) {
    Tensor first = tensor(a, floats(count_of(a), 1));
    Tensor second = tensor(b, floats(count_of(b), 2));
    first.offset = 3;
    expect_sums(first, broadcast_strides(output, a), second, broadcast_strides(output, b), output);
  }

  template <class T>
  std::vector<T> of_two(const char* op, const std::vector<T>& a, const std::vector<T>& b) {
    const Shape shape = {static_cast<int64_t>(a.size())};
    TestNode node(op, 14, {tensor(shape, a), tensor(shape, b)}, {wanted<T>(shape)});
    run(node);
    return node.outputs[0].as<T>();
  }
};

TEST_F(Elementwise, EverySizeAroundVectorsAtEveryOffset) {
  for (const int64_t count : {0, 1, 3, 15, 16, 17, 63, 64, 65, 1000003}) {
    Tensor a = tensor({count}, floats(static_cast<size_t>(count), 1));
    Tensor b = tensor({count}, floats(static_cast<size_t>(count), 2));
    for (const uint64_t offset : {0, 1, 13}) {
      a.offset = offset;
      b.offset = 2 * offset;
      expect_sums(a, {1}, b, {1}, {count});
    }
    expect_sums(a, {1}, b, {1}, {count}, 0);
    expect_sums(a, {1}, b, {1}, {count}, 1);
  }
}

TEST_F(Elementwise, ResultsThatGoPastTheCacheAreThere) {
  const auto count = static_cast<int64_t>(facts().cache_size / sizeof(float) + 77);
  Tensor a = tensor({count}, floats(static_cast<size_t>(count), 1));
  const Tensor b = tensor({1}, floats(1, 2));
  expect_sums(a, {1}, b, {0}, {count});
}

TEST_F(Elementwise, Broadcasts) {
  expect_broadcast({7, 65}, {}, {7, 65});
  expect_broadcast({7, 65}, {65}, {7, 65});
  expect_broadcast({1}, {300}, {300});
  expect_broadcast({100, 1}, {1, 70}, {100, 70});
  expect_broadcast({2, 5, 9, 15}, {5, 1, 1}, {2, 5, 9, 15});
  expect_broadcast({2, 1, 9, 1}, {5, 1, 65}, {2, 5, 9, 65});
  expect_broadcast({3, 1, 2, 1, 2, 1, 2, 3}, {2, 1, 2, 1, 2, 1, 1}, {3, 2, 2, 2, 2, 2, 2, 3});
}

TEST_F(Elementwise, TakesStrides) {
  const Tensor dense = tensor({35, 70}, floats(2450, 1));
  const std::vector<float> far = floats(7000, 2);
  const std::vector<std::vector<int64_t>> tried = {{1, 35}, {100, 1}, {2, 72},
                                                   {0, 1},  {1, 0},   {0, 0}};
  for (const Shape& strides : tried) {
    Tensor view = tensor({35, 70}, far, strides);
    view.offset = 1;
    expect_sums(dense, {70, 1}, view, strides, {35, 70});
    expect_sums(view, strides, dense, {70, 1}, {35, 70});
  }
  // Broadcast and strided at once.
  const Tensor column = tensor({35, 1}, far, {3, 1});
  expect_sums(column, {3, 0}, dense, {70, 1}, {35, 70});
}

TEST_F(Elementwise, IntegersWrapAround) {
  EXPECT_EQ(of_two<int32_t>("Add", {INT32_MAX, 5, -7}, {1, -9, 7}),
            (std::vector<int32_t>{INT32_MIN, -4, 0}));
  EXPECT_EQ(of_two<int8_t>("Mul", {100, -128, 3}, {3, -1, -4}),
            (std::vector<int8_t>{44, -128, -12}));
  EXPECT_EQ(of_two<int64_t>("Sub", {INT64_MIN, 0}, {1, 3}), (std::vector<int64_t>{INT64_MAX, -3}));
  EXPECT_EQ(of_two<uint8_t>("Sub", {3, 200}, {5, 100}), (std::vector<uint8_t>{254, 100}));
}

TEST_F(Elementwise, IntegersDivideTowardsZeroAndNeverTrap) {
  EXPECT_EQ(of_two<int32_t>("Div", {-7, 7, 5, INT32_MIN, 0}, {2, -2, 0, -1, 3}),
            (std::vector<int32_t>{-3, -3, 0, INT32_MIN, 0}));
  EXPECT_EQ(of_two<uint8_t>("Div", {255, 7, 9}, {16, 0, 255}), (std::vector<uint8_t>{15, 0, 0}));
}

TEST_F(Elementwise, Float16IsComputedInFloatAndRoundedOnce) {
  const std::vector<float> numbers = floats(133, 4);
  std::vector<Half> a;
  std::vector<Half> b;
  for (size_t i = 0; i < numbers.size(); ++i) {
    a.push_back(half_of(numbers[i]));
    b.push_back(half_of(numbers[(i * 5 + 1) % numbers.size()]));
  }
  const std::vector<Half> products = of_two<Half>("Mul", a, b);
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_TRUE(is_near(products[i], value_of(a[i]) * value_of(b[i]), 0.5)) << i;
}

TEST_F(Elementwise, ClipHoldsWhatStridesPick) {
  const std::vector<float> x = floats(2211, 6);
  TestNode node("Clip", 13, {tensor({33, 67}, x, {1, 33}), tensor<float>({}, {-20}), Tensor{}},
                {wanted<float>({33, 67})});
  run(node);
  auto y = node.outputs[0].as<float>();
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], std::max(x[i / 67 + i % 67 * 33], -20.0f)) << i;

  TestNode both("Clip", 13,
                {tensor<int8_t>({5}, {-128, -5, 0, 7, 127}), tensor<int8_t>({}, {-6}),
                 tensor<int8_t>({}, {7})},
                {wanted<int8_t>({5})});
  run(both);
  EXPECT_EQ(both.outputs[0].as<int8_t>(), (std::vector<int8_t>{-6, -5, 0, 7, 7}));
}

}  // namespace
}  // namespace backplane::opencl::testing
