// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear by their definitions in double.
#include <gtest/gtest.h>

#include "test_shapes.hpp"
#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

// Rounded by hand: to the nearest whole number, ties to the even one. NaN is 0.
template <class Byte>
int quantized(double value, int zero_point) {
  using Limits = std::numeric_limits<Byte>;
  if (std::isnan(value)) return 0;
  if (std::fabs(value) > 1e6) return value < 0 ? Limits::min() : Limits::max();
  const double below = std::floor(value);
  const bool is_up = value - below > 0.5 || (value - below == 0.5 && std::fmod(below, 2.0) != 0.0);
  const double whole = below + (is_up ? 1 : 0) + zero_point;
  return static_cast<int>(std::fmin(Limits::max(), std::fmax(Limits::min(), whole)));
}

// The quotient is one float, as ONNX has it.
double quotient(float x, float scale) {
  return nearest(static_cast<double>(x) / static_cast<double>(scale), kFloatFormat);
}

template <class Byte>
class Quantize : public ::testing::Test {};
using Bytes = ::testing::Types<uint8_t, int8_t>;
TYPED_TEST_SUITE(Quantize, Bytes, TypeName);

template <class Byte>
void expect_quantized(const std::vector<float>& values, float scale, Byte zero_point) {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {static_cast<int64_t>(values.size())};
  TestNode node("QuantizeLinear", 13,
                {tensor(shape, values), tensor<float>({}, {scale}), tensor<Byte>({}, {zero_point})},
                {wanted(dtype_of<Byte>(), shape)});
  run_both_ways(device, node);
  const auto found = node.outputs[0].as<Byte>();
  for (size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(+found[i], quantized<Byte>(quotient(values[i], scale), zero_point))
        << values[i] << " by " << scale << " from " << +zero_point;
}

TYPED_TEST(Quantize, RoundsTiesToEvenAndSaturates) {
  using Limits = std::numeric_limits<TypeParam>;
  for (const TypeParam zero_point : {Limits::min(), TypeParam{0}, TypeParam{3}, Limits::max()})
    for (const float scale : {1.0f, 0.5f, 0.0039215689f, 3e-39f, 1e30f, kInfinity}) {
      expect_quantized(floats_between(-300.0 * scale, 300.0 * scale, 1200), scale, zero_point);
      expect_quantized(all_kinds_of_floats(), scale, zero_point);
    }
}

TYPED_TEST(Quantize, DividesWholeNumbersExactly) {
  const OpenDevice device(kSynchronousDevice);
  const std::vector<int32_t> values = {0,   1,    2,         3,         -3,      5,
                                       255, 1000, INT32_MAX, INT32_MIN, 16777217};
  for (const float scale : {2.0f, 262144.0f, 33554434.0f}) {
    TestNode node("QuantizeLinear", 13,
                  {tensor({11}, values), tensor<float>({1}, {scale}), tensor<TypeParam>({1}, {1})},
                  {wanted(dtype_of<TypeParam>(), {11})});
    run_both_ways(device, node);
    const auto found = node.outputs[0].as<TypeParam>();
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(+found[i], quantized<TypeParam>(values[i] / static_cast<double>(scale), 1));
  }
}

// One scale and zero point for each slice, on every axis of every rank.
TYPED_TEST(Quantize, GoesAndComesBackAlongEveryAxis) {
  const OpenDevice device(kSynchronousDevice);
  Random random(6);
  for (int round = 0; round < 40; ++round) {
    Shape shape = random_shape(random, static_cast<size_t>(1 + round % 8));
    const size_t axis = random() % shape.size();
    shape[axis] = static_cast<int64_t>(2 + random() % 3);
    const auto slices = static_cast<size_t>(shape[axis]);
    std::vector<float> scales;
    for (size_t i = 0; i < slices; ++i) scales.push_back(0.25f * static_cast<float>(i + 1));
    const auto zeros = random_numbers<TypeParam>(random, slices);
    const auto values = random_numbers<float>(random, count_of(shape));
    const Tensor scale = tensor({shape[axis]}, scales), zero = tensor({shape[axis]}, zeros);
    TestNode forth("QuantizeLinear", 13, {tensor(shape, values), scale, zero},
                   {wanted(dtype_of<TypeParam>(), shape)});
    const auto rank = static_cast<int64_t>(shape.size());
    forth.add("axis", static_cast<int64_t>(axis) - (round % 2 == 0 ? 0 : rank));
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, forth));
    const auto bytes = forth.outputs[0].as<TypeParam>();
    TestNode back("DequantizeLinear", 13, {forth.outputs[0], scale, zero},
                  {wanted(BP_DTYPE_FLOAT32, shape)});
    back.add("axis", static_cast<int64_t>(axis));
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, back));
    const auto numbers = back.outputs[0].as<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      const auto slice = static_cast<size_t>(place_of(shape, i)[axis]);
      ASSERT_EQ(+bytes[i], quantized<TypeParam>(quotient(values[i], scales[slice]), zeros[slice]));
      ASSERT_EQ(numbers[i], static_cast<float>(bytes[i] - zeros[slice]) * scales[slice]);
    }
  }
}

TYPED_TEST(Quantize, DequantizesEveryByte) {
  const OpenDevice device(kSynchronousDevice);
  const std::vector<TypeParam> all = every_pattern<TypeParam>();
  for (const TypeParam zero_point : {all.front(), all.back(), TypeParam{7}}) {
    TestNode node(
        "DequantizeLinear", 10,
        {tensor({256}, all), tensor<float>({}, {0.1f}), tensor<TypeParam>({}, {zero_point})},
        {wanted(BP_DTYPE_FLOAT32, {256})});
    run_both_ways(device, node);
    for (size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(node.outputs[0].as<float>()[i], static_cast<float>(all[i] - zero_point) * 0.1f);
  }
}

TEST(DequantizeOfInt32, HasNoZeroPointOrASubtractedOne) {
  const OpenDevice device(kSynchronousDevice);
  const std::vector<int32_t> values = {0, -1, 5, INT32_MAX, INT32_MIN};
  TestNode without("DequantizeLinear", 13, {tensor({5}, values), tensor<float>({}, {2.0f})},
                   {wanted(BP_DTYPE_FLOAT32, {5})});
  run_both_ways(device, without);
  EXPECT_EQ(without.outputs[0].as<float>(),
            (std::vector<float>{0, -2, 10, 4294967296.0f, -4294967296.0f}));
  TestNode with("DequantizeLinear", 13,
                {tensor({5}, values), tensor<float>({}, {2.0f}), tensor<int32_t>({}, {-1})},
                {wanted(BP_DTYPE_FLOAT32, {5})});
  run_both_ways(device, with);
  EXPECT_EQ(with.outputs[0].as<float>(),
            (std::vector<float>{2, 0, 12, 4294967296.0f, -4294967296.0f}));
}

TEST(QuantizeLaunch, RefusesAScaleOfAnotherLength) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("QuantizeLinear", 13,
                {tensor<float>({2, 2}, {1, 2, 3, 4}), tensor<float>({3}, {1, 2, 3})},
                {wanted(BP_DTYPE_UINT8, {2, 2})});
  EXPECT_EQ(reason_against(device, node),
            "QuantizeLinear: input 1, float32[3], is neither one number nor one for each slice");
  node.has_unknown_sizes = true;
  Launch launch(device, node, 0x5a);
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
}

struct Dynamic {
  std::vector<uint8_t> bytes;
  float scale;
  uint8_t zero_point;
};

Dynamic run_dynamic(const std::vector<float>& values) {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {static_cast<int64_t>(values.size())};
  TestNode node(
      "DynamicQuantizeLinear", 11, {tensor(shape, values)},
      {wanted(BP_DTYPE_UINT8, shape), wanted(BP_DTYPE_FLOAT32, {}), wanted(BP_DTYPE_UINT8, {})});
  run_both_ways(device, node);
  return {node.outputs[0].as<uint8_t>(), node.outputs[1].as<float>()[0],
          node.outputs[2].as<uint8_t>()[0]};
}

TEST(DynamicQuantize, SpansTheNumbersAndZero) {
  const std::vector<std::vector<float>> all = {{0, 2, -3, -2.5f, 1.34f, 0.5f},
                                               {-1, -2.1f, -1.3f, -2.5f, -3.34f, -4},
                                               {1, 2.1f, 1.3f, 2.5f},
                                               floats_between(-7, 13, 100000)};
  for (const std::vector<float>& values : all) {
    const Dynamic found = run_dynamic(values);
    const float lowest = std::fmin(0.0f, *std::min_element(values.begin(), values.end()));
    const float highest = std::fmax(0.0f, *std::max_element(values.begin(), values.end()));
    ASSERT_EQ(found.scale, (highest - lowest) / 255.0f);
    ASSERT_EQ(found.zero_point, quantized<uint8_t>(quotient(-lowest, found.scale), 0));
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(found.bytes[i],
                quantized<uint8_t>(quotient(values[i], found.scale), found.zero_point));
  }
}

TEST(DynamicQuantize, HasAnAnswerWhereItsDefinitionDividesByZero) {
  for (const std::vector<float>& values : {std::vector<float>{0, -0.0f, 0}, std::vector<float>{}}) {
    const Dynamic found = run_dynamic(values);
    EXPECT_EQ(found.bytes, std::vector<uint8_t>(values.size(), 0));
    EXPECT_EQ(found.scale, 1.0f);
    EXPECT_EQ(found.zero_point, 0);
  }
  EXPECT_TRUE(std::isnan(run_dynamic({1, NAN, 2}).scale));
}

}  // namespace
}  // namespace backplane::cpu::testing
