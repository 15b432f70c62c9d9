// Pow against pow() in long double, and against repeated multiplication modulo 2^n.
#include <cmath>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Pow : public KernelTest {
 protected:
  template <class Base, class Exponent>
  std::vector<Base> pow_of(const std::vector<Base>& bases, const std::vector<Exponent>& exponents) {
    const auto count = static_cast<int64_t>(bases.size());
    const auto other = static_cast<int64_t>(exponents.size());
    TestNode node("Pow", 15, {tensor({count}, bases), tensor({other}, exponents)},
                  {wanted<Base>({std::max(count, other)})});
    run(node);
    return node.outputs[0].as<Base>();
  }

  template <class Base, class Exponent>
  void expect_near(const std::vector<Base>& bases, const std::vector<Exponent>& exponents,
                   double bound) {
    for (const Exponent exponent : exponents) {
      const auto powers = pow_of(bases, std::vector<Exponent>{exponent});
      for (size_t i = 0; i < bases.size(); ++i) {
        const auto exact =
            static_cast<double>(std::pow(static_cast<long double>(value_of(bases[i])),
                                         static_cast<long double>(value_of(exponent))));
        const double held = std::is_same_v<Base, float> ? double{static_cast<float>(exact)} : exact;
        EXPECT_TRUE(is_near(powers[i], std::isinf(held) ? held : exact, bound))
            << value_of(bases[i]) << " to the " << value_of(exponent) << " gave "
            << value_of(powers[i]) << ", not " << exact;
      }
    }
  }

  // OpenCL's bound, for what is computed in the type itself.
  static constexpr double kOpencl = 16;

  const std::vector<float> bases_ = {0.0f,      -0.0f, 1.0f,  -1.0f, 2.0f,   -2.0f,
                                     0.5f,      3.7f,  -3.7f, 1e20f, 1e-20f, INFINITY,
                                     -INFINITY, NAN,   1.5f,  10.0f, -0.25f, 7.0f};
};

TEST_F(Pow, OfFloats) {
  expect_near<float, float>(bases_, {0.0f, -0.0f, 1.0f, -1.0f, 3.0f, 0.5f, 2.5f, INFINITY, NAN},
                            kOpencl);
  expect_near<float, float>(bases_, {2.0f}, 0.5001);
}

TEST_F(Pow, OfAFloatToAPowerOfAnotherType) {
  expect_near<float, int8_t>(bases_, {0, 1, 2, 3, -3, 127, -128}, kOpencl);
  expect_near<float, int32_t>(bases_, {2, 5, -7, 16777217}, kOpencl);
  expect_near<float, Half>(bases_, {half_of(2.0f), half_of(0.5f)}, kOpencl);
  if (!facts().has_float64) GTEST_SKIP() << "no float64 for the others";
  expect_near<float, uint64_t>(bases_, {2, 3, 255}, 0.5001);
  expect_near<float, int64_t>(bases_, {2, -3}, 0.5001);
  expect_near<float, double>(bases_, {2.0, 1.5, -0.25}, 0.5001);
}

TEST_F(Pow, OfFloat16) {
  std::vector<Half> halves;
  for (const float base : {0.5f, 1.5f, -2.0f, 7.0f, -0.25f}) halves.push_back(half_of(base));
  expect_near<Half, Half>(halves, {half_of(2.0f), half_of(3.0f), half_of(-1.0f)}, 0.51);
  expect_near<Half, float>(halves, {2.0f, 3.0f}, 0.51);
}

TEST_F(Pow, KnowsAnOddExponentThatIsTooLargeForADouble) {
  if (!facts().has_float64) GTEST_SKIP() << "no float64";
  EXPECT_EQ(
      pow_of<float>(std::vector<float>{-1.0f, 1.0f}, std::vector<int64_t>{(int64_t{1} << 53) + 1}),
      (std::vector<float>{-1.0f, 1.0f}));
}

TEST_F(Pow, WrapsAroundOnIntegers) {
  const std::vector<int32_t> bases = {0, 1, -1, 2, -3, 7, 1000, INT32_MIN};
  for (const int64_t exponent : {0, 1, 2, 3, 5, 31, 40}) {
    const auto narrow = pow_of(bases, std::vector<int64_t>{exponent});
    const auto wide = pow_of(std::vector<int64_t>(bases.begin(), bases.end()),
                             std::vector<uint8_t>{static_cast<uint8_t>(exponent)});
    for (size_t i = 0; i < bases.size(); ++i) {
      uint64_t product = 1;
      for (int64_t n = 0; n < exponent; ++n)
        product *= static_cast<uint64_t>(static_cast<int64_t>(bases[i]));
      EXPECT_EQ(narrow[i], static_cast<int32_t>(product)) << bases[i] << " to the " << exponent;
      EXPECT_EQ(wide[i], static_cast<int64_t>(product)) << bases[i] << " to the " << exponent;
    }
  }
}

TEST_F(Pow, TruncatesAndSaturatesWhereAnIntegerBaseMeetsOtherPowers) {
  EXPECT_EQ(pow_of(std::vector<int32_t>{2, 1, -1, 0}, std::vector<int32_t>{-1, -5, -3, -1}),
            (std::vector<int32_t>{0, 1, -1, 0}));
  if (!facts().has_float64) GTEST_SKIP() << "no float64";
  EXPECT_EQ(pow_of(std::vector<int32_t>{2, 10, -4, -10, 46341},
                   std::vector<float>{0.5f, 30.0f, 0.5f, 31.0f, 1.0f}),
            (std::vector<int32_t>{1, INT32_MAX, 0, INT32_MIN, 46341}));
  EXPECT_EQ(pow_of(std::vector<int64_t>{10, -10, 3}, std::vector<double>{30.0, 31.0, 2.0}),
            (std::vector<int64_t>{INT64_MAX, INT64_MIN, 9}));
}

TEST_F(Pow, GoesThroughStridesInPlaceAndAroundVectors) {
  for (const int64_t count : {1, 17, 63, 65, 1003}) {
    std::vector<int32_t> x(static_cast<size_t>(count));
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<int32_t>(i % 50) - 25;
    TestNode node("Pow", 15, {tensor({count}, x), tensor<int64_t>({1}, {3})},
                  {wanted<int32_t>({count})});
    node.inputs[0].offset = 3;
    run(node, 0);
    const auto y = node.outputs[0].as<int32_t>();
    for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], x[i] * x[i] * x[i]) << i;
  }
  TestNode spread("Pow", 15,
                  {tensor<int32_t>({3}, {2, 9, 3, 9, 4}, {2}), tensor<int32_t>({1}, {2})},
                  {wanted<int32_t>({3})});
  run(spread);
  EXPECT_EQ(spread.outputs[0].as<int32_t>(), (std::vector<int32_t>{4, 9, 16}));
}

TEST_F(Pow, RefusesABaseThatOnnxDoesNotAllow) {
  TestNode node("Pow", 15, {tensor<int8_t>({1}, {1}), tensor<int8_t>({1}, {1})},
                {wanted<int8_t>({1})});
  EXPECT_NE(reason_against(node).find("the base is"), std::string::npos) << reason_against(node);
}

}  // namespace
}  // namespace backplane::opencl::testing
