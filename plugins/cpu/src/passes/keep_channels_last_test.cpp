// keep-channels-last: what is exchanged, where tensors are transposed, and that results are the
// same.
#include "test_graph.hpp"

namespace backplane::cpu::testing {
namespace {

const Shape kImage = {2, 16, 9, 10};

struct ImageGraph : TestGraph {
  bp_value_id_t x = input(whole<float>(kImage, 1));

  bp_value_id_t convolve(bp_value_id_t source, bool is_constant = true) {
    const Tensor w = filled<float>({16, 16, 3, 3}, [](int64_t i) {
      return static_cast<float>(i % 7 == 0) - static_cast<float>(i % 11 == 0);
    });
    const bp_value_id_t weights = is_constant ? constant(w) : input(w);
    return node("Conv", 11, {source, weights}, kImage, [](TestNode& made) {
      made.add("group", 1);
      made.add("pads", Shape{1, 1, 1, 1});
    });
  }
  bp_value_id_t pool(const char* op, uint32_t since, bp_value_id_t source) {
    return node(op, since, {source}, {2, 16, 5, 5}, [](TestNode& made) {
      made.add("kernel_shape", Shape{3, 3});
      made.add("strides", Shape{2, 2});
      made.add("pads", Shape{1, 1, 1, 1});
    });
  }
  bp_value_id_t relu(bp_value_id_t value) { return node("Relu", 14, {value}, kImage); }
  bp_value_id_t add(bp_value_id_t a, bp_value_id_t b) { return node("Add", 14, {a, b}, kImage); }
};

void expect_same_outputs(const std::vector<Tensor>& before, const std::vector<Tensor>& after,
                         double bound) {
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    ASSERT_EQ(to_text(before[i].type), to_text(after[i].type));
    for (int64_t at = 0; at < count_of(before[i]); ++at)
      ASSERT_TRUE(is_within(element(after[i], at), element(before[i], at), bound));
  }
}

void expect_result(TestGraph& graph, const std::string& operators, double bound = 0) {
  const std::vector<Tensor> before = graph.outputs();
  graph.run_pass(keep_channels_last);
  EXPECT_EQ(graph.operators(), operators);
  expect_same_outputs(before, graph.outputs(), bound);
  const size_t nodes = graph.graph.entries.size();
  graph.run_pass(keep_channels_last);
  EXPECT_EQ(graph.graph.entries.size(), nodes) << "a second run changed something";
}

TEST(KeepChannelsLast, ConvolutionsInARow) {
  ImageGraph graph;
  graph.output(graph.convolve(graph.relu(graph.convolve(graph.x))));
  expect_result(graph, "Transpose own:Conv Relu own:Conv Transpose");
}

TEST(KeepChannelsLast, ABottleneckAfterFusion) {
  ImageGraph graph;
  const bp_value_id_t start = graph.relu(graph.convolve(graph.x));
  const bp_value_id_t middle = graph.relu(graph.convolve(start));
  graph.output(graph.relu(graph.add(graph.convolve(middle), start)));
  const std::vector<Tensor> before = graph.outputs();
  graph.run_pass(fuse_epilogue);
  expect_result(graph, "Transpose own:Conv own:Conv own:Conv Transpose");
  expect_same_outputs(before, graph.outputs(), 0);
}

// A slope of 2 and one of 0 behind one depthwise convolution.
TEST(KeepChannelsLast, EachStepOfAnEpilogueHasItsOwnNumbers) {
  ImageGraph graph;
  bp_value_id_t value = graph.x;
  for (int layer = 0; layer < 2; ++layer) {
    const bp_value_id_t weights = graph.constant(whole<float>({16, 1, 1, 1}, 3));
    value = graph.node("Conv", 11, {value, weights}, kImage,
                       [](TestNode& made) { made.add("group", 16); });
    value = graph.node("LeakyRelu", 16, {value}, kImage,
                       [](TestNode& made) { made.add("alpha", 2.0F); });
    value = graph.relu(value);
  }
  graph.output(value);
  const std::vector<Tensor> before = graph.outputs();
  graph.run_pass(fuse_epilogue);
  expect_result(graph, "Transpose own:Conv own:Conv Transpose");
  expect_same_outputs(before, graph.outputs(), 0);
}

TEST(KeepChannelsLast, WithoutFusion) {
  ImageGraph graph;
  const bp_value_id_t start = graph.relu(graph.convolve(graph.x));
  graph.output(graph.relu(graph.add(graph.convolve(start), start)));
  expect_result(graph, "Transpose own:Conv Relu own:Conv Add Relu Transpose");
}

TEST(KeepChannelsLast, PoolsAndMeans) {
  ImageGraph graph;
  const bp_value_id_t image = graph.convolve(graph.convolve(graph.x));
  graph.output(graph.pool("MaxPool", 12, image));
  graph.output(graph.pool("AveragePool", 11, image));
  graph.output(graph.node("GlobalAveragePool", 1, {image}, {2, 16, 1, 1}));
  expect_result(graph,
                "Transpose own:Conv own:Conv own:MaxPool own:AveragePool ReduceMean Transpose "
                "Transpose Transpose",
                1e-4);
}

TEST(KeepChannelsLast, OutputsInTheMiddleAndOtherConsumers) {
  ImageGraph graph;
  const bp_value_id_t first = graph.convolve(graph.x);
  graph.output(first);
  const bp_value_id_t second = graph.convolve(first);
  graph.output(graph.node("Neg", 13, {second}, kImage));
  graph.output(graph.add(second, graph.x));  // x is nobody's channels-last
  expect_result(graph, "Neg Add Transpose own:Conv own:Conv Transpose Transpose");
}

TEST(KeepChannelsLast, ChannelsJoined) {
  ImageGraph graph;
  const bp_value_id_t start = graph.convolve(graph.x);
  graph.output(graph.node("Concat", 13, {graph.convolve(start), start}, {2, 32, 9, 10},
                          [](TestNode& made) { made.add("axis", 1); }));
  expect_result(graph, "Transpose own:Conv own:Conv Concat Transpose");
}

TEST(KeepChannelsLast, LeavesRowsThatAreJoined) {
  ImageGraph graph;
  const bp_value_id_t start = graph.convolve(graph.x);
  graph.output(graph.node("Concat", 13, {graph.convolve(start), start}, {2, 16, 18, 10},
                          [](TestNode& made) { made.add("axis", 2); }));
  expect_result(graph, "Concat Transpose own:Conv own:Conv Transpose Transpose");
}

TEST(KeepChannelsLast, LeavesOneConvolutionAlone) {
  ImageGraph graph;
  graph.output(graph.relu(graph.convolve(graph.x)));
  expect_result(graph, "Conv Relu");
}

TEST(KeepChannelsLast, LeavesConvolutionsThatAreFarApart) {
  ImageGraph graph;
  const bp_value_id_t between = graph.node("Neg", 13, {graph.convolve(graph.x)}, kImage);
  graph.output(graph.convolve(between));
  expect_result(graph, "Conv Neg Conv");
}

TEST(KeepChannelsLast, LeavesWeightsThatMayChange) {
  ImageGraph graph;
  graph.output(graph.convolve(graph.convolve(graph.x, false), false));
  expect_result(graph, "Conv Conv");
}

TEST(KeepChannelsLast, LeavesOtherTypesAndRanks) {
  TestGraph graph;
  const bp_value_id_t x = graph.input(whole<double>({1, 4, 9, 9}, 1));
  const bp_value_id_t w = graph.constant(whole<double>({4, 4, 1, 1}, 2));
  const auto group = [](TestNode& made) { made.add("group", 1); };
  const bp_value_id_t y = graph.node("Conv", 11, {x, w}, {1, 4, 9, 9}, group);
  graph.output(graph.node("Conv", 11, {y, w}, {1, 4, 9, 9}, group));
  const bp_value_id_t line = graph.input(whole<float>({1, 16, 90}, 1));
  const bp_value_id_t v = graph.constant(whole<float>({16, 16, 1}, 2));
  const bp_value_id_t z = graph.node("Conv", 11, {line, v}, {1, 16, 90}, group);
  graph.output(graph.node("Conv", 11, {z, v}, {1, 16, 90}, group));
  expect_result(graph, "Conv Conv Conv Conv");
}

int64_t calls_on(int layers) {
  ImageGraph graph;
  bp_value_id_t value = graph.x;
  for (int i = 0; i < layers; ++i) value = graph.relu(graph.convolve(graph.relu(value)));
  graph.output(value);
  graph.graph.calls = 0;
  graph.run_pass(keep_channels_last);
  return graph.graph.calls;
}

TEST(KeepChannelsLast, IsLinear) {
  const double few = static_cast<double>(calls_on(50)) / 50;
  const double many = static_cast<double>(calls_on(500)) / 500;
  EXPECT_LE(many, 1.5 * few);
}

}  // namespace
}  // namespace backplane::cpu::testing
