#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>

#include "../test_numbers.hpp"
#include "../test_run.hpp"

namespace backplane::cpu::testing {
namespace {

template <class T>
std::vector<T> clip(const std::vector<T>& values, const std::vector<T>& min,
                    const std::vector<T>& max) {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {static_cast<int64_t>(values.size())};
  const Tensor low = min.empty() ? Tensor() : tensor({}, min);
  const Tensor high = max.empty() ? Tensor() : tensor({}, max);
  TestNode node("Clip", 13, {tensor(shape, values), low, high}, {wanted(dtype_of<T>(), shape)});
  run_both_ways(device, node);
  return node.outputs[0].as<T>();
}

// Something that can be compared: a double has no room for every 64-bit integer.
template <class T>
auto comparable(T number) {
  if constexpr (std::is_integral_v<T>)
    return number;
  else
    return value_of(number);
}

template <class T>
class Clip : public ::testing::Test {};
using Numbers = ::testing::Types<float, double, Half, Bfloat16, uint8_t, uint16_t, uint32_t,
                                 uint64_t, int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(Clip, Numbers, TypeName);

TYPED_TEST(Clip, HoldsEveryNumberBetweenTheBounds) {
  Random random(11);
  for (int round = 0; round < 20; ++round) {
    const auto values = random_numbers<TypeParam>(random, 67);
    const TypeParam low = random_number<TypeParam>(random);
    const TypeParam high = random_number<TypeParam>(random);
    if (std::isnan(value_of(low)) || std::isnan(value_of(high))) continue;
    const auto results = clip(values, {low}, {high});
    const auto only_low = clip(values, {low}, {});
    const auto only_high = clip(values, {}, {high});
    const auto same = clip(values, {}, {});
    for (size_t i = 0; i < values.size(); ++i) {
      const TypeParam value = values[i];
      const auto raised =
          std::isnan(value_of(value)) || !(comparable(value) < comparable(low)) ? value : low;
      const auto both = comparable(raised) > comparable(high) ? high : raised;
      EXPECT_TRUE(same_number(value_of(results[i]), value_of(both)));
      EXPECT_TRUE(same_number(value_of(only_low[i]), value_of(raised)));
      EXPECT_TRUE(same_number(value_of(only_high[i]),
                              value_of(comparable(value) > comparable(high) ? high : value)));
      EXPECT_TRUE(same_number(value_of(same[i]), value_of(value)));
    }
  }
}

TEST(ClipOnFloats, KeepsNaNAndGivesMaxWhereMinIsAboveIt) {
  const auto results = clip<float>({NAN, -INFINITY, INFINITY, 0.5f}, {2.0f}, {1.0f});
  EXPECT_TRUE(std::isnan(results[0]));
  EXPECT_EQ((std::vector<float>(results.begin() + 1, results.end())),
            (std::vector<float>{1.0f, 1.0f, 1.0f}));
}

TEST(ClipOnFloats, TakesItsBoundsFromAttributesInVersion6) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Clip", 6, {tensor<float>({4}, {-INFINITY, -2.0f, 0.5f, 2.0f})},
                {wanted(BP_DTYPE_FLOAT32, {4})});
  node.add("min", -FLT_MAX);
  node.add("max", 1.0f);
  ASSERT_EQ(run(device, node), BP_OK);
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{-FLT_MAX, -2.0f, 0.5f, 1.0f}));
}

TEST(ClipRefuses, BoundsThatAreNoSingleNumberOfTheType) {
  const OpenDevice device(kSynchronousDevice);
  TestNode two("Clip", 13, {tensor<float>({1}, {1}), tensor<float>({2}, {1, 2})},
               {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, two), "Clip: a bound is one number, not float32[2]");
  TestNode other("Clip", 13, {tensor<float>({1}, {1}), tensor<double>({}, {1})},
                 {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, other), "Clip: bounds have the input's type");
}

}  // namespace
}  // namespace backplane::cpu::testing
