#include "check/tensors.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "support/tensor_type.hpp"

namespace backplane::check {
namespace {

bp_device_info_t plain_info() {
  bp_device_info_t info = {};
  info.offset_alignment = 1;
  return info;
}

// Every byte of the tensor, by walking all of its elements.
std::set<uint64_t> bytes_of(const bp_tensor_t& tensor) {
  std::set<uint64_t> bytes;
  const uint32_t bits = dtype_bits(tensor.type.dtype);
  std::vector<int64_t> at(tensor.type.rank, 0);
  for (bool more = true; more;) {
    int64_t element = 0;
    for (size_t axis = 0; axis < at.size(); ++axis) element += at[axis] * tensor.strides[axis];
    const uint64_t first = static_cast<uint64_t>(element) * bits;
    for (uint64_t bit = first; bit < first + bits; ++bit) bytes.insert(tensor.offset + bit / 8);
    more = false;
    for (size_t axis = at.size(); axis-- > 0 && !more;) {
      more = ++at[axis] < tensor.type.shape[axis];
      if (!more) at[axis] = 0;
    }
  }
  return bytes;
}

TEST(Tensors, MeetExactlyWhereTheyHaveAByteInCommon) {
  constexpr bp_dtype_t kDtypes[] = {BP_DTYPE_INT8, BP_DTYPE_FLOAT16, BP_DTYPE_FLOAT32,
                                    BP_DTYPE_FLOAT64, BP_DTYPE_INT4};
  std::mt19937 random(7);
  const auto pick = [&random](int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random);
  };
  const Buffer buffer(nullptr, nullptr, 1 << 20);
  const bp_device_info_t info = plain_info();
  int meetings = 0;
  for (int round = 0; round < 5000; ++round) {
    bp_tensor_t strided = {};
    int64_t strides[3] = {};
    strided.type.dtype = kDtypes[pick(0, 4)];
    strided.type.rank = static_cast<uint16_t>(pick(0, 3));
    for (uint16_t axis = 0; axis < strided.type.rank; ++axis) {
      strided.type.shape[axis] = pick(1, 4);
      strides[axis] = pick(0, 20);
    }
    strided.strides = strides;
    strided.offset = static_cast<uint64_t>(pick(0, 20)) * 8;
    bp_tensor_t dense = {};
    dense.type = tensor_type(BP_DTYPE_UINT8, {pick(1, 12)});
    dense.offset = static_cast<uint64_t>(pick(0, 200));
    const Result<Placed> a = place(strided, buffer, info);
    const Result<Placed> b = place(dense, buffer, info);
    ASSERT_TRUE(a.ok() && b.ok());
    bool expected = false;
    for (const uint64_t byte : bytes_of(strided))
      expected = expected || (byte >= b->begin && byte < b->end);
    ASSERT_EQ(do_meet(*a, *b), expected) << to_text(strided.type) << " round " << round;
    meetings += expected ? 1 : 0;
  }
  EXPECT_GT(meetings, 500);
  EXPECT_LT(meetings, 4500);
}

TEST(Tensors, AreDenseWhateverTheStrideOfAnAxisOfOne) {
  bp_tensor_t tensor = {};
  tensor.type = tensor_type(BP_DTYPE_FLOAT32, {2, 1, 3});
  EXPECT_TRUE(is_dense(tensor));
  const int64_t dense[] = {3, 99, 1};
  tensor.strides = dense;
  EXPECT_TRUE(is_dense(tensor));
  const int64_t gaps[] = {4, 1, 1};
  tensor.strides = gaps;
  EXPECT_FALSE(is_dense(tensor));
}

TEST(Tensors, ASizeThatOverflowsIsNotInside) {
  const Buffer space(nullptr, nullptr, UINT64_MAX);
  bp_tensor_t tensor = {};
  tensor.type = tensor_type(BP_DTYPE_FLOAT64, {INT64_MAX / 2, 1});
  EXPECT_EQ(place(tensor, space, plain_info()).status().code(), BP_STATUS_INVALID_ARGUMENT);
  tensor.type = tensor_type(BP_DTYPE_FLOAT64, {2, 2});
  const int64_t strides[] = {INT64_MAX, INT64_MAX};
  tensor.strides = strides;
  EXPECT_EQ(place(tensor, space, plain_info()).status().text(), "has strides beyond any memory");
  tensor.strides = nullptr;
  tensor.offset = UINT64_MAX - 7;
  EXPECT_FALSE(place(tensor, space, plain_info()).ok());
}

TEST(Tensors, StandAtAMultipleOfTheirElement) {
  const Buffer buffer(nullptr, nullptr, 64);
  bp_tensor_t tensor = {};
  tensor.type = tensor_type(BP_DTYPE_FLOAT64, {2});
  tensor.offset = 12;
  EXPECT_EQ(place(tensor, buffer, plain_info()).status().text(),
            "is at offset 12, no multiple of 8");
  tensor.offset = 24;
  EXPECT_TRUE(place(tensor, buffer, plain_info()).ok());
}

TEST(Tensors, WithoutElementsLieNowhereAndMeetNothing) {
  const Buffer buffer(nullptr, nullptr, 16);
  bp_tensor_t empty = {};
  empty.type = tensor_type(BP_DTYPE_FLOAT32, {0});
  empty.offset = 1000;
  const Result<Placed> placed = place(empty, buffer, plain_info());
  ASSERT_TRUE(placed.ok());
  EXPECT_FALSE(do_meet(*placed, *placed));
}

}  // namespace
}  // namespace backplane::check
