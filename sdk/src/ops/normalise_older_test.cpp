// What nodes of older forms become.
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::draft_of;
using testing::expect_normalised;

const Attribute kConsumed = ints_attribute("consumed_inputs", {0, 0});

TEST(Normalise, AttributesThatBecameInputsTurnIntoConstants) {
  expect_normalised({
      {draft_of("Squeeze", {"x"}, {ints_attribute("axes", {0, 2})}),
       11,
       {},
       "Squeeze-13(x, y#axes) -> y; y#axes = int64[2]{0,2}"},
      {draft_of("Squeeze", {"x"}), 1, {}, "Squeeze-13(x) -> y"},
      {draft_of("Unsqueeze", {"x"}, {ints_attribute("axes", {-1})}),
       11,
       {},
       "Unsqueeze-13(x, y#axes) -> y; y#axes = int64[1]{-1}"},
      {draft_of("Split", {"x"}, {ints_attribute("split", {1, 2})}, {"p", "q"}),
       2,
       {},
       "Split-13(x, p#split) -> p, q {axis=0}; p#split = int64[2]{1,2}"},
      {draft_of("Slice", {"x"},
                {ints_attribute("starts", {1}), ints_attribute("ends", {3}),
                 ints_attribute("axes", {0})}),
       1,
       {},
       "Slice-13(x, y#starts, y#ends, y#axes) -> y; y#starts = int64[1]{1}; y#ends = int64[1]{3}; "
       "y#axes = int64[1]{0}"},
      {draft_of("Reshape", {"x"}, {ints_attribute("shape", {2, -1}), kConsumed}),
       1,
       {},
       "Reshape-14(x, y#shape) -> y {allowzero=0}; y#shape = int64[2]{2,-1}"},
      {draft_of("ReduceSum", {"x"}, {ints_attribute("axes", {1})}),
       11,
       {},
       "ReduceSum-13(x, y#axes) -> y {keepdims=1, noop_with_empty_axes=0}; y#axes = int64[1]{1}"},
  });
}

TEST(Normalise, BoundsAndValuesTakeTheTypeOfTheData) {
  expect_normalised({
      {draft_of("Clip", {"x"}, {float_attribute("min", 0.0f), float_attribute("max", 6.0f)}),
       6,
       {"float16[2]"},
       "Clip-13(x, y#min, y#max) -> y; y#min = float16[]{0}; y#max = float16[]{17920}"},
      {draft_of("Clip", {"x"}, {float_attribute("max", 6.0f)}),
       1,
       {"float64[2]"},
       "Clip-13(x, , y#max) -> y; y#max = float64[]{6}"},
      {draft_of("Clip", {"x"}), 1, {}, "Clip-13(x) -> y"},
      {draft_of("Clip", {"x", "", ""}), 11, {}, "Clip-13(x) -> y"},
      {draft_of("Clip", {"x"}, {float_attribute("max", 6.0f)}),
       6,
       {},
       "UNSUPPORTED unknown size: Clip: as of version 6, a bound takes the type of the input"},
      {draft_of("Pad", {"x"}, {ints_attribute("pads", {0, 1})}),
       2,
       {},
       "Pad-13(x, y#pads) -> y {mode=\"constant\"}; y#pads = int64[2]{0,1}"},
      {draft_of("Pad", {"x"},
                {ints_attribute("paddings", {0, 1}), float_attribute("value", 0.5f),
                 string_attribute("mode", "edge")}),
       1,
       {"float32[3]"},
       "Pad-13(x, y#paddings, y#value) -> y {mode=\"edge\"}; y#paddings = int64[2]{0,1}; "
       "y#value = float32[]{0.5}"},
      {draft_of("Dropout", {"x"}, {float_attribute("ratio", 0.25f)}),
       10,
       {},
       "Dropout-13(x, y#ratio) -> y; y#ratio = float32[]{0.25}"},
  });
}

TEST(Normalise, AxesOfOldBroadcastingAreLinedUp) {
  const Attribute broadcast = int_attribute("broadcast", 1);
  const auto axis = [](int64_t value) { return int_attribute("axis", value); };
  expect_normalised({
      {draft_of("Add", {"a", "b"}, {broadcast, axis(1)}),
       6,
       {"float32[2,3,4,5]", "float32[3,4]"},
       "Unsqueeze-13(b, y#aligned-by) -> y#aligned; Add-14(a, y#aligned) -> y; "
       "y#aligned-by = int64[1]{2}"},
      {draft_of("Mul", {"a", "b"}, {broadcast, axis(-4), kConsumed}),
       1,
       {"float32[2,3,4,5]", "float32[2]"},
       "Unsqueeze-13(b, y#aligned-by) -> y#aligned; Mul-14(a, y#aligned) -> y; "
       "y#aligned-by = int64[3]{1,2,3}"},
      {draft_of("Sub", {"a", "b"}, {broadcast, axis(2)}),
       6,
       {"float32[2,3,4,5]", "float32[4,5]"},
       "Sub-14(a, b) -> y"},
      {draft_of("Div", {"a", "b"}, {broadcast}), 6, {}, "Div-14(a, b) -> y"},
      {draft_of("Equal", {"a", "b"}), 1, {}, "Equal-13(a, b) -> y"},
      {draft_of("Add", {"a", "b"}, {broadcast, axis(0)}),
       6,
       {"float32[2,3]", "float32[1,1]"},
       "Add-14(a, b) -> y"},
      {draft_of("Add", {"a", "b"}, {broadcast, axis(1)}),
       6,
       {"float32[2,3]", ""},
       "UNSUPPORTED unknown size: Add: as of version 6, broadcasting from an axis needs the "
       "inputs' "
       "ranks"},
      {draft_of("Add", {"a", "b"}, {broadcast, axis(1)}),
       6,
       {"float32[2,3]", "float32[2,3]"},
       "INVALID_ARGUMENT Add: float32[2,3] does not fit into float32[2,3] from axis 1 on"},
      {draft_of("PRelu", {"x", "s"}),
       6,
       {"float32[2,3,4,5]", "float32[3]"},
       "Unsqueeze-13(s, y#slope-by) -> y#slope; PRelu-16(x, y#slope) -> y; "
       "y#slope-by = int64[2]{1,2}"},
      {draft_of("Gemm", {"a", "b", "c"}, {broadcast}),
       6,
       {},
       "Gemm-13(a, b, c) -> y {alpha=1, beta=1, transA=0, transB=0}"},
  });
}

TEST(Normalise, OldSoftmaxTookSeveralAxesAsOne) {
  const auto axis = [](int64_t value) { return int_attribute("axis", value); };
  expect_normalised({
      {draft_of("Softmax", {"x"}), 11, {"float32[2,3]"}, "Softmax-13(x) -> y {axis=-1}"},
      {draft_of("Softmax", {"x"}, {axis(-1)}),
       11,
       {"float32[2,3,4]"},
       "Softmax-13(x) -> y {axis=-1}"},
      {draft_of("LogSoftmax", {"x"}),
       1,
       {"float32[2,3,4]"},
       "Flatten-13(x) -> y#flat {axis=1}; LogSoftmax-13(y#flat) -> y#rows {axis=-1}; "
       "Reshape-14(y#rows, y#rows-by) -> y {allowzero=1}; y#rows-by = int64[3]{2,3,4}"},
      {draft_of("Softmax", {"x"}),
       11,
       {"float32[-2,3,4]"},
       "Flatten-13(x) -> y#flat {axis=1}; Softmax-13(y#flat) -> y#rows {axis=-1}; "
       "Reshape-14(y#rows, y#rows-by) -> y {allowzero=1}; y#rows-by = int64[3]{-1,3,4}"},
      {draft_of("Softmax", {"x"}),
       11,
       {"float32[-2,-3,4]"},
       "UNSUPPORTED unknown size: Softmax: as of version 11, axis 1 takes several axes of "
       "float32[?,?,4] as one, which needs their sizes"},
      {draft_of("Softmax", {"x"}),
       11,
       {""},
       "UNSUPPORTED unknown size: Softmax: as of version 11, the axis depends on the input's rank"},
      {draft_of("Softmax", {"x"}),
       11,
       {"float32[2]"},
       "INVALID_ARGUMENT Softmax: axis 1 is outside the axes of float32[2]"},
      {draft_of("Softmax", {"x"}), 13, {""}, "Softmax-13(x) -> y {axis=-1}"},
  });
}

TEST(Normalise, OldBatchNormalizationServesInferenceAlone) {
  const std::vector<std::string> inputs = {"x", "s", "b", "m", "v"};
  const std::string result =
      "BatchNormalization-15(x, s, b, m, v) -> y {epsilon=1e-05, momentum=0.9, training_mode=0}";
  expect_normalised({
      {draft_of("BatchNormalization", inputs, {int_attribute("is_test", 1), kConsumed}),
       1,
       {},
       result},
      {draft_of("BatchNormalization", inputs), 6, {}, result},
      {draft_of("BatchNormalization", inputs, {int_attribute("spatial", 1)}), 7, {}, result},
      {draft_of("BatchNormalization", inputs, {}, {"y", "", "", ""}), 9, {}, result},
      {draft_of("BatchNormalization", inputs, {int_attribute("is_test", 0)}),
       6,
       {},
       "UNSUPPORTED no schema yet: BatchNormalization: as of version 6, is_test = 0 is training"},
      {draft_of("BatchNormalization", inputs, {int_attribute("spatial", 0)}),
       7,
       {},
       "UNSUPPORTED no schema yet: BatchNormalization: as of version 7, spatial = 0 has statistics "
       "for each element"},
      {draft_of("BatchNormalization", inputs, {}, {"y", "a", "b"}),
       9,
       {},
       "UNSUPPORTED no schema yet: BatchNormalization: as of version 9, more outputs than one are "
       "training"},
      {draft_of("BatchNormalization", inputs, {}, {"y", "a", "b"}),
       15,
       {},
       "INVALID_ARGUMENT BatchNormalization: with training_mode = 0 there is one output"},
      {draft_of("BatchNormalization", inputs, {int_attribute("training_mode", 1)}, {"y", "a", "b"}),
       14,
       {},
       "BatchNormalization-15(x, s, b, m, v) -> y, a, b {epsilon=1e-05, momentum=0.9, "
       "training_mode=1}"},
  });
}

TEST(Normalise, OldDropoutServesInferenceAlone) {
  expect_normalised({
      {draft_of("Dropout", {"x"}, {int_attribute("is_test", 1)}),
       6,
       {},
       "Dropout-13(x, y#ratio) -> y; y#ratio = float32[]{0.5}"},
      {draft_of("Dropout", {"x"}),
       6,
       {},
       "UNSUPPORTED no schema yet: Dropout: as of version 6, is_test = 0 is training"},
      {draft_of("Dropout", {"x"}, {}, {"y", "mask"}),
       7,
       {},
       "UNSUPPORTED no schema yet: Dropout: as of version 7, the mask has the type of the data, "
       "which is not known"},
      {draft_of("Dropout", {"x"}, {}, {"y", "mask"}),
       9,
       {"float16[2]"},
       "Dropout-13(x, y#ratio) -> y, y#mask; Cast-13(y#mask) -> mask {to=10}; "
       "y#ratio = float32[]{0.5}"},
      {draft_of("Dropout", {"x"}, {}, {"y", "mask"}),
       10,
       {},
       "Dropout-13(x, y#ratio) -> y, mask; y#ratio = float32[]{0.5}"},
  });
}

TEST(Normalise, OldCastNamedItsTypeInWords) {
  expect_normalised({
      {draft_of("Cast", {"x"}, {string_attribute("to", "FLOAT16")}),
       1,
       {},
       "Cast-13(x) -> y {to=10}"},
      {draft_of("Cast", {"x"}, {string_attribute("to", "float")}),
       1,
       {},
       "INVALID_ARGUMENT Cast: attribute to is \"float\", no element type"},
      {draft_of("Cast", {"x"}, {int_attribute("to", 1), int_attribute("saturate", 0)}),
       19,
       {},
       "Cast-13(x) -> y {to=1}"},
      {draft_of("Cast", {"x"}, {int_attribute("to", 1), int_attribute("saturate", 0)}),
       18,
       {},
       "INVALID_ARGUMENT Cast: there is no attribute saturate in opset 18"},
  });
}

TEST(Normalise, OperatorsThatEndedBecomeTheirSuccessors) {
  const std::string maps =
      "coordinate_transformation_mode=\"asymmetric\", cubic_coeff_a=-0.75, exclude_outside=0, "
      "extrapolation_value=0, ";
  expect_normalised({
      {draft_of("Scatter", {"x", "i", "u"}, {int_attribute("axis", 1)}),
       10,
       {},
       "ScatterElements-16(x, i, u) -> y {axis=1, reduction=\"none\"}"},
      {draft_of("Scatter", {"x", "i", "u"}),
       11,
       {},
       "UNSUPPORTED no schema yet: Scatter: changed in opset 11, the model has opset 11"},
      {draft_of("Upsample", {"x", "s"}),
       9,
       {},
       "Resize-13(x, , s) -> y {" + maps + "mode=\"nearest\", nearest_mode=\"floor\"}"},
      {draft_of("Upsample", {"x"},
                {testing::floats_attribute("scales", {1, 2}), string_attribute("mode", "linear")}),
       7,
       {},
       "Resize-13(x, , y#scales) -> y {" + maps +
           "mode=\"linear\", nearest_mode=\"floor\"}; y#scales = float32[2]{1,2}"},
      {draft_of("Upsample", {"x"},
                {float_attribute("height_scale", 2), float_attribute("width_scale", 3),
                 string_attribute("mode", "bilinear")}),
       1,
       {},
       "Resize-13(x, , y#scales) -> y {" + maps +
           "mode=\"linear\", nearest_mode=\"floor\"}; y#scales = float32[4]{1,1,2,3}"},
      {draft_of("Upsample", {"x"}),
       7,
       {},
       "INVALID_ARGUMENT Upsample: attribute scales is missing"},
      {draft_of("Upsample", {"x", "s"}, {string_attribute("mode", "cubic")}),
       9,
       {},
       "INVALID_ARGUMENT Upsample: mode \"cubic\" is neither nearest nor linear"},
      {draft_of("Upsample", {"x", "s"}),
       10,
       {},
       "UNSUPPORTED no schema yet: Upsample: changed in opset 10, the model has opset 10"},
  });
}

TEST(Normalise, FormsThatNothingSaysEnoughOfAreRefused) {
  expect_normalised({
      {draft_of("Tile", {"x", "t", "a"}),
       1,
       {},
       "UNSUPPORTED no schema yet: Tile: as of version 1, axis and repeats are inputs of the "
       "data's "
       "type"},
      {draft_of("Split", {"x"}, {}, {"a", "b"}),
       1,
       {},
       "UNSUPPORTED no schema yet: Split: as of version 1, without the attribute axis nothing says "
       "the axis"},
      {draft_of("Split", {"x", "l"}, {int_attribute("axis", 0)}, {"a", "b"}),
       1,
       {},
       "UNSUPPORTED no schema yet: Split: as of version 1, the lengths are an input of the data's "
       "type"},
      {draft_of("Reshape", {"x"}),
       1,
       {},
       "UNSUPPORTED no schema yet: Reshape: as of version 1, without the attribute shape nothing "
       "says the shape"},
  });
}

}  // namespace
}  // namespace backplane::ops
