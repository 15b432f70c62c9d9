// normalization.cpp, softmax.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

std::vector<std::string> image_and(const std::string& statistic) {
  return {"float32[2,3,4]", statistic, statistic, statistic, statistic};
}

TEST(BatchNormalization, KeepsTheShape) {
  expect_inferred({
      {"BatchNormalization", image_and("float32[3]"), {}, "float32[2,3,4]"},
      {"BatchNormalization", image_and("float32[-7]"), {}, "float32[2,3,4]"},
      {"BatchNormalization",
       {"float16[5]", "float32[1]", "float32[1]", "float64[1]", "float64[1]"},
       {},
       "float16[5]"},
  });
}

TEST(BatchNormalization, TrainingHasThreeOutputs) {
  expect_inferred({
      {"BatchNormalization",
       {"float16[2,3]", "float32[3]", "float32[3]", "float64[-1]", "float64[3]"},
       {int_attribute("training_mode", 1)},
       "float16[2,3] float64[3] float64[3]",
       3},
  });
}

TEST(BatchNormalization, NamesWhatDoesNotFit) {
  expect_inferred({
      {"BatchNormalization",
       image_and("float32[4]"),
       {},
       "INVALID_ARGUMENT BatchNormalization: input 1 has 4 elements for 3 channels"},
      {"BatchNormalization",
       image_and("float32[3,1]"),
       {},
       "INVALID_ARGUMENT BatchNormalization: input 1 must be a vector, found float32[3,1]"},
      {"BatchNormalization",
       {"float32[2,3]", "float32[3]", "float16[3]", "float32[3]", "float32[3]"},
       {},
       "INVALID_ARGUMENT BatchNormalization: inputs 1 (float32) and 2 (float16) must have one "
       "type"},
      {"BatchNormalization",
       {"float32[]", "float32[1]", "float32[1]", "float32[1]", "float32[1]"},
       {},
       "INVALID_ARGUMENT BatchNormalization: input 0 is a scalar, which has no channels"},
  });
}

TEST(BatchNormalization, StatisticsAreNotWantedOutsideTraining) {
  Operator op;
  op.op = "BatchNormalization";
  op.since = 15;
  const auto type = testing::type_from("float32[3]");
  bp_tensor_type_t outputs[2] = {};
  const AbiNode node(op, {testing::type_from("float32[2,3]"), type, type, type, type}, {type, type},
                     {});
  Status status = infer(node.node(), outputs);
  EXPECT_EQ(status.text(), "BatchNormalization: output 1 is only there in training_mode");
  EXPECT_TRUE(is_absent(outputs[0]));
}

TEST(Dropout, HasAMaskOfItsShape) {
  expect_inferred({
      {"Dropout", {"float16[2,-3]"}, {}, "float16[2,-3] bool[2,-3]", 2},
      {"Dropout", {"float32[2]", "float32[]", "bool[]"}, {}, "float32[2]"},
      {"Dropout",
       {"float32[2]", "float32[2]"},
       {},
       "INVALID_ARGUMENT Dropout: input 1 must be a scalar, found float32[2]"},
  });
}

TEST(Softmax, NeedsAnAxisThatIsThere) {
  expect_inferred({
      {"Softmax", {"float32[2,3]"}, {}, "float32[2,3]"},
      {"LogSoftmax", {"float32[2,3]"}, {int_attribute("axis", -2)}, "float32[2,3]"},
      {"Softmax",
       {"float32[2,3]"},
       {int_attribute("axis", 2)},
       "INVALID_ARGUMENT Softmax: axis 2 is outside [-2, 1]"},
      {"Hardmax", {"float32[]"}, {}, "INVALID_ARGUMENT Hardmax: a scalar has no axes"},
  });
}

TEST(LRN, KeepsTheShape) {
  expect_inferred({
      {"LRN", {"float32[1,8,3,3]"}, {int_attribute("size", 5)}, "float32[1,8,3,3]"},
      {"LRN", {"float32[1,8,3,3]"}, {}, "INVALID_ARGUMENT LRN: attribute size is missing"},
  });
}

}  // namespace
}  // namespace backplane::ops
