#include "check/numerics.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace backplane::check {
namespace {

struct Row {
  bp_dtype_t input;
  bp_arithmetic_t products;
  bp_arithmetic_t accumulates;
  const char* refused;
};

// By hand from the formats: IEEE binary16 has 11 significant bits and exponents to 15, bfloat16 8
// and 127, TF32 11 and 127, binary32 24 and 127, binary64 53 and 1023.
TEST(Numerics, ProductsAreExactWhenTheirFormatHoldsTheOperands) {
  const std::vector<Row> rows = {
      {BP_DTYPE_FLOAT32, 0, 0, ""},
      {BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT64, BP_DTYPE_FLOAT64, ""},
      {BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT32, ""},
      {BP_DTYPE_FLOAT32, BP_ARITHMETIC_TF32, 0, "products in TF32"},
      {BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT16, 0, "products in float16"},
      {BP_DTYPE_FLOAT32, BP_ARITHMETIC_BFLOAT16_TIMES_3, 0, "products in BFLOAT16_TIMES_3"},
      {BP_DTYPE_FLOAT64, BP_DTYPE_FLOAT32, 0, "products in float32"},
      {BP_DTYPE_FLOAT16, BP_DTYPE_FLOAT16, 0, ""},
      {BP_DTYPE_FLOAT16, BP_ARITHMETIC_TF32, 0, ""},
      {BP_DTYPE_FLOAT16, BP_DTYPE_BFLOAT16, 0, "products in bfloat16"},
      {BP_DTYPE_BFLOAT16, BP_DTYPE_FLOAT16, 0, "products in float16"},
      {BP_DTYPE_BFLOAT16, BP_ARITHMETIC_BFLOAT16_TIMES_2, 0, ""},
      {BP_DTYPE_INT64, BP_DTYPE_FLOAT32, 0, ""},  // indices
      {BP_DTYPE_FLOAT16, 0, BP_DTYPE_FLOAT16, "sums in float16"},
      {BP_DTYPE_INT8, BP_DTYPE_INT32, BP_DTYPE_INT32, ""},
  };
  for (const Row& row : rows) {
    bp_tensor_type_t input = {};
    input.dtype = row.input;
    bp_node_t node = {};
    node.struct_size = sizeof node;
    node.inputs = &input;
    node.input_count = 1;
    node.refused = BP_NUMERICS_FLAG_TRUNCATES;
    bp_kernel_info_t info = {};
    info.products = row.products;
    info.accumulates = row.accumulates;
    EXPECT_EQ(refused_numerics(node, info), row.refused) << row.input << " " << row.products;
    node.refused = 0;
    EXPECT_EQ(refused_numerics(node, info), "");
  }
}

TEST(Numerics, TheListOfArithmeticsIsClosed) {
  int legal = 0;
  for (bp_arithmetic_t value = 0; value < 0x20000; ++value)
    legal += is_legal_arithmetic(value) ? 1 : 0;
  EXPECT_EQ(legal, 10);  // kernel.h: 0, six element types, three of its own
  EXPECT_FALSE(is_legal_arithmetic(BP_DTYPE_BOOL));
}

}  // namespace
}  // namespace backplane::check
