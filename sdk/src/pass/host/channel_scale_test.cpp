// Where a number for each channel goes into a layer's constants, with what numbers, and where it
// has to stay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pass/host/passes.hpp"
#include "pass/testing.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::ValueId;
using testing::ElementsAre;

std::vector<float> constant_of(const Graph& graph, size_t input) {
  const ops::Constant& value = *graph.value(graph.node(0).inputs[input]).constant;
  const auto* numbers = static_cast<const float*>(value.bytes());
  return {numbers, numbers + *byte_size(value.type) / sizeof(float)};
}

struct ChannelScale : testing::Test {
  // Two filters of [1,1] with a bias, over two images of 3 x 2.
  ChannelScale()
      : conv(build.node("Conv",
                        {build.input("x", {2, 1, 3, 2}), build.constant({2, 1, 1, 1}, {2, -3}),
                         build.constant({2}, {0.5F, 1})},
                        "conv")) {}

  ValueId step(const char* op, ValueId value, const Shape& shape, const std::vector<float>& c) {
    return build.node(op, {value, build.constant(shape, c)});
  }
  std::vector<std::string> operators_after(ValueId last) {
    build.output(last, "y");
    return operators_of(after(build.graph, fold_channel_scales));
  }

  TestGraph build;
  ValueId conv;
};

// ((w x + b) - 1) * 4 / 2 + 3 with other numbers for the second filter.
TEST_F(ChannelScale, OfAChainGoesIntoWeightsAndBias) {
  ValueId value = step("Sub", conv, {1, 2, 1, 1}, {1, 5});
  value = step("Mul", value, {2, 1, 1}, {4, 8});
  value = step("Div", value, {}, {2});
  build.output(build.node("Add", {build.constant({1, 1}, {3}), value}), "y");
  const Graph graph = after(build.graph, fold_channel_scales);
  ASSERT_THAT(operators_of(graph), ElementsAre("Conv"));
  EXPECT_EQ(graph.output_name(0), "y");
  EXPECT_EQ(graph.node(0).op.name, "conv");
  EXPECT_THAT(constant_of(graph, 1), ElementsAre(2 * 2, -3 * 4));
  EXPECT_THAT(constant_of(graph, 2), ElementsAre((0.5F - 1) * 4 / 2 + 3, (1 - 5) * 8 / 2.0F + 3));
}

// 1/3 of 0.1 in float is rounded once: from the double that is nearest.
TEST_F(ChannelScale, IsRoundedOnce) {
  const ValueId third = step("Div", step("Mul", conv, {}, {0.1F}), {}, {3});
  build.output(third, "y");
  const Graph graph = after(build.graph, fold_channel_scales);
  const double scale = static_cast<double>(0.1F) / 3;
  EXPECT_THAT(constant_of(graph, 1),
              ElementsAre(static_cast<float>(2 * scale), static_cast<float>(-3 * scale)));
}

TEST_F(ChannelScale, StaysWhereItIsNotOneNumberAChannel) {
  EXPECT_THAT(operators_after(step("Mul", conv, {2}, {1, 2})), ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysWhereAnotherAxisHasAsManyPlaces) {
  EXPECT_THAT(operators_after(step("Mul", conv, {2, 1, 1, 1}, {1, 2})), ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysWhereTheResultIsLarger) {
  EXPECT_THAT(operators_after(step("Mul", conv, {1, 1, 1, 1, 1}, {2})), ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysWhereItIsNotKnown) {
  EXPECT_THAT(operators_after(build.node("Mul", {conv, build.input("s", {2, 1, 1})})),
              ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysWhereTheLayerIsDividedByOrTakenFrom) {
  ValueId value = build.node("Div", {build.constant({}, {1}), conv});
  value = build.node("Sub", {build.constant({}, {1}), value});
  EXPECT_THAT(operators_after(value), ElementsAre("Conv", "Div", "Sub"));
}

TEST_F(ChannelScale, StaysWhereAnotherReadsTheLayer) {
  build.output(build.node("Relu", {conv}, "relu"), "relu");
  EXPECT_THAT(operators_after(step("Mul", conv, {}, {2})), ElementsAre("Conv", "Relu", "Mul"));
}

TEST_F(ChannelScale, StaysWhereTheLayerIsWanted) {
  build.output(conv, "conv");
  EXPECT_THAT(operators_after(step("Mul", conv, {}, {2})), ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysWhereAWeightWouldBeInfinite) {
  EXPECT_THAT(operators_after(step("Mul", step("Mul", conv, {}, {3e38F}), {}, {3e38F})),
              ElementsAre("Conv", "Mul", "Mul"));
}

TEST_F(ChannelScale, StaysBehindADivisionByZero) {
  EXPECT_THAT(operators_after(step("Div", conv, {}, {0})), ElementsAre("Conv", "Div"));
}

TEST_F(ChannelScale, OfTheProductWithItselfIsNone) {
  EXPECT_THAT(operators_after(build.node("Mul", {conv, conv})), ElementsAre("Conv", "Mul"));
}

TEST_F(ChannelScale, StaysOnADeviceThatDoesNotTakeTheLayer) {
  build.output(step("Mul", conv, {}, {2}), "y");
  EXPECT_THAT(operators_of(after(build.graph, fold_channel_scales, false)),
              ElementsAre("Conv", "Mul"));
}

// y = 2 x w + 3 c: every row of B is scaled, beta goes into the bias.
TEST(ChannelScaleOfOtherLayers, OfAGemmIsItsColumns) {
  for (const int64_t is_transposed : {0, 1}) {
    TestGraph build;
    const ValueId b = is_transposed != 0 ? build.constant({2, 3}, {1, 3, 5, 2, 4, 6})
                                         : build.constant({3, 2}, {1, 2, 3, 4, 5, 6});
    const ValueId product =
        build.node("Gemm", {build.input("x", {4, 3}), b, build.constant({1, 2}, {7, 8})}, "gemm",
                   {ops::int_attribute("transB", is_transposed), ops::float_attribute("alpha", 2),
                    ops::float_attribute("beta", 3)});
    build.output(build.node("Mul", {product, build.constant({2}, {10, 100})}), "y");
    const Graph graph = after(build.graph, fold_channel_scales);
    ASSERT_THAT(operators_of(graph), ElementsAre("Gemm"));
    EXPECT_EQ(graph.node(0).op.attribute("alpha")->floats[0], 2);
    EXPECT_EQ(graph.node(0).op.attribute("beta")->floats[0], 1);
    EXPECT_THAT(constant_of(graph, 2), ElementsAre(210, 2400));
    if (is_transposed != 0)
      EXPECT_THAT(constant_of(graph, 1), ElementsAre(10, 30, 50, 200, 400, 600));
    else
      EXPECT_THAT(constant_of(graph, 1), ElementsAre(10, 200, 30, 400, 50, 600));
  }
}

TEST(ChannelScaleOfOtherLayers, OfAGemmWithABiasForEachRowStays) {
  TestGraph build;
  const ValueId product = build.node(
      "Gemm",
      {build.input("x", {2, 1}), build.constant({1, 2}, {1, 2}), build.constant({2, 1}, {7, 8})});
  build.output(build.node("Mul", {product, build.constant({2}, {10, 100})}), "y");
  EXPECT_THAT(operators_of(after(build.graph, fold_channel_scales)), ElementsAre("Gemm", "Mul"));
}

// Two groups of two inputs and two outputs: filter [i][j] makes output 2 * (i / 2) + j.
TEST(ChannelScaleOfOtherLayers, OfATransposedConvolutionOfGroups) {
  TestGraph build;
  const ValueId conv = build.node(
      "ConvTranspose",
      {build.input("x", {1, 4, 1, 1}), build.constant({4, 2, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8})},
      "conv", {ops::int_attribute("group", 2)});
  build.output(build.node("Mul", {conv, build.constant({4, 1, 1}, {1, 10, 100, 1000})}), "y");
  const Graph graph = after(build.graph, fold_channel_scales);
  ASSERT_THAT(operators_of(graph), ElementsAre("ConvTranspose"));
  EXPECT_THAT(constant_of(graph, 1), ElementsAre(1, 20, 3, 40, 500, 6000, 700, 8000));
  EXPECT_THAT(constant_of(graph, 2), ElementsAre(0, 0, 0, 0));
}

TEST(ChannelScaleOfOtherLayers, OfANormalizationIsItsScaleAndShift) {
  TestGraph build;
  const ValueId normal = build.node(
      "BatchNormalization",
      {build.input("x", {1, 2, 2, 2}), build.constant({2}, {1.5F, 2}),
       build.constant({2}, {10, 20}), build.constant({2}, {1, -1}), build.constant({2}, {4, 9})});
  const ValueId scaled = build.node("Mul", {normal, build.constant({2, 1, 1}, {2, 3})});
  build.output(build.node("Add", {scaled, build.constant({2, 1, 1}, {5, 6})}), "y");
  const Graph graph = after(build.graph, fold_channel_scales);
  ASSERT_THAT(operators_of(graph), ElementsAre("BatchNormalization"));
  EXPECT_THAT(constant_of(graph, 1), ElementsAre(3, 6));
  EXPECT_THAT(constant_of(graph, 2), ElementsAre(25, 66));
  EXPECT_THAT(constant_of(graph, 4), ElementsAre(4, 9));
}

TEST(ChannelScaleOfOtherLayers, OfFloat16Stays) {
  TestGraph build;
  const auto half = [&](const Shape& shape) {
    const std::vector<uint16_t> ones(4, 0x3c00);
    return build.graph.add_constant(
        "", ops::make_constant(tensor_type(BP_DTYPE_FLOAT16, shape), ones.data()));
  };
  const ValueId x = build.graph.add_input("x", tensor_type(BP_DTYPE_FLOAT16, {1, 1, 2, 2}));
  const ValueId conv = build.node("Conv", {x, half({2, 1, 1, 1})});
  build.output(build.node("Mul", {conv, half({2, 1, 1})}), "y");
  EXPECT_THAT(operators_of(after(build.graph, fold_channel_scales)), ElementsAre("Conv", "Mul"));
}

}  // namespace
}  // namespace backplane::pass
