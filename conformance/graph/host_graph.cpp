#include "graph/host_graph.hpp"

#include "graph/typing.hpp"
#include "graph/verify.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

// The newest definitions that every host of today has.
struct Definition {
  const char* op;
  uint32_t since;
};
constexpr Definition kDefinitions[] = {
    {"Add", 14},  {"Sub", 14},  {"Mul", 14},       {"Div", 14},         {"Max", 13},
    {"Min", 13},  {"Clip", 13}, {"LeakyRelu", 16}, {"Relu", 14},        {"Neg", 13},
    {"Abs", 13},  {"Exp", 13},  {"Tanh", 13},      {"Sigmoid", 13},     {"MatMul", 13},
    {"Gemm", 13}, {"Conv", 11}, {"MaxPool", 12},   {"AveragePool", 11}, {"BatchNormalization", 15},
};

uint32_t since_of(const std::string& op) {
  for (const Definition& one : kDefinitions)
    if (op == one.op) return one.since;
  fail("the suite has no definition of " + op);
}

ops::Operator operator_of(const DrawnNode& node) {
  ops::Operator result;
  result.op = node.op;
  result.name = node.name;
  result.since = since_of(node.op);
  for (const auto& [name, values] : node.lists)
    result.attributes.push_back(ops::ints_attribute(name, values));
  for (const auto& [name, value] : node.ints)
    result.attributes.push_back(ops::int_attribute(name, value));
  for (const auto& [name, value] : node.floats)
    result.attributes.push_back(ops::float_attribute(name, value));
  return result;
}

void add_edge(const DrawnValue& value, int64_t batch, graph::Graph* graph) {
  Shape shape = value.shape;
  if (value.is_constant) {
    graph->add_constant(
        value.name, ops::make_constant(tensor_type(BP_DTYPE_FLOAT32, shape), value.data.data()));
    return;
  }
  if (batch != 0) shape[0] = batch;
  graph->add_input(value.name, tensor_type(BP_DTYPE_FLOAT32, shape));
}

void add_node(const DrawnGraph& drawn, const DrawnNode& node, graph::Graph* graph) {
  std::vector<graph::ValueId> inputs;
  for (size_t input : node.inputs) inputs.push_back(graph->find(drawn.values[input].name));
  const Result<graph::NodeId> added =
      graph->add_node(operator_of(node), inputs, {drawn.values[node.output].name});
  require(added.ok(), "the suite drew a wrong graph: " + added.status().text());
  const Result<std::vector<bp_tensor_type_t>> types =
      graph::infer_outputs(*graph, graph->node(*added));
  require(types.ok(), "the suite drew a wrong graph: " + types.status().text());
  graph->set_type(graph->node(*added).outputs[0], types->front());
}

bp_tensor_type_t with_batch(bp_tensor_type_t type, int64_t unknown, int64_t size) {
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    if (type.shape[axis] == unknown) type.shape[axis] = size;
  return type;
}

}  // namespace

graph::Graph host_graph_of(const DrawnGraph& drawn, int64_t batch) {
  graph::Graph graph;
  for (const DrawnValue& value : drawn.values)
    if (!value.data.empty()) add_edge(value, batch, &graph);
  for (const DrawnNode& node : drawn.nodes) add_node(drawn, node, &graph);
  for (size_t output : drawn.outputs) {
    const Status added = graph.add_output(graph.find(drawn.values[output].name), "");
    require(added.ok(), "the suite drew a wrong graph: " + added.text());
  }
  return graph;
}

graph::Graph with_batch(const graph::Graph& graph, int64_t unknown, int64_t size) {
  graph::Graph result = graph;
  for (graph::ValueId id = 0; id < graph.values().size(); ++id)
    result.set_type(id, with_batch(graph.value(id).type, unknown, size));
  return result;
}

}  // namespace backplane::conformance
