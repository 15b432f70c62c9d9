// For tests only: a pass of the plugin on a graph, which the plugin's kernels compute before and
// after.
#pragma once

#include "../kernels/test_numbers.hpp"
#include "test_graph.hpp"

namespace backplane::opencl::testing {

class PassTest : public KernelTest {
 protected:
  explicit PassTest(const char* name) : name_(name) {}

  void run_pass(TestGraph& graph, const char* name) {
    for (uint32_t i = 0; i < kGraphPassApi.pass_count(); ++i)
      if (std::strcmp(kGraphPassApi.pass_info(i)->name, name) == 0) {
        ASSERT_EQ(kGraphPassApi.pass_run(i, device_, graph.get(), &TestGraph::view()), BP_OK);
        return;
      }
    FAIL() << "no pass " << name;
  }
  void run_pass(TestGraph& graph) { run_pass(graph, name_); }
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

  // Element `i` of graph input `id`, a quarter of a whole number: sums of few products are exact.
  static float number_of(bp_value_id_t id, size_t i) {
    return static_cast<float>((i * 7 + id * size_t{13}) % 23) / 4 - 2;
  }

  // Each node costs as many calls of the view in a large graph; `add(graph, i, value, other, type)`
  // adds one that reads `value`, and returns what it makes.
  template <class Add>
  void expect_linear(const bp_tensor_type_t& type, const Add& add) {
    const auto few = static_cast<double>(calls_for(1000, type, add)) / 1000;
    const auto many = static_cast<double>(calls_for(10000, type, add)) / 10000;
    EXPECT_LE(many, 1.5 * few);
  }

  std::vector<Tensor> outputs_of(const TestGraph& graph) {
    std::map<bp_value_id_t, Tensor> known;
    std::vector<Tensor> outputs;
    for (const bp_value_id_t output : graph.outputs())
      outputs.push_back(evaluate(graph, output, known));
    return outputs;
  }

 private:
  template <class Add>
  uint64_t calls_for(int count, const bp_tensor_type_t& type, const Add& add) {
    TestGraph graph;
    auto value = graph.add_input(type);
    const auto other = graph.add_input(type);
    for (int i = 0; i < count; ++i) value = add(graph, i, value, other, type);
    graph.set_output(value);
    run_pass(graph);
    return graph.calls();
  }
  static Tensor numbers_for(bp_value_id_t id, const bp_tensor_type_t& type) {
    const Shape shape(type.shape, type.shape + type.rank);
    Tensor made{type, std::vector<char>(count_of(shape) * element_size(type.dtype))};
    for (size_t i = 0; i < count_of(shape); ++i) {
      const float value = number_of(id, i);
      const Half half = half_of(value);
      if (type.dtype == BP_DTYPE_FLOAT32)
        std::memcpy(made.bytes.data() + 4 * i, &value, sizeof value);
      else if (type.dtype == BP_DTYPE_FLOAT16)
        std::memcpy(made.bytes.data() + 2 * i, &half, sizeof half);
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
    for (const auto& [name, number] : from.ints) node.add(name.c_str(), number);
    for (const auto& [name, numbers] : from.lists) node.add(name.c_str(), numbers);
    for (const auto& [name, text] : from.strings) node.add(name.c_str(), text);
    run(node);
    return known[id] = node.outputs[0];
  }

  const char* const name_;
};

}  // namespace backplane::opencl::testing
