// Comparisons and logic against plain loops.
#include <functional>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

using Bools = std::vector<uint8_t>;

Tensor bools(const Shape& shape, const Bools& values, const Shape& strides = {}) {
  Tensor made = tensor(shape, values, strides);
  made.type.dtype = BP_DTYPE_BOOL;
  return made;
}

Tensor wanted_bools(const Shape& shape) {
  Tensor made = wanted<uint8_t>(shape);
  made.type.dtype = BP_DTYPE_BOOL;
  return made;
}

class Comparison : public KernelTest {
 protected:
  template <class T>
  Bools of_two(const char* op, const std::vector<T>& a, const std::vector<T>& b) {
    const auto count = static_cast<int64_t>(std::max(a.size(), b.size()));
    TestNode node(
        op, op == std::string("Equal") || op == std::string("Less") ? 13 : 16,
        {tensor({static_cast<int64_t>(a.size())}, a), tensor({static_cast<int64_t>(b.size())}, b)},
        {wanted_bools({count})});
    run(node);
    return node.outputs[0].as<uint8_t>();
  }
};

TEST_F(Comparison, EverySizeAroundVectorsAtEveryOffset) {
  for (const int64_t count : {0, 1, 3, 15, 16, 17, 63, 64, 65, 1000003}) {
    const std::vector<float> a = floats(static_cast<size_t>(count), 1);
    const std::vector<float> b = floats(static_cast<size_t>(count), 2);
    for (const uint64_t offset : {0, 1, 13}) {
      TestNode node("Less", 13, {tensor({count}, a), tensor({count}, b)}, {wanted_bools({count})});
      node.inputs[0].offset = offset;
      node.inputs[1].offset = 2 * offset;
      node.outputs[0].offset = offset + 2;
      run(node);
      const Bools answers = node.outputs[0].as<uint8_t>();
      for (size_t i = 0; i < a.size(); ++i) ASSERT_EQ(answers[i], a[i] < b[i] ? 1 : 0) << i;
    }
  }
}

TEST_F(Comparison, BroadcastsAndTakesStrides) {
  const std::vector<float> a = floats(size_t{35} * 70, 1);
  const std::vector<float> b = floats(7000, 2);
  for (const Shape& strides : {Shape{1, 35}, {100, 1}, {2, 72}, {0, 1}, {1, 0}, {0, 0}}) {
    TestNode node("GreaterOrEqual", 16, {tensor({35, 70}, a), tensor({35, 70}, b, strides)},
                  {wanted_bools({35, 70})});
    run(node);
    const Bools answers = node.outputs[0].as<uint8_t>();
    for (size_t i = 0; i < a.size(); ++i) {
      const float other = b[index_of(strides, place_of({35, 70}, i))];
      ASSERT_EQ(answers[i], a[i] >= other ? 1 : 0) << i;
    }
  }
  TestNode spread("Equal", 13, {tensor({3, 1, 65}, floats(195, 3)), tensor({2, 1}, floats(2, 4))},
                  {wanted_bools({3, 2, 65})});
  run(spread);
  const Bools answers = spread.outputs[0].as<uint8_t>();
  for (size_t i = 0; i < answers.size(); ++i)
    ASSERT_EQ(answers[i], eighths(i / 130 * 65 + i % 65, 3) == eighths(i / 65 % 2, 4) ? 1 : 0) << i;
}

TEST_F(Comparison, NothingComparesWithNanAndZeroEqualsItsNegative) {
  const std::vector<float> a = {NAN, 1, 0.0f, -0.0f, INFINITY, -INFINITY, 1e-45f};
  const std::vector<float> b = {NAN, NAN, -0.0f, 0.0f, INFINITY, INFINITY, 0};
  EXPECT_EQ(of_two("Equal", a, b), (Bools{0, 0, 1, 1, 1, 0, 0}));
  EXPECT_EQ(of_two("Less", a, b), (Bools{0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(of_two("LessOrEqual", a, b), (Bools{0, 0, 1, 1, 1, 1, 0}));
  EXPECT_EQ(of_two("GreaterOrEqual", a, b), (Bools{0, 0, 1, 1, 1, 0, 1}));
}

TEST_F(Comparison, IntegersKeepTheirSignAndAllTheirBits) {
  EXPECT_EQ(of_two<uint8_t>("Less", {200, 3}, {100, 255}), (Bools{0, 1}));
  EXPECT_EQ(of_two<int8_t>("Less", {-56, 3}, {100, -1}), (Bools{1, 0}));
  const int64_t large = int64_t{1} << 60;
  EXPECT_EQ(of_two<int64_t>("Equal", {large, large + 1, -1}, {large + 1, large + 1, -1}),
            (Bools{0, 1, 1}));
  EXPECT_EQ(of_two<uint64_t>("LessOrEqual", {UINT64_MAX, 1}, {1, UINT64_MAX}), (Bools{0, 1}));
}

TEST_F(Comparison, LogicOfBoolsInPlaceAndBeside) {
  struct Law {
    const char* op;
    std::function<int(int, int)> apply;
  };
  const Law laws[] = {
      {"And", std::bit_and<>()}, {"Or", std::bit_or<>()}, {"Xor", std::bit_xor<>()}};
  const int64_t count = 4099;
  Bools a(count);
  Bools b(count);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = eighths(i, 1) > 0;
    b[i] = eighths(i, 2) > 0;
  }
  for (const Law& law : laws)
    for (const int in_place : {-1, 0, 1}) {
      TestNode node(law.op, 7, {bools({count}, a), bools({count}, b)}, {wanted_bools({count})});
      run(node, in_place);
      const Bools answers = node.outputs[0].as<uint8_t>();
      for (size_t i = 0; i < a.size(); ++i) ASSERT_EQ(answers[i], law.apply(a[i], b[i])) << i;
    }
}

TEST_F(Comparison, NotOfBoolsThatStridesPick) {
  Bools x(size_t{67} * 33);
  for (size_t i = 0; i < x.size(); ++i) x[i] = eighths(i, 5) > 0;
  for (const Shape& strides : {Shape{33, 1}, {1, 67}}) {
    TestNode node("Not", 1, {bools({67, 33}, x, strides)}, {wanted_bools({67, 33})});
    run(node);
    const Bools answers = node.outputs[0].as<uint8_t>();
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(answers[i], 1 - x[index_of(strides, place_of({67, 33}, i))]) << i;
  }
}

TEST_F(Comparison, RefusesWhatHasNoAnswer) {
  TestNode order("Less", 13, {bools({1}, {1}), bools({1}, {0})}, {wanted_bools({1})});
  EXPECT_NE(reason_against(order).find("only numbers"), std::string::npos);
  TestNode logic("And", 7, {tensor<float>({1}, {1}), tensor<float>({1}, {1})}, {wanted_bools({1})});
  EXPECT_NE(reason_against(logic).find("only bool"), std::string::npos);
  TestNode mixed("Equal", 13, {tensor<float>({1}, {1}), tensor<int32_t>({1}, {1})},
                 {wanted_bools({1})});
  EXPECT_NE(reason_against(mixed).find("one element type"), std::string::npos);
  TestNode sizes("Equal", 13, {tensor<float>({2}, {1, 2}), tensor<float>({1}, {1})},
                 {wanted_bools({3})});
  EXPECT_NE(reason_against(sizes).find("broadcast"), std::string::npos);
}

}  // namespace
}  // namespace backplane::opencl::testing
