// What the pass makes of graphs, that they compute the same to the bit, and that this is right.
#include <array>

#include "test_pass.hpp"

namespace backplane::opencl::testing {
namespace {

class FuseEpilogue : public PassTest {
 protected:
  FuseEpilogue() : PassTest("fuse-epilogue") {}

  static bp_tensor_type_t floats_of(const Shape& shape) { return type_of(BP_DTYPE_FLOAT32, shape); }

  // A 3 x 3 convolution, padded: Y has the size of X.
  static bp_value_id_t add_conv(TestGraph& graph, bp_value_id_t x, int64_t channels,
                                const bp_tensor_type_t& type) {
    const auto w = graph.add_input(type_of(type.dtype, {channels, type.shape[1], 3, 3}));
    bp_tensor_type_t made = type;
    made.shape[1] = channels;
    return graph.add("Conv", 11, {x, w}, made, {}, {}, {{"pads", {1, 1, 1, 1}}});
  }

  void expect_gemm_takes_all(bp_dtype_t dtype, int64_t rows, int64_t columns, int64_t inner) {
    TestGraph graph;
    const auto type = type_of(dtype, {rows, columns});
    const auto a = graph.add_input(type_of(dtype, {rows, inner}));
    const auto b = graph.add_input(type_of(dtype, {columns, inner}));
    const auto c = graph.add_input(type_of(dtype, {columns}));
    auto value = graph.add("Gemm", 13, {a, b, c}, type, {{"alpha", 0.3f}}, {{"transB", 1}});
    value = graph.add("Sub", 14, {graph.add_input(type_of(dtype, {rows, 1})), value}, type);
    value = graph.add("LeakyRelu", 16, {value}, type, {{"alpha", 0.25f}});
    value = graph.add("Mul", 14, {value, graph.add_input(type_of(dtype, {}))}, type);
    const auto condition = graph.add_input(type_of(BP_DTYPE_BOOL, {columns}));
    graph.set_output(graph.add("Where", 16, {condition, value, graph.add_input(type)}, type));
    expect_fused(graph, "Gemm(in1 in2 in0 subtract leaky_relu:3e800000 in3 multiply in4 choose)");
  }

  void expect_conv_takes_all(const Shape& x, const Shape& w, const Shape& y, int64_t groups) {
    TestGraph graph;
    const auto type = floats_of(y);
    Shape channels(y.size() - 1, 1);
    channels[0] = y[1];
    Shape places = y;
    places[0] = places[1] = 1;
    const std::vector<bp_value_id_t> inputs = {graph.add_input(floats_of(x)),
                                               graph.add_input(floats_of(w)),
                                               graph.add_input(floats_of({y[1]}))};
    auto value = graph.add("Conv", 11, inputs, type, {}, {{"group", groups}});
    for (const Shape& added : {channels, y, places})
      value = graph.add("Add", 14, {value, graph.add_input(floats_of(added))}, type);
    const auto condition = graph.add_input(type_of(BP_DTYPE_BOOL, y));
    value = graph.add("Where", 16, {condition, value, graph.add_input(floats_of({}))}, type);
    graph.set_output(graph.add("Relu", 14, {value}, type));
    expect_fused(graph, "Conv(in1 in0 in2 add in3 add in4 add in5 choose positive_part)");
  }

  // A product that nothing hinders, and what is behind it.
  struct Small {
    TestGraph graph;
    bp_tensor_type_t type = floats_of({6, 50});
    bp_value_id_t a = graph.add_input(floats_of({6, 4}));
    bp_value_id_t b = graph.add_input(floats_of({4, 50}));
    bp_value_id_t product = graph.add("Gemm", 13, {a, b}, type);

    bp_value_id_t relu(bp_value_id_t value) { return graph.add("Relu", 14, {value}, type); }
    bp_value_id_t add_to(bp_value_id_t value, const Shape& shape) {
      return graph.add("Add", 14, {value, graph.add_input(floats_of(shape))}, type);
    }
  };
};

TEST_F(FuseEpilogue, ASmallGemmTakesWhatIsBehindIt) {
  expect_gemm_takes_all(BP_DTYPE_FLOAT32, 6, 50, 7);
}
TEST_F(FuseEpilogue, AGemmRoundsToFloat16AfterEachNode) {
  expect_gemm_takes_all(BP_DTYPE_FLOAT16, 6, 50, 7);
}
// In one: tiles are measured when the device first needs them.
TEST_F(FuseEpilogue, WhatIsComputedInTilesTakesWhatIsBehindIt) {
  expect_gemm_takes_all(BP_DTYPE_FLOAT32, 33, 83, 41);
  expect_conv_takes_all({2, 32, 8, 9}, {17, 32, 1, 1}, {2, 17, 8, 9}, 1);  // a product
  expect_conv_takes_all({2, 8, 13, 15}, {18, 4, 3, 3}, {2, 18, 11, 13}, 2);
}

TEST_F(FuseEpilogue, MatMulOfBatchesAndVectors) {
  const std::vector<std::array<Shape, 4>> tried = {
      {Shape{2, 3, 5, 7}, {7, 9}, {2, 3, 5, 9}, {3, 5, 9}},  // not evenly: it stays
      {Shape{2, 3, 5, 7}, {7, 9}, {2, 3, 5, 9}, {9}},
      {Shape{3, 5, 4}, {4, 35}, {3, 5, 35}, {3, 1, 1}},
      {Shape{7}, {4, 7, 9}, {4, 9}, {4, 1}},
      {Shape{4, 5, 7}, {7}, {4, 5}, {4, 5}},
      {Shape{7}, {7}, {}, {}},
  };
  for (const auto& [left, right, made, beside] : tried) {
    TestGraph graph;
    const auto a = graph.add_input(floats_of(left));
    const auto b = graph.add_input(floats_of(right));
    auto value = graph.add("MatMul", 13, {a, b}, floats_of(made));
    value = graph.add("Add", 14, {value, graph.add_input(floats_of(beside))}, floats_of(made));
    graph.set_output(graph.add("Relu", 14, {value}, floats_of(made)));
    const bool is_even = beside != Shape{3, 5, 9};
    expect_fused(graph, is_even ? "MatMul(in0 in1 add positive_part)" : "MatMul Add Relu");
  }
}

TEST_F(FuseEpilogue, AConvOfFewChannels) {
  expect_conv_takes_all({2, 3, 6, 5}, {3, 1, 3, 3}, {2, 3, 4, 3}, 3);
}
TEST_F(FuseEpilogue, AConvOverAVolume) {
  expect_conv_takes_all({1, 2, 4, 5, 6}, {5, 2, 2, 2, 2}, {1, 5, 3, 4, 5}, 1);
}

// The sums of quarters are exact, so that the double is the float.
TEST_F(FuseEpilogue, AGemmIsWhatItsDefinitionSays) {
  Small small;
  const auto sum = small.add_to(small.product, {50});
  small.graph.set_output(small.relu(sum));
  run_pass(small.graph);
  const std::vector<float> y = outputs_of(small.graph)[0].as<float>();
  ASSERT_EQ(small.graph.text(), "Gemm(in0 in1 add positive_part)");
  const bp_value_id_t bias = small.graph.node(3).inputs[3];
  for (size_t row = 0; row < 6; ++row)
    for (size_t column = 0; column < 50; ++column) {
      double expected = number_of(bias, column);
      for (size_t k = 0; k < 4; ++k)
        expected += double{number_of(small.a, row * 4 + k)} * number_of(small.b, k * 50 + column);
      ASSERT_EQ(double{y[row * 50 + column]}, std::max(expected, 0.0)) << row << ", " << column;
    }
}

TEST_F(FuseEpilogue, BoundsOfAClipAreReadBeside) {
  Small small;
  const auto low = small.graph.add_input(floats_of({}));
  const auto high = small.graph.add_input(floats_of({}));
  small.graph.set_output(small.graph.add("Clip", 13, {small.product, low, high}, small.type));
  expect_fused(small.graph, "Gemm(in0 in1 raise in2 hold)");
}

TEST_F(FuseEpilogue, OneOfTwoConvolutionsTakesTheirSum) {
  TestGraph graph;
  const auto type = floats_of({1, 4, 5, 6});
  const auto x = graph.add_input(type);
  const auto left = add_conv(graph, x, 4, type);
  const auto right = add_conv(graph, x, 4, type);
  graph.set_output(graph.add("Relu", 14, {graph.add("Add", 14, {left, right}, type)}, type));
  expect_fused(graph, "Conv Conv(in0 in1 add positive_part)");
}

TEST_F(FuseEpilogue, WhatTwoReadStays) {
  Small small;
  small.graph.set_output(small.relu(small.product));
  small.graph.set_output(small.graph.add("Neg", 13, {small.product}, small.type));
  expect_untouched(small.graph);

  Small twice;
  twice.graph.set_output(twice.graph.add("Mul", 14, {twice.product, twice.product}, twice.type));
  expect_untouched(twice.graph);
}

TEST_F(FuseEpilogue, WhatTheGraphGivesAwayEndsTheChain) {
  Small small;
  const auto sum = small.add_to(small.product, {50});
  small.graph.set_output(sum);
  small.graph.set_output(small.relu(sum));
  const std::vector<Tensor> before = outputs_of(small.graph);
  run_pass(small.graph);
  EXPECT_EQ(small.graph.text(), "Relu Gemm(in0 in1 add)");
  const std::vector<Tensor> after = outputs_of(small.graph);  // by ids, the new value is the last
  EXPECT_EQ(before[0].bytes, after[1].bytes);
  EXPECT_EQ(before[1].bytes, after[0].bytes);

  Small at_once;
  at_once.graph.set_output(at_once.product);
  at_once.graph.set_output(at_once.relu(at_once.product));
  expect_untouched(at_once.graph);
}

TEST_F(FuseEpilogue, UnknownSizesStay) {
  TestGraph graph;
  const auto batch = int64_t{-1};
  const auto type = floats_of({batch, 50});
  const auto a = graph.add_input(floats_of({batch, 4}));
  const auto b = graph.add_input(floats_of({4, 50}));
  const auto product = graph.add("Gemm", 13, {a, b}, type);
  graph.set_output(graph.add("Relu", 14, {product}, type));
  run_pass(graph);
  EXPECT_EQ(graph.text(), "Gemm Relu");
}

TEST_F(FuseEpilogue, AResultThatIsBroadcastStays) {
  TestGraph graph;
  const auto row = floats_of({1, 50}), wide = floats_of({6, 50});
  const auto a = graph.add_input(floats_of({1, 4}));
  const auto b = graph.add_input(floats_of({4, 50}));
  const auto product = graph.add("Gemm", 13, {a, b}, row);
  graph.set_output(graph.add("Add", 14, {product, graph.add_input(wide)}, wide));
  expect_untouched(graph);
}

TEST_F(FuseEpilogue, ARowOfAnImageIsNotEvenlyRepeated) {
  TestGraph graph;
  const auto type = floats_of({2, 4, 5, 6});
  const auto conv = add_conv(graph, graph.add_input(type), 4, type);
  const auto sum = graph.add("Add", 14, {conv, graph.add_input(floats_of({6}))}, type);
  graph.set_output(graph.add("Relu", 14, {sum}, type));
  expect_untouched(graph);
}

TEST_F(FuseEpilogue, OtherTypesStay) {
  TestGraph graph;
  const auto type = type_of(BP_DTYPE_INT32, {6, 6});
  const auto x = graph.add_input(type);
  graph.set_output(graph.add("Relu", 14, {graph.add("MatMul", 13, {x, x}, type)}, type));
  expect_untouched(graph);
}

TEST_F(FuseEpilogue, NoMoreInputsAndOperationsThanAllowed) {
  Small wide;
  auto value = wide.product;
  for (int i = 0; i < 10; ++i) value = wide.add_to(value, i % 2 != 0 ? Shape{50} : Shape{6, 50});
  wide.graph.set_output(value);
  expect_fused(wide.graph,
               "Add Add Gemm(in0 in1 add in2 add in3 add in4 add in5 add in6 add in7 add in8 add)");

  Small deep;
  value = deep.product;
  for (int i = 0; i < 70; ++i)
    value = deep.graph.add(i % 2 != 0 ? "Relu" : "Neg", 13, {value}, deep.type);
  deep.graph.set_output(value);
  ASSERT_NO_FATAL_FAILURE(run_pass(deep.graph));
  EXPECT_EQ(deep.graph.nodes().size(), 7u);
}

TEST_F(FuseEpilogue, GoesBeforeTheKernelsOfElementwiseTrees) {
  Small small;
  const auto y = small.graph.add_input(small.type);
  const auto beside =
      small.graph.add("Exp", 13, {small.graph.add("Neg", 13, {y}, small.type)}, small.type);
  small.graph.set_output(
      small.relu(small.graph.add("Add", 14, {small.product, beside}, small.type)));
  const std::vector<Tensor> before = outputs_of(small.graph);
  EXPECT_STREQ(kGraphPassApi.pass_info(1)->name, "fuse-elementwise");
  EXPECT_STREQ(kGraphPassApi.pass_info(1)->after, "fuse-epilogue");
  run_pass(small.graph);
  run_pass(small.graph, "fuse-elementwise");
  EXPECT_EQ(small.graph.text(),
            "Gemm(in0 in1 add positive_part) Elementwise(in0 negative exponential)");
  EXPECT_EQ(before[0].bytes, outputs_of(small.graph)[0].bytes);
}

TEST_F(FuseEpilogue, AsksAboutEachNodeAsOftenInALargeGraph) {
  const auto type = floats_of({8, 8});
  expect_linear(type, [](TestGraph& graph, int i, bp_value_id_t value, bp_value_id_t other,
                         const bp_tensor_type_t& its_type) {
    return i % 4 == 0   ? graph.add("MatMul", 13, {value, other}, its_type)
           : i % 4 == 1 ? graph.add("Relu", 14, {value}, its_type)
           : i % 4 == 2 ? graph.add("Add", 14, {value, i % 7 == 0 ? value : other}, its_type)
                        : graph.add("Softmax", 13, {value}, its_type);
  });
}

}  // namespace
}  // namespace backplane::opencl::testing
