// fuse-epilogue: what becomes one node, what is left alone, and that results are the same.
#include <limits>

#include "test_graph.hpp"

namespace backplane::cpu::testing {
namespace {

const Shape kImage = {1, 16, 9, 10};

// x -> Conv -> ..., of whole numbers.
struct ConvGraph : TestGraph {
  bp_value_id_t x = input(whole<float>(kImage, 1));
  bp_value_id_t conv = convolve(x, 2);

  bp_value_id_t convolve(bp_value_id_t source, uint64_t seed) {
    const bp_value_id_t weights = constant(whole<float>({16, 16, 3, 3}, seed));
    const bp_value_id_t bias = constant(whole<float>({16}, seed + 1));
    return node("Conv", 11, {source, weights, bias}, kImage, [](TestNode& made) {
      made.add("group", 1);
      made.add("pads", Shape{1, 1, 1, 1});
    });
  }
  bp_value_id_t relu(bp_value_id_t value) { return node("Relu", 14, {value}, kImage); }
  bp_value_id_t add(bp_value_id_t a, bp_value_id_t b) { return node("Add", 14, {a, b}, kImage); }
  bp_value_id_t number(float value) { return constant(tensor<float>({}, {value})); }
};

void expect_result(TestGraph& graph, const std::string& operators) {
  const std::vector<Tensor> before = graph.outputs();
  graph.run_pass(fuse_epilogue);
  EXPECT_EQ(graph.operators(), operators);
  const std::vector<Tensor> after = graph.outputs();
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].bytes == after[i].bytes);
  const size_t nodes = graph.graph.entries.size();
  graph.run_pass(fuse_epilogue);
  EXPECT_EQ(graph.graph.entries.size(), nodes) << "a second run changed something";
}

TEST(FuseEpilogue, ConvTakesAChain) {
  ConvGraph graph;
  const bp_value_id_t clipped = graph.node(
      "Clip", 13, {graph.relu(graph.add(graph.conv, graph.x)), BP_NONE, graph.number(6)}, kImage);
  const bp_value_id_t leaky = graph.node("LeakyRelu", 16, {graph.add(graph.x, clipped)}, kImage,
                                         [](TestNode& made) { made.add("alpha", 0.5F); });
  graph.output(leaky);
  expect_result(graph, "own:Conv");
}

TEST(FuseEpilogue, ResidualOfALaterNode) {
  ConvGraph graph;
  const bp_value_id_t other = graph.convolve(graph.x, 5);
  graph.output(graph.relu(graph.add(graph.conv, other)));
  expect_result(graph, "Conv own:Conv");
}

TEST(FuseEpilogue, AtMostTwoResiduals) {
  ConvGraph graph;
  bp_value_id_t sum = graph.conv;
  for (int i = 0; i < 3; ++i) sum = graph.add(sum, graph.x);
  graph.output(graph.relu(sum));
  expect_result(graph, "Add Relu own:Conv");
}

TEST(FuseEpilogue, LeavesAValueThatOthersReadToo) {
  ConvGraph graph;
  graph.output(graph.relu(graph.conv));
  graph.output(graph.add(graph.conv, graph.x));
  expect_result(graph, "Conv Relu Add");
}

TEST(FuseEpilogue, LeavesAValueThatIsReadTwice) {
  ConvGraph graph;
  graph.output(graph.add(graph.conv, graph.conv));
  expect_result(graph, "Conv Add");
}

TEST(FuseEpilogue, LeavesAnOutputOfTheGraph) {
  ConvGraph graph;
  graph.output(graph.conv);
  graph.output(graph.relu(graph.conv));
  expect_result(graph, "Conv Relu");
}

TEST(FuseEpilogue, StopsAtAnOutputInTheMiddle) {
  ConvGraph graph;
  const bp_value_id_t middle = graph.relu(graph.conv);
  graph.output(middle);
  graph.output(graph.add(middle, graph.x));
  expect_result(graph, "Add own:Conv");
}

TEST(FuseEpilogue, LeavesASumThatBroadcasts) {
  ConvGraph graph;
  graph.output(graph.add(graph.conv, graph.constant(whole<float>({1, 16, 1, 1}, 9))));
  expect_result(graph, "Conv Add");
}

TEST(FuseEpilogue, LeavesASumThatIsLarger) {
  ConvGraph graph;
  const bp_value_id_t large = graph.input(whole<float>({2, 16, 9, 10}, 9));
  graph.output(graph.node("Add", 14, {graph.conv, large}, {2, 16, 9, 10}));
  expect_result(graph, "Conv Add");
}

TEST(FuseEpilogue, LeavesBoundsThatMayChange) {
  ConvGraph graph;
  const bp_value_id_t bound = graph.input(tensor<float>({}, {2}));
  graph.output(graph.node("Clip", 13, {graph.conv, bound}, kImage));
  expect_result(graph, "Conv Clip");
}

TEST(FuseEpilogue, LeavesABoundThatIsNoNumber) {
  ConvGraph graph;
  const bp_value_id_t bound = graph.number(std::numeric_limits<float>::quiet_NaN());
  graph.output(graph.node("Clip", 13, {graph.conv, bound}, kImage));
  expect_result(graph, "Conv Clip");
}

TEST(FuseEpilogue, LeavesOtherActivations) {
  ConvGraph graph;
  graph.output(graph.node("Tanh", 13, {graph.conv}, kImage));
  expect_result(graph, "Conv Tanh");
}

TEST(FuseEpilogue, LeavesOtherTypes) {
  TestGraph graph;
  const bp_value_id_t x = graph.input(whole<double>({5, 7}, 1));
  const bp_value_id_t y =
      graph.node("MatMul", 13, {x, graph.constant(whole<double>({7, 6}, 2))}, {5, 6});
  graph.output(graph.node("Relu", 14, {y}, {5, 6}));
  expect_result(graph, "MatMul Relu");
}

// x [5, 40] * w [40, 33] + added
std::string fused_product(const Shape& added, bool is_first = false) {
  TestGraph graph;
  const bp_value_id_t x = graph.input(whole<float>({5, 40}, 1));
  const bp_value_id_t w = graph.constant(whole<float>({40, 33}, 2));
  const bp_value_id_t product = graph.node("MatMul", 13, {x, w}, {5, 33});
  const bp_value_id_t bias = graph.constant(whole<float>(added, 3));
  const bp_value_id_t sum = graph.node(
      "Add", 14, is_first ? std::vector<bp_value_id_t>{bias, product} : std::vector{product, bias},
      {5, 33});
  graph.output(graph.node("Relu", 14, {sum}, {5, 33}));
  const std::vector<char> before = graph.outputs()[0].bytes;
  graph.run_pass(fuse_epilogue);
  EXPECT_TRUE(graph.outputs()[0].bytes == before);
  return graph.operators();
}

TEST(FuseEpilogue, MatMulTakesABias) {
  EXPECT_EQ(fused_product({33}), "own:MatMul");
  EXPECT_EQ(fused_product({33}, true), "own:MatMul");
  EXPECT_EQ(fused_product({5, 33}), "own:MatMul");
  EXPECT_EQ(fused_product({1}), "MatMul Add Relu");
  EXPECT_EQ(fused_product({5, 1}), "MatMul Add Relu");
}

TEST(FuseEpilogue, GemmWithAndWithoutC) {
  for (const bool has_c : {false, true}) {
    TestGraph graph;
    const bp_value_id_t x = graph.input(whole<float>({5, 40}, 1));
    const bp_value_id_t w = graph.constant(whole<float>({33, 40}, 2));
    const bp_value_id_t c = has_c ? graph.constant(whole<float>({33}, 3)) : BP_NONE;
    const bp_value_id_t product = graph.node("Gemm", 13, {x, w, c}, {5, 33}, [](TestNode& made) {
      made.add("alpha", 1.0F);
      made.add("beta", 1.0F);
      made.add("transB", 1);
    });
    graph.output(graph.node("Relu", 14, {product}, {5, 33}));
    expect_result(graph, "own:Gemm");
  }
}

int64_t calls_on(int layers) {
  ConvGraph graph;
  bp_value_id_t value = graph.conv;
  for (int i = 0; i < layers; ++i) value = graph.relu(graph.convolve(graph.relu(value), 2));
  graph.output(value);
  graph.graph.calls = 0;
  graph.run_pass(fuse_epilogue);
  return graph.graph.calls;
}

TEST(FuseEpilogue, IsLinear) {
  const double few = static_cast<double>(calls_on(100)) / 100;
  const double many = static_cast<double>(calls_on(1000)) / 1000;
  EXPECT_LE(many, 1.5 * few);
}

}  // namespace
}  // namespace backplane::cpu::testing
