// matrix.cpp, random.cpp, quantize.cpp, conv_transpose.cpp, resize.cpp, and the rarer parts of
// conv.cpp, pool.cpp, matmul.cpp and normalization.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

TEST(Matrix, PartsOfMatrices) {
  expect_inferred({
      {"Trilu", {"float32[2,-3,4]"}, {}, "float32[2,-3,4]"},
      {"Trilu", {"float32[4]"}, {}, "INVALID_ARGUMENT Trilu: input 0 holds no matrix: float32[4]"},
      {"Det", {"float32[2,3,3]"}, {}, "float32[2]"},
      {"Det",
       {"float32[3,4]"},
       {},
       "INVALID_ARGUMENT Det: a matrix must be square: sizes 3 and 4 differ"},
      {"EyeLike", {"int32[2,3]"}, {}, "int32[2,3]"},
      {"EyeLike", {"int32[2,3]"}, {int_attribute("dtype", BP_DTYPE_FLOAT64)}, "float64[2,3]"},
      {"EyeLike",
       {"int32[2]"},
       {},
       "INVALID_ARGUMENT EyeLike: input 0 must have rank 2, found int32[2]"},
      {"EyeLike",
       {"int32[2,2]"},
       {int_attribute("dtype", 8)},
       "INVALID_ARGUMENT EyeLike: attribute dtype is 8"},
      {"CumSum", {"float32[2,3]", "int64:1"}, {}, "float32[2,3]"},
      {"CumSum",
       {"float32[2,3]", "int64:2"},
       {},
       "INVALID_ARGUMENT CumSum: axis 2 is outside [-2, 1]"},
  });
}

TEST(Random, OperatorsSayTheirTypeOrTakeTheInputs) {
  const Attribute shape = ints_attribute("shape", {2, 3});
  const Attribute to_double = int_attribute("dtype", BP_DTYPE_FLOAT64);
  expect_inferred({
      {"RandomUniform", {}, {shape}, "float32[2,3]"},
      {"RandomNormal", {}, {shape, to_double}, "float64[2,3]"},
      {"RandomNormal",
       {},
       {ints_attribute("shape", {2, -3})},
       "INVALID_ARGUMENT RandomNormal: attribute shape has a size of -3"},
      {"RandomUniformLike", {"float16[2,-1]"}, {}, "float16[2,-1]"},
      {"RandomUniformLike", {"int32[2]"}, {to_double}, "float64[2]"},
      {"RandomNormalLike",
       {"int32[2]"},
       {},
       "INVALID_ARGUMENT RandomNormalLike: attribute dtype is 6"},
      {"Bernoulli", {"float32[4]"}, {}, "float32[4]"},
      {"Bernoulli", {"float32[4]"}, {int_attribute("dtype", BP_DTYPE_BOOL)}, "bool[4]"},
  });
}

TEST(Image, BlocksMoveBetweenDepthAndSpace) {
  const Attribute two = int_attribute("blocksize", 2);
  expect_inferred({
      {"DepthToSpace", {"float32[1,8,3,-4]"}, {two}, "float32[1,2,6,-1]"},
      {"SpaceToDepth", {"float32[1,2,6,4]"}, {two}, "float32[1,8,3,2]"},
      {"SpaceToDepth",
       {"float32[1,2,5,4]"},
       {two},
       "INVALID_ARGUMENT SpaceToDepth: size 5 does not divide by 2"},
      {"DepthToSpace",
       {"float32[1,6,5,4]"},
       {two},
       "INVALID_ARGUMENT DepthToSpace: size 6 does not divide by 4"},
      {"DepthToSpace",
       {"float32[1,8,3,4]"},
       {int_attribute("blocksize", 0)},
       "INVALID_ARGUMENT DepthToSpace: blocksize 0, 1 to 1048576 is possible"},
      {"GridSample", {"float32[2,3,4,5]", "float32[2,6,7,2]"}, {}, "float32[2,3,6,7]"},
      {"GridSample",
       {"float32[2,3,4,5]", "float32[2,6,7,3]"},
       {},
       "INVALID_ARGUMENT GridSample: x and y of the grid: sizes 3 and 2 differ"},
  });
}

TEST(Quantize, ScalesAreForAllOrForSlices) {
  expect_inferred({
      {"QuantizeLinear", {"float32[2,3]", "float32[]"}, {}, "uint8[2,3]"},
      {"QuantizeLinear", {"float32[2,3]", "float32[3]", "int8[3]"}, {}, "int8[2,3]"},
      {"QuantizeLinear",
       {"float32[2,3]", "float32[2]"},
       {},
       "INVALID_ARGUMENT QuantizeLinear: input 1 and axis 1: sizes 2 and 3 differ"},
      {"DequantizeLinear", {"int32[4]", "float32[]"}, {}, "float32[4]"},
      {"DynamicQuantizeLinear", {"float32[2,3]"}, {}, "uint8[2,3] float32[] uint8[]", 3},
      {"MatMulInteger", {"uint8[2,3]", "int8[3,4]"}, {}, "int32[2,4]"},
      {"ConvInteger", {"uint8[1,1,5]", "int8[2,1,3]", "uint8[]"}, {}, "int32[1,2,3]"},
      {"QLinearMatMul",
       {"uint8[5,2,3]", "float32[]", "uint8[]", "int8[3,4]", "float32[4]", "int8[4]", "float32[]",
        "int8[]"},
       {},
       "int8[5,2,4]"},
      {"QLinearConv",
       {"uint8[1,2,5]", "float32[]", "uint8[]", "int8[4,2,3]", "float32[4]", "int8[4]", "float32[]",
        "uint8[]", "int32[4]"},
       {},
       "uint8[1,4,3]"},
      {"QLinearConv",
       {"uint8[1,2,5]", "float32[]", "uint8[]", "int8[4,2,3]", "float32[4]", "int8[4]", "float32[]",
        "uint8[]", "int32[3]"},
       {},
       "INVALID_ARGUMENT QLinearConv: bias and filters: sizes 3 and 4 differ"},
      {"CastLike", {"float32[2]", "bool[7,7]"}, {}, "bool[2]"},
  });
}

TEST(ConvTranspose, CoversWhatAConvolutionWouldRead) {
  const auto strides = [](const std::vector<int64_t>& values) {
    return ints_attribute("strides", values);
  };
  expect_inferred({
      {"ConvTranspose", {"float32[1,2,3]", "float32[2,4,3]"}, {}, "float32[1,4,5]"},
      {"ConvTranspose",
       {"float32[1,2,3]", "float32[2,4,3]"},
       {strides({2}), ints_attribute("pads", {1, 1}), ints_attribute("output_padding", {1})},
       "float32[1,4,6]"},
      {"ConvTranspose",
       {"float32[1,2,3]", "float32[2,4,3]"},
       {strides({2}), string_attribute("auto_pad", "SAME_UPPER")},
       "float32[1,4,6]"},
      {"ConvTranspose",
       {"float32[1,2,3]", "float32[2,4,3]"},
       {strides({3}), ints_attribute("output_shape", {10})},
       "float32[1,4,10]"},
      {"ConvTranspose",
       {"float32[1,4,3]", "float32[4,1,3]", "float32[2]"},
       {int_attribute("group", 2), ints_attribute("dilations", {2})},
       "float32[1,2,7]"},
      {"ConvTranspose",
       {"float32[1,2,3]", "float32[3,4,3]"},
       {},
       "INVALID_ARGUMENT ConvTranspose: channels of X and W: sizes 2 and 3 differ"},
      {"ConvTranspose",
       {"float32[1,2,1]", "float32[2,4,1]"},
       {ints_attribute("pads", {1, 1})},
       "INVALID_ARGUMENT ConvTranspose: spatial axis 0: padding cuts more off than there is"},
      {"ConvTranspose",
       {"float32[1,2,3]", "float32[2,4,3]"},
       {ints_attribute("output_padding", {1})},
       "INVALID_ARGUMENT ConvTranspose: output_padding [1] is not below stride or dilation"},
  });
}

TEST(Resize, TakesSizes) {
  expect_inferred({
      {"Resize", {"float32[1,2,3,4]", "", "", "=1,2,6,7"}, {}, "float32[1,2,6,7]"},
      {"Resize", {"float32[1,2]", "float32[0]", "float32[0]", "=3,4"}, {}, "float32[3,4]"},
      {"Resize", {"float32[1,2]", "", "", "int64[2]"}, {}, "float32[-1,-1]"},
      {"Resize", {"float32[1,2]", "", "float32[2]"}, {}, "float32[-1,-1]"},
      {"Resize", {"float32[1,2]"}, {}, "INVALID_ARGUMENT Resize: neither scales nor sizes"},
      {"Resize",
       {"float32[1,2]", "", "float32[2]", "=3,4"},
       {},
       "INVALID_ARGUMENT Resize: scales and sizes exclude each other"},
      {"Resize",
       {"float32[1,2]", "", "", "=3"},
       {},
       "INVALID_ARGUMENT Resize: input 3 has 1 elements, wanted 2"},
      {"Resize", {"float32[1]", "", "", "=-3"}, {}, "INVALID_ARGUMENT Resize: a size of -3"},
  });
}

std::string resized(const std::string& type, const std::vector<float>& scales,
                    const char* mode = "half_pixel") {
  Operator op;
  op.op = "Resize";
  op.since = 13;
  op.attributes = {string_attribute("coordinate_transformation_mode", mode)};
  const ConstantPtr constant = make_constant(
      tensor_type(BP_DTYPE_FLOAT32, {static_cast<int64_t>(scales.size())}), scales.data());
  bp_tensor_type_t output = {};
  const AbiNode node(op, {testing::type_from(type), {}, constant->type}, {output},
                     {nullptr, nullptr, constant});
  Status status = infer(node.node(), &output);
  return status.ok() ? testing::text(output) : status.text();
}

TEST(Resize, TakesScales) {
  EXPECT_EQ(resized("float32[1,3,5,-2]", {1.0f, 2.0f, 0.7f, 1.0f}), "float32[1,6,3,-2]");
  EXPECT_EQ(resized("float32[-2]", {2.0f}), "float32[-1]");
  EXPECT_EQ(resized("float32[4]", {2.0f}, "tf_crop_and_resize"), "float32[-1]");
  EXPECT_EQ(resized("float32[4]", {0.0f}), "Resize: a scale of 0");
  EXPECT_EQ(resized("float32[4]", {1e30f}), "Resize: size 4 times 1e+30 is beyond 2^63 - 1");
}

TEST(Pool, WithAPowerPlacesItsWindowTheSameWay) {
  expect_inferred({
      {"LpPool", {"float32[1,3,6]"}, {ints_attribute("kernel_shape", {2})}, "float32[1,3,5]"},
      {"GlobalLpPool", {"float32[1,3,6]"}, {}, "float32[1,3,1]"},
  });
}

TEST(LayerNormalization, KeepsOneMeanForTheAxesBehind) {
  expect_inferred({
      {"LayerNormalization", {"float16[2,3,4]", "float16[4]"}, {}, "float16[2,3,4]"},
      {"LayerNormalization",
       {"float16[2,3,4]", "float16[3,4]"},
       {int_attribute("axis", 1)},
       "float16[2,3,4] float32[2,1,1] float32[2,1,1]",
       3},
      {"LayerNormalization",
       {"float32[2,3]", "float32[4]"},
       {},
       "INVALID_ARGUMENT LayerNormalization: input 1: shape [4] does not broadcast to [2,3]"},
      {"LayerNormalization",
       {"float32[2,3]", "float32[3]"},
       {int_attribute("stash_type", 6)},
       "INVALID_ARGUMENT LayerNormalization: stash_type 6, wanted float32 or bfloat16"},
  });
}

TEST(Normalization, KeepsTheShape) {
  expect_inferred({
      {"InstanceNormalization",
       {"float32[2,3,4]", "float32[3]", "float32[3]"},
       {},
       "float32[2,3,4]"},
      {"InstanceNormalization",
       {"float32[2,3,4]", "float32[4]", "float32[3]"},
       {},
       "INVALID_ARGUMENT InstanceNormalization: input 1 has 4 elements for 3 channels"},
      {"LpNormalization", {"float32[2]"}, {}, "float32[2]"},
      {"MeanVarianceNormalization",
       {"float32[2,3]"},
       {},
       "INVALID_ARGUMENT MeanVarianceNormalization: axis 2 is outside [-2, 1]"},
  });
}

}  // namespace
}  // namespace backplane::ops
