#include "memory/strided.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/tensor_type.hpp"

namespace backplane {
namespace {

unsigned element(const std::vector<unsigned char>& bytes, uint32_t bits, int64_t index) {
  if (bits == 4) return bytes[static_cast<size_t>(index / 2)] >> (index % 2 * 4) & 15u;
  unsigned value = 0;
  for (uint32_t b = 0; b < bits / 8; ++b)
    value = value * 31 + bytes[static_cast<size_t>(index) * (bits / 8) + b];
  return value;
}

// Every index of `shape`, in order.
std::vector<Shape> indices(const Shape& shape) {
  std::vector<Shape> all = {{}};
  for (int64_t size : shape) {
    std::vector<Shape> longer;
    for (const Shape& head : all)
      for (int64_t i = 0; i < size; ++i) {
        longer.push_back(head);
        longer.back().push_back(i);
      }
    all = std::move(longer);
  }
  return all;
}

int64_t at(const Shape& index, const Shape& strides) {
  int64_t position = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) position += index[axis] * strides[axis];
  return position;
}

TEST(StridedCopy, MovesEveryElementAndTouchesNoOther) {
  std::mt19937 random(7);
  const bp_dtype_t dtypes[] = {BP_DTYPE_INT4, BP_DTYPE_UINT8, BP_DTYPE_FLOAT16, BP_DTYPE_FLOAT32,
                               BP_DTYPE_FLOAT64};
  for (int round = 0; round < 300; ++round) {
    Shape shape(random() % 5);
    for (int64_t& size : shape) size = 1 + random() % 4;
    const bp_tensor_type_t type = tensor_type(dtypes[random() % 5], shape);
    const uint32_t bits = dtype_bits(type.dtype);
    Shape from(shape.size());
    for (int64_t& stride : from) stride = random() % 9;  // 0 and overlap are fine to read
    Shape to(shape.size());
    int64_t reach = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      to[axis] = reach + random() % 3;
      reach = to[axis] * shape[axis];
    }
    std::vector<unsigned char> source(4096);
    for (unsigned char& byte : source) byte = static_cast<unsigned char>(random());
    std::vector<unsigned char> target(static_cast<size_t>(reach) * 8 + 64, 0xcd);
    const std::vector<unsigned char> before = target;
    strided_copy(type, target.data(), to.data(), source.data(), from.data());

    std::vector<bool> is_written(target.size() * 8 / bits);
    for (const Shape& index : indices(shape)) {
      ASSERT_EQ(element(target, bits, at(index, to)), element(source, bits, at(index, from)));
      is_written[static_cast<size_t>(at(index, to))] = true;
    }
    for (size_t i = 0; i < is_written.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      if (is_written[i]) continue;
      ASSERT_EQ(element(target, bits, index), element(before, bits, index));
    }
  }
}

TEST(StridedCopy, AnEmptyTensorTouchesNothing) {
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_FLOAT32, {3, 0, 2});
  strided_copy(type, nullptr, nullptr, nullptr, nullptr);
}

TEST(Strides, DenseIsDenseWhateverTheStrideOfASizeOne) {
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_FLOAT32, {2, 1, 3});
  const int64_t dense[] = {3, 99, 1};
  const int64_t transposed[] = {1, 0, 2};
  EXPECT_TRUE(is_dense(type, nullptr));
  EXPECT_TRUE(is_dense(type, dense));
  EXPECT_FALSE(is_dense(type, transposed));
  EXPECT_TRUE(is_dense(tensor_type(BP_DTYPE_FLOAT32, {0, 2}), transposed));
}

TEST(Strides, TheSpanEndsBehindTheFarthestElement) {
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_FLOAT32, {2, 3});
  const int64_t strides[] = {10, 2};
  const int64_t zero[] = {0, 0};
  EXPECT_EQ(*element_span(type, strides), 15u);
  EXPECT_EQ(*element_span(type, zero), 1u);
  EXPECT_EQ(*element_span(type, nullptr), 6u);
  EXPECT_EQ(*element_span(tensor_type(BP_DTYPE_FLOAT32, {0, 3}), strides), 0u);
}

TEST(Strides, NegativeOnesAndOnesThatOverflowAreRefused) {
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_FLOAT32, {2, 3});
  const int64_t negative[] = {3, -1};
  const int64_t huge[] = {INT64_MAX, INT64_MAX};
  EXPECT_EQ(element_span(type, negative).status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(element_span(type, huge).status().code(), BP_STATUS_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace backplane
