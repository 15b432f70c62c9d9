// What the pass makes of graphs, and that they compute the same.
#include "../kernels/test_launch.hpp"
#include "test_graph.hpp"

namespace backplane::opencl::testing {
namespace {

class FuseElementwise : public KernelTest {
 protected:
  const bp_tensor_type_t kWide = type_of(BP_DTYPE_FLOAT32, {6, 50});
  const bp_tensor_type_t kRow = type_of(BP_DTYPE_FLOAT32, {50});
  const bp_tensor_type_t kScalar = type_of(BP_DTYPE_FLOAT32, {});

  void run_pass(TestGraph& graph) {
    ASSERT_STREQ(kGraphPassApi.pass_info(0)->name, "fuse-elementwise");
    ASSERT_EQ(kGraphPassApi.pass_run(0, device_, graph.get(), &TestGraph::view()), BP_OK);
  }
  // The pass makes this of it, gives the same outputs, and would change nothing more.
  void expect_fused(TestGraph& graph, const std::string& text) {
    const std::vector<Tensor> before = outputs_of(graph);
    ASSERT_NO_FATAL_FAILURE(run_pass(graph));
    EXPECT_EQ(graph.text(), text);
    const std::vector<Tensor> after = outputs_of(graph);
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].bytes, after[i].bytes) << i;
    ASSERT_NO_FATAL_FAILURE(run_pass(graph));
    EXPECT_EQ(graph.text(), text) << "on its own result";
  }
  void expect_untouched(TestGraph& graph) { expect_fused(graph, graph.text()); }

  std::vector<Tensor> outputs_of(const TestGraph& graph) {
    std::map<bp_value_id_t, Tensor> known;
    std::vector<Tensor> outputs;
    for (const bp_value_id_t output : graph.outputs())
      outputs.push_back(evaluate(graph, output, known));
    return outputs;
  }

 private:
  static Tensor numbers_for(bp_value_id_t id, const bp_tensor_type_t& type) {
    const Shape shape(type.shape, type.shape + type.rank);
    Tensor made{type, std::vector<char>(count_of(shape) * element_size(type.dtype))};
    for (size_t i = 0; i < count_of(shape); ++i) {
      const float value = static_cast<float>((i * 7 + id * size_t{13}) % 23) / 4 - 2;
      if (type.dtype == BP_DTYPE_FLOAT32)
        std::memcpy(made.bytes.data() + 4 * i, &value, sizeof value);
      else
        made.bytes[i * element_size(type.dtype)] = static_cast<char>((i + id) % 2);
    }
    return made;
  }
  const Tensor& evaluate(const TestGraph& graph, bp_value_id_t id,
                         std::map<bp_value_id_t, Tensor>& known) {
    if (const auto found = known.find(id); found != known.end()) return found->second;
    const TestGraph::Value& value = graph.value(id);
    if (value.producer == BP_NONE) return known[id] = numbers_for(id, value.type);
    const TestGraph::Node& from = graph.node(value.producer);
    std::vector<Tensor> inputs;
    for (const bp_value_id_t input : from.inputs)
      inputs.push_back(input == BP_NONE ? Tensor{} : evaluate(graph, input, known));
    const Shape shape(value.type.shape, value.type.shape + value.type.rank);
    const size_t size = count_of(shape) * element_size(value.type.dtype);
    TestNode node(from.op, from.since, inputs, {{value.type, std::vector<char>(size)}});
    node.domain = from.domain;
    for (const auto& [name, number] : from.floats) node.add(name.c_str(), number);
    for (const auto& [name, text] : from.strings) node.add(name.c_str(), text);
    run(node);
    return known[id] = node.outputs[0];
  }
};

TEST_F(FuseElementwise, AChainBecomesOneNode) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto bias = graph.add_input(kRow);
  const auto scale = graph.add_input(kScalar);
  auto value = graph.add("Add", 14, {x, bias}, kWide);
  value = graph.add("Mul", 14, {scale, value}, kWide);
  value = graph.add("LeakyRelu", 16, {value}, kWide, {{"alpha", 0.5f}});
  graph.set_output(graph.add("Sub", 14, {value, x}, kWide));
  expect_fused(graph, "Elementwise(in0 in1 in2 add multiply leaky_relu:3f000000 in1 subtract)");
}

TEST_F(FuseElementwise, ATreeBecomesOneNode) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto y = graph.add_input(kWide);
  const auto left = graph.add("Mul", 14, {x, y}, kWide);
  const auto right = graph.add("Tanh", 13, {graph.add("Add", 14, {x, y}, kWide)}, kWide);
  graph.set_output(graph.add("Max", 13, {left, right, y}, kWide));
  expect_fused(graph,
               "Elementwise(in0 in1 multiply in0 in1 add hyperbolic_tangent greater in1 greater)");
}

TEST_F(FuseElementwise, ClipAndWhereHaveInputsOfTheirOwn) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto low = graph.add_input(kScalar);
  const auto condition = graph.add_input(type_of(BP_DTYPE_BOOL, {6, 1}));
  const auto held = graph.add("Clip", 13, {x, low, BP_NONE}, kWide);
  graph.set_output(graph.add("Where", 16, {condition, held, x}, kWide));
  expect_fused(graph, "Elementwise(in0 in1 in2 raise in1 choose)");
}

TEST_F(FuseElementwise, WhatTwoReadStays) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto both = graph.add("Exp", 13, {x}, kWide);
  const auto left = graph.add("Neg", 13, {both}, kWide);
  const auto twice = graph.add("Abs", 13, {left}, kWide);
  graph.set_output(graph.add("Mul", 14, {twice, twice}, kWide));
  graph.set_output(graph.add("Softmax", 13, {both}, kWide));
  expect_fused(graph, "Exp Mul Softmax Elementwise(in0 negative magnitude)");
}

TEST_F(FuseElementwise, WhatTheGraphGivesAwayStays) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto inner = graph.add("Exp", 13, {x}, kWide);
  graph.set_output(inner);
  graph.set_output(graph.add("Neg", 13, {inner}, kWide));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, OtherTypesStay) {
  TestGraph graph;
  const auto whole = type_of(BP_DTYPE_INT32, {6, 50});
  const auto x = graph.add_input(whole);
  graph.set_output(graph.add("Relu", 14, {graph.add("Add", 14, {x, x}, whole)}, whole));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, ASmallerValueIsNotComputedForEveryElement) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto row = graph.add("Exp", 13, {graph.add_input(kRow)}, kRow);
  graph.set_output(graph.add("Add", 14, {x, row}, kWide));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, AnInputRepeatedInTwoPiecesStaysWithItsNode) {
  TestGraph graph;
  const auto type = type_of(BP_DTYPE_FLOAT32, {4, 3, 5});
  const auto x = graph.add_input(type);
  const auto holes = graph.add_input(type_of(BP_DTYPE_FLOAT32, {4, 1, 5}));
  const auto sum = graph.add("Add", 14, {x, holes}, type);
  graph.set_output(graph.add("Exp", 13, {graph.add("Neg", 13, {sum}, type)}, type));
  expect_fused(graph, "Add Elementwise(in0 negative exponential)");
}

TEST_F(FuseElementwise, NoMoreInputsAndOperationsThanAllowed) {
  TestGraph graph;
  auto value = graph.add_input(kWide);
  for (int i = 0; i < 20; ++i) value = graph.add("Add", 14, {value, graph.add_input(kWide)}, kWide);
  graph.set_output(value);
  const std::vector<Tensor> before = outputs_of(graph);
  ASSERT_NO_FATAL_FAILURE(run_pass(graph));
  std::vector<size_t> inputs;
  for (const TestGraph::Node* node : graph.nodes()) inputs.push_back(node->inputs.size());
  EXPECT_EQ(inputs, (std::vector<size_t>{16, 6}));
  EXPECT_EQ(before[0].bytes, outputs_of(graph)[0].bytes);

  TestGraph deep;
  value = deep.add_input(kWide);
  for (int i = 0; i < 70; ++i) value = deep.add(i % 2 != 0 ? "Relu" : "Neg", 13, {value}, kWide);
  deep.set_output(value);
  ASSERT_NO_FATAL_FAILURE(run_pass(deep));
  EXPECT_EQ(deep.nodes().size(), 2u);
}

TEST_F(FuseElementwise, SinesStay) {
  TestGraph graph;
  const auto x = graph.add("Sin", 22, {graph.add_input(kWide)}, kWide);
  graph.set_output(graph.add("Neg", 13, {x}, kWide));
  expect_untouched(graph);
}

// Calls of the view for `count` nodes of branches that meet.
uint64_t calls_for(int count, bp_device_t* device, const bp_tensor_type_t& type) {
  TestGraph graph;
  auto value = graph.add_input(type);
  const auto other = graph.add_input(type);
  for (int i = 0; i < count; ++i) {
    const bool is_read_twice = i % 7 == 0;
    value = i % 3 == 0   ? graph.add("Add", 14, {value, is_read_twice ? value : other}, type)
            : i % 3 == 1 ? graph.add("Relu", 14, {value}, type)
                         : graph.add("Softmax", 13, {value}, type);
  }
  graph.set_output(value);
  EXPECT_EQ(kGraphPassApi.pass_run(0, device, graph.get(), &TestGraph::view()), BP_OK);
  return graph.calls();
}

TEST_F(FuseElementwise, AsksAboutEachNodeAsOftenInALargeGraph) {
  const auto few = static_cast<double>(calls_for(1000, device_, kWide)) / 1000;
  const auto many = static_cast<double>(calls_for(10000, device_, kWide)) / 10000;
  EXPECT_LE(many, 1.5 * few);
}

}  // namespace
}  // namespace backplane::opencl::testing
