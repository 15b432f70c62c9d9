// MatMulInteger, QLinearMatMul, ConvInteger and QLinearConv against sums in 64 bits.
#include <gtest/gtest.h>

#include "../test_numbers.hpp"
#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

int64_t number(const Tensor& tensor, int64_t index) {
  return static_cast<int64_t>(element(tensor, index));
}

// The parameter of one slice: absent is 0, one number is for all.
int64_t zero_of(const Tensor& zeros, int64_t slice) {
  if (zeros.type.dtype == 0) return 0;
  return number(zeros, count_of(zeros) == 1 ? 0 : slice);
}

double scale_of(const Tensor& scales, int64_t slice) {
  return element(scales, count_of(scales) == 1 ? 0 : slice);
}

// Ties to even, held inside the type. The steps in between are floats.
int64_t requantized(int64_t sum, double a, double b, double y, int64_t zero_point, bool is_signed) {
  const double product = nearest(a * b, kFloatFormat);
  const double factor = nearest(product / y, kFloatFormat);
  const double value =
      nearest(nearest(static_cast<double>(sum), kFloatFormat) * factor, kFloatFormat);
  const double below = std::floor(value);
  const bool is_up = value - below > 0.5 || (value - below == 0.5 && std::fmod(below, 2.0) != 0.0);
  const double whole = below + (is_up ? 1 : 0) + static_cast<double>(zero_point);
  return static_cast<int64_t>(
      std::clamp(whole, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0));
}

Tensor run_known_and_unknown(TestNode& node) {
  const OpenDevice device(kSynchronousDevice);
  node.has_unknown_sizes = true;
  const Tensor unknown = TestKernel(device, node).run();
  node.has_unknown_sizes = false;
  const Tensor known = TestKernel(device, node).run();
  EXPECT_EQ(unknown.bytes, known.bytes);
  return known;
}

struct Product {
  int64_t batch, m, n, k;
  bool b_has_batch;
};
const Product kProducts[] = {
    {1, 1, 1, 1, false}, {1, 3, 5, 7, false},     {2, 4, 3, 16, false},
    {3, 2, 4, 17, true}, {1, 33, 150, 70, false}, {1, 2, 2, 40000, false},
    {2, 0, 3, 4, false}, {1, 2, 3, 0, false},     {1, 64, 130, 200, false},
};

template <class A, class B>
struct Operands {
  Tensor a, b, a_zero, b_zero;
};

// Extreme bytes throughout: the largest sums that there are.
template <class A, class B>
Operands<A, B> operands(const Product& size, bool is_per_slice, Random& random) {
  const auto bytes_a = [&](size_t count) { return random_numbers<A>(random, count); };
  const auto bytes_b = [&](size_t count) { return random_numbers<B>(random, count); };
  const Shape b_shape =
      size.b_has_batch ? Shape{size.batch, size.k, size.n} : Shape{size.k, size.n};
  const int64_t b_count = (size.b_has_batch ? size.batch : 1) * size.k * size.n;
  const int64_t rows = is_per_slice ? size.m : 1, columns = is_per_slice ? size.n : 1;
  return {tensor<A>({size.batch, size.m, size.k},
                    bytes_a(static_cast<size_t>(size.batch * size.m * size.k))),
          tensor<B>(b_shape, bytes_b(static_cast<size_t>(b_count))),
          tensor<A>({rows}, bytes_a(static_cast<size_t>(rows))),
          tensor<B>({columns}, bytes_b(static_cast<size_t>(columns)))};
}

// One element of the product, by definition.
template <class A, class B>
int64_t sum_of(const Product& size, const Operands<A, B>& given, int64_t index) {
  const int64_t column = index % size.n, row = index / size.n % size.m;
  const int64_t batch = index / size.n / size.m;
  int64_t sum = 0;
  for (int64_t k = 0; k < size.k; ++k) {
    const int64_t b_at = ((size.b_has_batch ? batch : 0) * size.k + k) * size.n + column;
    sum += (at<A>(given.a, (batch * size.m + row) * size.k + k) - zero_of(given.a_zero, row)) *
           (at<B>(given.b, b_at) - zero_of(given.b_zero, column));
  }
  return sum;
}

template <class A, class B>
void expect_matmul(const Product& size, bool is_per_slice, Random& random) {
  const Operands<A, B> given = operands<A, B>(size, is_per_slice, random);
  TestNode node("MatMulInteger", 10, {given.a, given.b, given.a_zero, given.b_zero},
                {wanted(BP_DTYPE_INT32, {size.batch, size.m, size.n})});
  const Tensor found = run_known_and_unknown(node);
  for (int64_t i = 0; i < count_of(found); ++i)
    ASSERT_EQ(at<int32_t>(found, i), static_cast<int32_t>(sum_of(size, given, i)))
        << "element " << i << " of " << to_text(found.type) << " over " << size.k;
}

template <class A, class B, class Y>
void expect_scaled_matmul(const Product& size, bool is_per_slice, Random& random) {
  const Operands<A, B> given = operands<A, B>(size, is_per_slice, random);
  std::vector<float> a_scales, b_scales;
  for (int64_t i = 0; i < count_of(given.a_zero); ++i)
    a_scales.push_back(0.5f + 0.01f * static_cast<float>(i));
  for (int64_t i = 0; i < count_of(given.b_zero); ++i)
    b_scales.push_back(0.25f + 0.03f * static_cast<float>(i));
  const Tensor a_scale = tensor({count_of(given.a_zero)}, a_scales);
  const Tensor b_scale = tensor({count_of(given.b_zero)}, b_scales);
  const float y_scale = 20.0f * std::sqrt(static_cast<float>(size.k + 1));
  TestNode node("QLinearMatMul", 10,
                {given.a, a_scale, given.a_zero, given.b, b_scale, given.b_zero,
                 tensor<float>({}, {y_scale}), tensor<Y>({}, {Y{3}})},
                {wanted(dtype_of<Y>(), {size.batch, size.m, size.n})});
  const Tensor found = run_known_and_unknown(node);
  for (int64_t i = 0; i < count_of(found); ++i)
    ASSERT_EQ(number(found, i),
              requantized(sum_of(size, given, i), scale_of(a_scale, i / size.n % size.m),
                          scale_of(b_scale, i % size.n), y_scale, 3, std::is_signed_v<Y>))
        << "element " << i << " of " << to_text(found.type) << " over " << size.k;
}

TEST(MatMulInteger, IsExactForAllTypesAndZeroPoints) {
  Random random(1);
  for (const Product& size : kProducts)
    for (const bool is_per_slice : {false, true}) {
      ASSERT_NO_FATAL_FAILURE((expect_matmul<uint8_t, uint8_t>(size, is_per_slice, random)));
      ASSERT_NO_FATAL_FAILURE((expect_matmul<uint8_t, int8_t>(size, is_per_slice, random)));
      ASSERT_NO_FATAL_FAILURE((expect_matmul<int8_t, uint8_t>(size, is_per_slice, random)));
      ASSERT_NO_FATAL_FAILURE((expect_matmul<int8_t, int8_t>(size, is_per_slice, random)));
    }
}

// 255 * 255 * 40000 is above 2^31: sums wrap around, as those of int32 do.
TEST(MatMulInteger, WrapsAroundBeyond31Bits) {
  constexpr int64_t kDepth = 40000;
  TestNode node("MatMulInteger", 10,
                {tensor<uint8_t>({1, kDepth}, std::vector<uint8_t>(kDepth, 255)),
                 tensor<uint8_t>({kDepth, 1}, std::vector<uint8_t>(kDepth, 255))},
                {wanted(BP_DTYPE_INT32, {1, 1})});
  EXPECT_EQ(at<int32_t>(run_known_and_unknown(node), 0),
            static_cast<int32_t>(static_cast<uint32_t>(uint64_t{255} * 255 * kDepth)));
}

TEST(MatMulInteger, TakesVectorsForRowsAndColumns) {
  TestNode node(
      "MatMulInteger", 10,
      {tensor<uint8_t>({3}, {1, 2, 3}), tensor<int8_t>({3}, {-1, 5, 7}), tensor<uint8_t>({}, {1})},
      {wanted(BP_DTYPE_INT32, {})});
  EXPECT_EQ(at<int32_t>(run_known_and_unknown(node), 0), 0 * -1 + 1 * 5 + 2 * 7);
}

TEST(QLinearMatMul, IsTheSumRescaledRoundedToEvenAndSaturated) {
  Random random(2);
  for (const Product& size : kProducts)
    for (const bool is_per_slice : {false, true}) {
      ASSERT_NO_FATAL_FAILURE(
          (expect_scaled_matmul<uint8_t, uint8_t, uint8_t>(size, is_per_slice, random)));
      ASSERT_NO_FATAL_FAILURE(
          (expect_scaled_matmul<uint8_t, int8_t, int8_t>(size, is_per_slice, random)));
      ASSERT_NO_FATAL_FAILURE(
          (expect_scaled_matmul<int8_t, int8_t, uint8_t>(size, is_per_slice, random)));
    }
}

TEST(IntegerProducts, RefuseWithWords) {
  TestNode types("MatMulInteger", 10, {tensor<int32_t>({1, 1}, {1}), tensor<int8_t>({1, 1}, {1})},
                 {wanted(BP_DTYPE_INT32, {1, 1})});
  EXPECT_EQ(refusal(types), "MatMulInteger: only uint8 and int8, not int32[1,1] and int8[1,1]");
  TestNode zeros(
      "MatMulInteger", 10,
      {tensor<int8_t>({1, 1}, {1}), tensor<int8_t>({1, 2}, {1, 2}), tensor<int8_t>({2}, {0, 0})},
      {wanted(BP_DTYPE_INT32, {1, 2})});
  EXPECT_EQ(refusal(zeros),
            "MatMulInteger: input 2, int8[2], is neither one number nor one for each slice");
}

struct Convolution {
  int64_t group, stride, dilation, pad;
};
const Convolution kConvolutions[] = {{1, 1, 1, 0}, {1, 1, 1, 1}, {1, 2, 1, 1},
                                     {2, 1, 2, 2}, {4, 3, 1, 2}, {2, 2, 2, 3}};

constexpr int64_t kBatches = 2, kChannels = 4, kFilters = 8, kHeight = 9, kWidth = 11, kSize = 3;

int64_t places(const Convolution& shape, int64_t input) {
  return (input + 2 * shape.pad - (kSize - 1) * shape.dilation - 1) / shape.stride + 1;
}

struct ConvolutionTensors {
  Tensor x, weights, x_zero, weights_zero;
};

// One output by definition: what lies in the padding adds nothing.
template <class X, class W>
int64_t sum_of(const Convolution& shape, const ConvolutionTensors& given, int64_t index) {
  const int64_t width = places(shape, kWidth), height = places(shape, kHeight);
  const int64_t column = index % width, row = index / width % height;
  const int64_t filter = index / width / height % kFilters,
                batch = index / width / height / kFilters;
  const int64_t depth = kChannels / shape.group;
  int64_t sum = 0;
  for (int64_t c = 0; c < depth; ++c)
    for (int64_t i = 0; i < kSize; ++i)
      for (int64_t j = 0; j < kSize; ++j) {
        const int64_t y = row * shape.stride - shape.pad + i * shape.dilation;
        const int64_t x = column * shape.stride - shape.pad + j * shape.dilation;
        if (y < 0 || y >= kHeight || x < 0 || x >= kWidth) continue;
        const int64_t channel = filter / (kFilters / shape.group) * depth + c;
        sum += (at<X>(given.x, ((batch * kChannels + channel) * kHeight + y) * kWidth + x) -
                zero_of(given.x_zero, 0)) *
               (at<W>(given.weights, ((filter * depth + c) * kSize + i) * kSize + j) -
                zero_of(given.weights_zero, filter));
      }
  return sum;
}

template <class X, class W>
ConvolutionTensors convolution_tensors(const Convolution& shape, int64_t zeros, Random& random) {
  const int64_t depth = kChannels / shape.group;
  return {
      tensor<X>({kBatches, kChannels, kHeight, kWidth},
                random_numbers<X>(random, kBatches * kChannels * kHeight * kWidth)),
      tensor<W>({kFilters, depth, kSize, kSize},
                random_numbers<W>(random, static_cast<size_t>(kFilters * depth * kSize * kSize))),
      tensor<X>({}, random_numbers<X>(random, 1)),
      tensor<W>({zeros}, random_numbers<W>(random, static_cast<size_t>(zeros)))};
}

void add_attributes(const Convolution& shape, TestNode& node) {
  node.add("group", shape.group);
  node.add("strides", Shape{shape.stride, shape.stride});
  node.add("dilations", Shape{shape.dilation, shape.dilation});
  node.add("pads", Shape{shape.pad, shape.pad, shape.pad, shape.pad});
}

Shape output_of(const Convolution& shape) {
  return {kBatches, kFilters, places(shape, kHeight), places(shape, kWidth)};
}

template <class X, class W>
void expect_convolution(const Convolution& shape, int64_t zeros, Random& random) {
  const OpenDevice device(kSynchronousDevice);
  const ConvolutionTensors given = convolution_tensors<X, W>(shape, zeros, random);
  TestNode node("ConvInteger", 10, {given.x, given.weights, given.x_zero, given.weights_zero},
                {wanted(BP_DTYPE_INT32, output_of(shape))});
  add_attributes(shape, node);
  const Tensor found = TestKernel(device, node).run();
  for (int64_t i = 0; i < count_of(found); ++i)
    ASSERT_EQ(at<int32_t>(found, i), (sum_of<X, W>(shape, given, i))) << "element " << i;
}

template <class X, class W, class Y>
void expect_scaled_convolution(const Convolution& shape, int64_t zeros, Random& random) {
  const OpenDevice device(kSynchronousDevice);
  const ConvolutionTensors given = convolution_tensors<X, W>(shape, zeros, random);
  std::vector<float> scales;
  for (int64_t i = 0; i < zeros; ++i) scales.push_back(0.01f * static_cast<float>(i + 5));
  std::vector<int32_t> bias;
  for (int32_t i = 0; i < kFilters; ++i) bias.push_back(i * 10000 - 40000);
  const Tensor scale = tensor({zeros}, scales);
  TestNode node(
      "QLinearConv", 10,
      {given.x, tensor<float>({}, {0.3f}), given.x_zero, given.weights, scale, given.weights_zero,
       tensor<float>({}, {4.5f}), tensor<Y>({}, {Y{100}}), tensor<int32_t>({kFilters}, bias)},
      {wanted(dtype_of<Y>(), output_of(shape))});
  add_attributes(shape, node);
  const Tensor found = TestKernel(device, node).run();
  const int64_t plane = found.type.shape[2] * found.type.shape[3];
  for (int64_t i = 0; i < count_of(found); ++i) {
    const int64_t filter = i / plane % kFilters;
    const int64_t sum = sum_of<X, W>(shape, given, i) + bias[static_cast<size_t>(filter)];
    ASSERT_EQ(number(found, i),
              requantized(sum, 0.3f, scale_of(scale, filter), 4.5, 100, std::is_signed_v<Y>))
        << "element " << i;
  }
}

TEST(ConvInteger, IsExactForAllTypesAndZeroPoints) {
  Random random(3);
  for (const Convolution& shape : kConvolutions)
    for (const int64_t zeros : {int64_t{1}, kFilters}) {
      ASSERT_NO_FATAL_FAILURE((expect_convolution<uint8_t, uint8_t>(shape, zeros, random)));
      ASSERT_NO_FATAL_FAILURE((expect_convolution<int8_t, uint8_t>(shape, zeros, random)));
      ASSERT_NO_FATAL_FAILURE((expect_convolution<uint8_t, int8_t>(shape, zeros, random)));
    }
}

TEST(QLinearConv, IsTheSumWithItsBiasRescaledRoundedAndSaturated) {
  Random random(4);
  for (const Convolution& shape : kConvolutions)
    for (const int64_t zeros : {int64_t{1}, kFilters}) {
      ASSERT_NO_FATAL_FAILURE(
          (expect_scaled_convolution<uint8_t, int8_t, uint8_t>(shape, zeros, random)));
      ASSERT_NO_FATAL_FAILURE(
          (expect_scaled_convolution<int8_t, int8_t, int8_t>(shape, zeros, random)));
    }
}

TEST(ConvInteger, RefusesUnknownSizes) {
  TestNode node("ConvInteger", 10,
                {tensor<uint8_t>({1, 1, 3}, {1, 2, 3}), tensor<int8_t>({1, 1, 2}, {1, 2})},
                {wanted(BP_DTYPE_INT32, {1, 1, 2})});
  node.has_unknown_sizes = true;
  EXPECT_EQ(refusal(std::move(node)), "ConvInteger: unknown sizes are not served: uint8[?,?,?]");
}

}  // namespace
}  // namespace backplane::cpu::testing
