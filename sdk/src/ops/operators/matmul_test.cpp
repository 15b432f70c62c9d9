#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

TEST(MatMul, FollowsNumpy) {
  expect_inferred({
      {"MatMul", {"float32[2,3]", "float32[3,4]"}, {}, "float32[2,4]"},
      {"MatMul", {"float32[3]", "float32[3]"}, {}, "float32[]"},
      {"MatMul", {"float32[3]", "float32[3,4]"}, {}, "float32[4]"},
      {"MatMul", {"float32[2,3]", "float32[3]"}, {}, "float32[2]"},
      {"MatMul", {"float32[3]", "float32[5,3,4]"}, {}, "float32[5,4]"},
      {"MatMul", {"float32[5,2,3]", "float32[3]"}, {}, "float32[5,2]"},
      {"MatMul", {"float32[7,1,2,3]", "float32[5,3,4]"}, {}, "float32[7,5,2,4]"},
      {"MatMul", {"int32[0,3]", "int32[3,0]"}, {}, "int32[0,0]"},
      {"MatMul", {"float32[2,0]", "float32[0,4]"}, {}, "float32[2,4]"},
  });
}

TEST(MatMul, CarriesUnknownSizes) {
  expect_inferred({
      {"MatMul", {"float32[-2,-3]", "float32[-3,4]"}, {}, "float32[-2,4]"},
      {"MatMul", {"float32[-2,5,-3]", "float32[7,4]"}, {}, "float32[-2,5,4]"},
      {"MatMul", {"float32[-2,5,3]", "float32[-2,3,-1]"}, {}, "float32[-2,5,-1]"},
  });
}

TEST(MatMul, NamesWhatDoesNotFit) {
  expect_inferred({
      {"MatMul",
       {"float32[2,64]", "float32[32,4]"},
       {},
       "INVALID_ARGUMENT MatMul: inner sizes 64 and 32 differ"},
      {"MatMul", {"float32[]", "float32[3]"}, {}, "INVALID_ARGUMENT MatMul: a scalar is no matrix"},
      {"MatMul",
       {"float32[2,2,3]", "float32[5,3,4]"},
       {},
       "INVALID_ARGUMENT MatMul: shapes [2] and [5] do not broadcast: sizes 2 and 5"},
  });
}

TEST(MatMul, ASizeThatNoMemoryCouldHoldIsRefused) {
  expect_inferred({{"MatMul",
                    {"float32[4611686018427387904,1]", "float32[1,4611686018427387904]"},
                    {},
                    "INVALID_ARGUMENT MatMul: output 0: "
                    "float32[4611686018427387904,4611686018427387904] has more elements than can "
                    "be counted"}});
}

TEST(Gemm, TransposesAndAddsC) {
  const Attribute trans_a = int_attribute("transA", 1);
  const Attribute trans_b = int_attribute("transB", 1);
  expect_inferred({
      {"Gemm", {"float32[2,3]", "float32[3,4]"}, {}, "float32[2,4]"},
      {"Gemm", {"float32[3,2]", "float32[3,4]"}, {trans_a}, "float32[2,4]"},
      {"Gemm", {"float32[2,3]", "float32[4,3]"}, {trans_b}, "float32[2,4]"},
      {"Gemm", {"float32[3,2]", "float32[4,3]", "float32[]"}, {trans_a, trans_b}, "float32[2,4]"},
      {"Gemm", {"float32[-2,3]", "float32[3,4]", "float32[1,4]"}, {}, "float32[-2,4]"},
      {"Gemm", {"float32[2,3]", "float32[3,4]", ""}, {}, "float32[2,4]"},
  });
}

TEST(Gemm, NamesWhatDoesNotFit) {
  expect_inferred({
      {"Gemm",
       {"float32[2,3]", "float32[4,3]"},
       {},
       "INVALID_ARGUMENT Gemm: inner sizes 3 and 4 differ"},
      {"Gemm",
       {"float32[2,3]", "float32[3,4]", "float32[3]"},
       {},
       "INVALID_ARGUMENT Gemm: input 2 (C): shape [3] does not broadcast to [2,4]"},
      {"Gemm",
       {"float32[1,2,3]", "float32[3,4]"},
       {},
       "INVALID_ARGUMENT Gemm: input 0 must be a matrix, found float32[1,2,3]"},
      {"Gemm",
       {"float32[2,3]", "float32[3,4]"},
       {int_attribute("transA", 7)},
       "INVALID_ARGUMENT Gemm: attribute transA is 7, wanted 0 or 1"},
  });
}

}  // namespace
}  // namespace backplane::ops
