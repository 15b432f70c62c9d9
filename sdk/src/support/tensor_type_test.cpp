#include "support/tensor_type.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

TEST(TensorType, CountsElementsAndBytes) {
  EXPECT_EQ(*element_count(tensor_type(BP_DTYPE_FLOAT32, {2, 3, 4})), 24u);
  EXPECT_EQ(*byte_size(tensor_type(BP_DTYPE_FLOAT32, {2, 3, 4})), 96u);
  EXPECT_EQ(*byte_size(tensor_type(BP_DTYPE_INT64, {})), 8u);
  EXPECT_EQ(*byte_size(tensor_type(BP_DTYPE_BOOL, {5, 0})), 0u);
}

TEST(TensorType, TwoFourBitElementsShareAByte) {
  EXPECT_EQ(*byte_size(tensor_type(BP_DTYPE_INT4, {3})), 2u);
  EXPECT_EQ(*byte_size(tensor_type(BP_DTYPE_UINT4, {4})), 2u);
}

TEST(TensorType, RefusesSizesThatOverflow) {
  const int64_t big = int64_t{1} << 32;
  EXPECT_EQ(element_count(tensor_type(BP_DTYPE_UINT8, {big, big})).status().code(),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_FALSE(byte_size(tensor_type(BP_DTYPE_FLOAT64, {int64_t{1} << 61})).ok());
  EXPECT_TRUE(element_count(tensor_type(BP_DTYPE_UINT8, {big, big, 0})).ok());
}

TEST(TensorType, RefusesUnknownSizesAndTypes) {
  EXPECT_FALSE(element_count(tensor_type(BP_DTYPE_FLOAT32, {2, -1})).ok());
  EXPECT_FALSE(byte_size(tensor_type(99, {2})).ok());
}

TEST(TensorType, ReadsAsText) {
  EXPECT_EQ(to_text(tensor_type(BP_DTYPE_FLOAT32, {2, -1, 3})), "float32[2,?,3]");
  EXPECT_EQ(to_text(tensor_type(BP_DTYPE_INT64, {})), "int64[]");
  EXPECT_EQ(to_text(bp_tensor_type_t{}), "absent");
}

TEST(TensorType, EqualTypesHaveEqualDtypeAndShape) {
  const bp_tensor_type_t a = tensor_type(BP_DTYPE_FLOAT32, {2, 3});
  EXPECT_TRUE(same_type(a, tensor_type(BP_DTYPE_FLOAT32, {2, 3})));
  EXPECT_FALSE(same_type(a, tensor_type(BP_DTYPE_FLOAT32, {3, 2})));
  EXPECT_FALSE(same_type(a, tensor_type(BP_DTYPE_FLOAT32, {2, 3, 1})));
  EXPECT_FALSE(same_type(a, tensor_type(BP_DTYPE_INT32, {2, 3})));
}

}  // namespace
}  // namespace backplane
