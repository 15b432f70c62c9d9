// indexing.cpp, dynamic.cpp, losses.cpp
#include <gtest/gtest.h>

#include "ops/scalar.hpp"
#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

TEST(Gather, ByElementHasTheShapeOfItsIndices) {
  expect_inferred({
      {"GatherElements", {"float32[5,6]", "int64[2,-3]"}, {}, "float32[2,-3]"},
      {"GatherElements",
       {"float32[5,6]", "int64[2]"},
       {},
       "INVALID_ARGUMENT GatherElements: ranks 2 of data and 1 of indices differ"},
      {"GatherElements",
       {"float32[5,6]", "int64[2,2]"},
       {int_attribute("axis", 2)},
       "INVALID_ARGUMENT GatherElements: axis 2 is outside [-2, 1]"},
  });
}

TEST(Gather, ByRowsOfIndicesGoesThroughSeveralAxes) {
  const Attribute batch = int_attribute("batch_dims", 1);
  expect_inferred({
      {"GatherND", {"float32[2,3,4]", "int64[5,2]"}, {}, "float32[5,4]"},
      {"GatherND", {"float32[2,3,4]", "int64[5,6,3]"}, {}, "float32[5,6]"},
      {"GatherND", {"float32[2,3,4]", "int64[2,1]"}, {batch}, "float32[2,4]"},
      {"GatherND", {"float32[-2,3,4]", "int64[-1,1]"}, {batch}, "float32[-2,4]"},
      {"GatherND",
       {"float32[2,3]", "int64[5,3]"},
       {},
       "INVALID_ARGUMENT GatherND: indices go 3 axes deep into float32[2,3] with batch_dims 0"},
      {"GatherND",
       {"float32[2,3]", "int64[5,1]"},
       {batch},
       "INVALID_ARGUMENT GatherND: batch axis 0: sizes 5 and 2 differ"},
      {"GatherND",
       {"float32[2,3]", "int64[5,-1]"},
       {},
       "NOT_READY GatherND: the output's rank hangs on the last size of the indices"},
      {"GatherND",
       {"float32[2]", "int64[1]"},
       {int_attribute("batch_dims", -1)},
       "INVALID_ARGUMENT GatherND: batch_dims -1 with float32[2] and int64[1]"},
  });
}

TEST(Scatter, NeedsAnUpdateForEachIndex) {
  expect_inferred({
      {"ScatterElements", {"float32[5,6]", "int64[2,3]", "float32[2,3]"}, {}, "float32[5,6]"},
      {"ScatterElements",
       {"float32[5,6]", "int64[2,3]", "float32[2,4]"},
       {},
       "INVALID_ARGUMENT ScatterElements: updates [2,4], wanted [2,3]"},
      {"ScatterElements",
       {"float32[5,6]", "int64[2,3]", "float32[2,3]"},
       {string_attribute("reduction", "max")},
       "INVALID_ARGUMENT ScatterElements: reduction \"max\" is none of none, add, mul"},
      {"ScatterND", {"float32[4,5,6]", "int64[2,1]", "float32[2,5,6]"}, {}, "float32[4,5,6]"},
      {"ScatterND",
       {"float32[4,5,6]", "int64[2,1]", "float32[2,6]"},
       {},
       "INVALID_ARGUMENT ScatterND: updates [2,6], wanted [2,5,6]"},
  });
}

TEST(OneHot, AddsAnAxisForTheDepth) {
  expect_inferred({
      {"OneHot", {"int64[2,3]", "int64:5", "float32[2]"}, {}, "float32[2,3,5]"},
      {"OneHot", {"int64[2,3]", "int32=5", "bool[2]"}, {int_attribute("axis", 0)}, "bool[5,2,3]"},
      {"OneHot", {"int64[]", "float32[]", "float32[2]"}, {}, "float32[-1]"},
      {"OneHot",
       {"int64[2]", "int64:-5", "float32[2]"},
       {},
       "INVALID_ARGUMENT OneHot: input 1 is -5, no count"},
      {"OneHot",
       {"int64[2]", "int64:5", "float32[3]"},
       {},
       "INVALID_ARGUMENT OneHot: the values off and on: sizes 3 and 2 differ"},
  });
}

TEST(TopK, CutsOneAxis) {
  expect_inferred({
      {"TopK", {"float32[2,9]", "=3"}, {}, "float32[2,3] int64[2,3]", 2},
      {"TopK", {"float32[2,9]", "int64[1]"}, {}, "float32[2,-1] int64[2,-1]", 2},
      {"TopK",
       {"float32[2,9]", "=10"},
       {},
       "INVALID_ARGUMENT TopK: 10 of the 9 elements along axis 1",
       2},
      {"TopK", {"float32[2]", "=1"}, {}, "INVALID_ARGUMENT TopK: output Indices is missing"},
  });
}

TEST(Range, CountsSteps) {
  expect_inferred({
      {"Range", {"int64:1", "int64:10", "int64:3"}, {}, "int64[3]"},
      {"Range", {"int64:10", "int64:1", "int64:-3"}, {}, "int64[3]"},
      {"Range", {"int64:1", "int64:10", "int64:4"}, {}, "int64[3]"},
      {"Range", {"int64:1", "int64:10", "int64:-3"}, {}, "int64[0]"},
      {"Range", {"int32:5", "int32:5", "int32:1"}, {}, "int32[0]"},
      {"Range", {"float32[]", "float32[]", "float32[]"}, {}, "float32[-1]"},
      {"Range", {"int64:1", "int64:10", "int64:0"}, {}, "INVALID_ARGUMENT Range: a step of 0"},
      {"Range",
       {"int64:-9223372036854775808", "int64:9223372036854775807", "int64:1"},
       {},
       "INVALID_ARGUMENT Range: a size is beyond 2^63 - 1"},
      {"Range",
       {"int64:1152921504606846976", "int64:1152921504606846979", "int64:1"},
       {},
       "int64[3]"},
      {"Range",
       {"int64:0", "int64:-9223372036854775808", "int64:-1"},
       {},
       "INVALID_ARGUMENT Range: a size is beyond 2^63 - 1"},
  });
}

TEST(Range, OfFractionsFollowsTheFormula) {
  Operator range;
  range.op = "Range";
  range.since = 11;
  const auto count = [&](float start, float limit, float delta) {
    std::vector<ConstantPtr> numbers;
    for (const float number : {start, limit, delta})
      numbers.push_back(make_scalar(BP_DTYPE_FLOAT32, number));
    bp_tensor_type_t output = {};
    const AbiNode node(range, {numbers[0]->type, numbers[1]->type, numbers[2]->type}, {output},
                       numbers);
    Status status = infer(node.node(), &output);
    return status.ok() ? testing::text(output) : status.text();
  };
  EXPECT_EQ(count(1.0f, 5.0f, 2.0f), "float32[2]");
  EXPECT_EQ(count(0.0f, 1.0f, 0.25f), "float32[4]");
  EXPECT_EQ(count(0.0f, 1.1f, 0.25f), "float32[5]");
  EXPECT_EQ(count(1.0f, 0.0f, 0.25f), "float32[0]");
  EXPECT_EQ(count(0.0f, 1.0f, 0.0f), "Range: no number of elements from 0 to 1 by 0");
}

TEST(Dynamic, CountsOfElementsAreNotKnownBefore) {
  expect_inferred({
      {"NonZero", {"float32[2,3]"}, {}, "int64[2,-1]"},
      {"Compress", {"float32[2,3]", "bool[6]"}, {}, "float32[-1]"},
      {"Compress", {"float32[2,-3]", "bool[2]"}, {int_attribute("axis", 0)}, "float32[-1,-3]"},
  });
}

TEST(Losses, AreOneForEachLabelOrOneForAll) {
  const auto reduction = [](const char* value) { return string_attribute("reduction", value); };
  expect_inferred({
      {"NegativeLogLikelihoodLoss",
       {"float32[2,5,3]", "int64[2,3]"},
       {reduction("none")},
       "float32[2,3]"},
      {"NegativeLogLikelihoodLoss", {"float32[2,5]", "int32[2]", "float32[5]"}, {}, "float32[]"},
      {"SoftmaxCrossEntropyLoss",
       {"float32[2,5]", "int64[2]"},
       {reduction("sum")},
       "float32[] float32[2,5]",
       2},
      {"SoftmaxCrossEntropyLoss",
       {"float32[2,5]", "int64[2]", "float32[4]"},
       {},
       "INVALID_ARGUMENT SoftmaxCrossEntropyLoss: weights and classes: sizes 4 and 5 differ"},
      {"NegativeLogLikelihoodLoss",
       {"float32[2,5]", "int64[3]"},
       {},
       "INVALID_ARGUMENT NegativeLogLikelihoodLoss: labels int64[3] do not go with scores "
       "float32[2,5]"},
      {"NegativeLogLikelihoodLoss",
       {"float32[2,5]", "int64[2]"},
       {reduction("max")},
       "INVALID_ARGUMENT NegativeLogLikelihoodLoss: reduction \"max\" is none of none, sum, mean"},
  });
}

}  // namespace
}  // namespace backplane::ops
