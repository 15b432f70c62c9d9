// Cast against C++'s conversions, and against the definition of float16.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

struct Bool {
  uint8_t byte;
};

class Cast : public KernelTest {
 protected:
  template <class To, class From>
  std::vector<To> cast(const Tensor& from, int in_place = -1, uint64_t offset = 0) {
    const Shape shape(from.type.shape, from.type.shape + from.type.rank);
    TestNode node("Cast", 13, {from}, {wanted<To>(shape)});
    if (std::is_same_v<From, Bool>) node.inputs[0].type.dtype = BP_DTYPE_BOOL;
    if (std::is_same_v<To, Bool>) node.outputs[0].type.dtype = BP_DTYPE_BOOL;
    node.outputs[0].offset = offset;
    run(node, in_place);
    return node.outputs[0].as<To>();
  }
  template <class To, class From>
  std::vector<To> cast(const std::vector<From>& from, int in_place = -1) {
    return cast<To, From>(tensor({static_cast<int64_t>(from.size())}, from), in_place);
  }

  template <class From>
  void expect_truths(const std::vector<From>& from, const std::vector<int>& truths) {
    const auto got = cast<Bool>(from);
    for (size_t i = 0; i < truths.size(); ++i) EXPECT_EQ(got[i].byte, truths[i]) << i;
  }

  // As C++ converts, which is exact or to the nearest.
  template <class To, class From>
  void expect_as_host(const std::vector<From>& from) {
    const auto got = cast<To>(from);
    for (size_t i = 0; i < from.size(); ++i)
      ASSERT_EQ(got[i], static_cast<To>(from[i])) << i << ": " << value_of(from[i]);
  }
};

// Bits that change from one to the next, of all magnitudes.
template <class T>
std::vector<T> wild(size_t count) {
  std::vector<T> values(count);
  uint64_t bits = 88172645463325252u;
  for (T& value : values) {
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    value = static_cast<T>(static_cast<T>(bits) >> (bits >> 50) % (8 * sizeof(T)));
  }
  return values;
}

TEST_F(Cast, EverySizeAroundVectorsAtEveryOffset) {
  for (const int64_t count : {0, 1, 3, 15, 16, 17, 63, 64, 65, 1000003}) {
    const std::vector<float> x = floats(static_cast<size_t>(count), 1);
    for (const uint64_t offset : {0, 1, 13}) {
      Tensor from = tensor({count}, x);
      from.offset = offset;
      const auto whole = cast<int16_t, float>(from, -1, 2 * offset);
      const auto halves = cast<Half, float>(from, -1, offset);
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(whole[i], static_cast<int16_t>(x[i])) << i;
        ASSERT_EQ(value_of(halves[i]), x[i]) << i;
      }
    }
  }
}

TEST_F(Cast, ResultsThatGoPastTheCacheAreThere) {
  std::vector<uint8_t> x(facts().cache_size / sizeof(float) + 77);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i * 7919);
  const auto y = cast<float>(x);
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], static_cast<float>(x[i])) << i;
}

TEST_F(Cast, TakesStridesAndWorksInPlaceOfAsLargeElements) {
  const std::vector<float> far = floats(7000, 2);
  for (const Shape& strides : {Shape{1, 35}, {100, 1}, {2, 72}, {0, 1}, {1, 0}, {0, 0}}) {
    const auto got = cast<int32_t, float>(tensor({35, 70}, far, strides));
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(got[i], static_cast<int32_t>(far[index_of(strides, place_of({35, 70}, i))])) << i;
  }
  const std::vector<float> x = floats(1003, 3);
  const auto whole = cast<int32_t>(x, 0);
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(whole[i], static_cast<int32_t>(x[i])) << i;
}

// Between each two neighbours, and a little to both sides of that.
TEST_F(Cast, RoundsOnceToTheNearestFloat16) {
  std::vector<double> doubles;
  std::vector<float> ties;
  std::vector<uint16_t> expected;
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = value_of(Half{bits});
    const double tie = (low + value_of(Half{static_cast<uint16_t>(bits + 1)})) / 2;
    const auto even = static_cast<uint16_t>(bits + bits % 2);
    doubles.insert(doubles.end(), {tie * (1 - 0x1p-50), -tie, tie * (1 + 0x1p-50)});
    expected.insert(expected.end(),
                    {bits, static_cast<uint16_t>(even | 0x8000u), static_cast<uint16_t>(bits + 1)});
    ties.push_back(static_cast<float>(-tie));
  }
  const auto from_floats = cast<Half>(ties);
  for (size_t i = 0; i < ties.size(); ++i)
    ASSERT_EQ(from_floats[i].bits, expected[3 * i + 1]) << ties[i];
  if (!facts().has_float64) GTEST_SKIP() << "no float64 for the others";
  const auto from_doubles = cast<Half>(doubles);
  for (size_t i = 0; i < doubles.size(); ++i)
    ASSERT_EQ(from_doubles[i].bits, expected[i]) << i << ": " << doubles[i];
}

TEST_F(Cast, EndsOfFloat16) {
  const std::vector<double> ends = {65519.99, 65520,     -65520, 1e300, INFINITY,
                                    0x1p-25,  0x1.1p-25, 1e-300, -0.0};
  const std::vector<uint16_t> bits = {0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00, 0, 1, 0, 0x8000};
  const auto from_floats = cast<Half>(std::vector<float>(ends.begin(), ends.end()));
  for (size_t i = 0; i < ends.size(); ++i) EXPECT_EQ(from_floats[i].bits, bits[i]) << ends[i];
  EXPECT_EQ(cast<Half>(std::vector<uint64_t>{UINT64_MAX})[0].bits, 0x7c00);
  EXPECT_EQ(cast<Half>(std::vector<int64_t>{65519, -65520})[0].bits, 0x7bff);
  if (!facts().has_float64) GTEST_SKIP() << "no float64 for the others";
  const auto from_doubles = cast<Half>(ends);
  for (size_t i = 0; i < ends.size(); ++i) EXPECT_EQ(from_doubles[i].bits, bits[i]) << ends[i];
  EXPECT_TRUE(std::isnan(value_of(cast<Half>(std::vector<double>{NAN})[0])));
}

TEST_F(Cast, IntegersAreRoundedToTheNearestFloat) {
  expect_as_host<float>(wild<int32_t>(4099));
  expect_as_host<float>(wild<uint32_t>(4099));
  expect_as_host<float>(wild<int64_t>(4099));
  expect_as_host<float>(wild<uint64_t>(4099));
  if (!facts().has_float64) GTEST_SKIP() << "no float64 for the others";
  expect_as_host<double>(wild<int64_t>(4099));
  expect_as_host<double>(wild<uint64_t>(4099));
}

TEST_F(Cast, IntegersWrapAround) {
  expect_as_host<int8_t>(wild<int64_t>(1003));
  expect_as_host<uint16_t>(wild<int8_t>(1003));
  expect_as_host<int64_t>(wild<int32_t>(1003));
  expect_as_host<int64_t>(wild<uint32_t>(1003));
  expect_as_host<uint64_t>(wild<int16_t>(1003));
  expect_as_host<int32_t>(wild<uint64_t>(1003));
}

TEST_F(Cast, WhatIsBeyondAnIntegerBecomesItsEndAndNanZero) {
  const std::vector<float> x = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, -0.9f, 99.9f, -99.9f};
  EXPECT_EQ(cast<int8_t>(x), (std::vector<int8_t>{0, 127, -128, 127, -128, 0, 99, -99}));
  EXPECT_EQ(cast<uint8_t>(x), (std::vector<uint8_t>{0, 255, 0, 255, 0, 0, 99, 0}));
  EXPECT_EQ(cast<int32_t>(x),
            (std::vector<int32_t>{0, INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN, 0, 99, -99}));
  EXPECT_EQ(cast<int64_t>(x),
            (std::vector<int64_t>{0, INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, 0, 99, -99}));
  EXPECT_EQ(cast<uint64_t>(x), (std::vector<uint64_t>{0, UINT64_MAX, 0, UINT64_MAX, 0, 0, 99, 0}));
  EXPECT_EQ(cast<int32_t>(std::vector<float>{2147483520.0f, -2147483648.0f}),
            (std::vector<int32_t>{2147483520, INT32_MIN}));
}

TEST_F(Cast, EverythingButZeroIsTrue) {
  expect_truths<float>({0.0f, -0.0f, 0.25f, NAN, -INFINITY, 1e-30f}, {0, 0, 1, 1, 1, 1});
  expect_truths<Half>({{0}, {0x8000}, {1}, {0x7e00}}, {0, 0, 1, 1});
  expect_truths<int64_t>({0, int64_t{1} << 40, -1}, {0, 1, 1});
  expect_truths<uint8_t>({0, 255, 2}, {0, 1, 1});
  EXPECT_EQ((cast<float, Bool>(std::vector<Bool>{{1}, {0}})), (std::vector<float>{1, 0}));
  EXPECT_EQ((cast<int64_t, Bool>(std::vector<Bool>{{0}, {1}})), (std::vector<int64_t>{0, 1}));
}

TEST_F(Cast, LikeATensorWhoseElementsDoNotCount) {
  TestNode node("CastLike", 15, {tensor<float>({3}, {1.5f, -2.5f, 7}), tensor<int8_t>({0}, {})},
                {wanted<int8_t>({3})});
  run(node);
  EXPECT_EQ(node.outputs[0].as<int8_t>(), (std::vector<int8_t>{1, -2, 7}));
  node.outputs[0].type.dtype = BP_DTYPE_UINT8;
  EXPECT_NE(reason_against(node).find("input 1"), std::string::npos);
}

TEST_F(Cast, RefusesTypesThatThereAreNoKernelsFor) {
  TestNode node("Cast", 13, {tensor<float>({1}, {1})}, {wanted<Half>({1})});
  node.outputs[0].type.dtype = BP_DTYPE_BFLOAT16;
  EXPECT_NE(reason_against(node).find("no element type"), std::string::npos);
}

}  // namespace
}  // namespace backplane::opencl::testing
