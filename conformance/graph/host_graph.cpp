#include "graph/host_graph.hpp"

#include "compare/element.hpp"
#include "compare/format.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint32_t kOpset = 17;
constexpr const char* kBatchName = "batch";

ops::Draft draft_of(const DrawnGraph& drawn, const DrawnNode& node) {
  ops::Draft draft;
  draft.op.op = node.op;
  draft.op.name = node.name;
  for (const auto& [name, values] : node.lists)
    draft.op.attributes.push_back(ops::ints_attribute(name, values));
  for (const auto& [name, value] : node.ints)
    draft.op.attributes.push_back(ops::int_attribute(name, value));
  for (const auto& [name, value] : node.floats)
    draft.op.attributes.push_back(ops::float_attribute(name, value));
  for (size_t input : node.inputs) draft.inputs.push_back(drawn.values[input].name);
  draft.outputs.push_back(drawn.values[node.output].name);
  return draft;
}

// As the host reads a model's node: in the newest form, every attribute there.
ops::Operator operator_of(const graph::Graph& graph, const ops::Draft& draft) {
  const auto find = [&graph](const std::string& name) -> const graph::Value& {
    return graph.value(graph.find(name));
  };
  const ops::Values values = {[&find](const std::string& name) { return &find(name).type; },
                              [&find](const std::string& name) { return find(name).constant; }};
  const Result<ops::Normalised> normalised = ops::normalise(draft, kOpset, values);
  require(normalised.ok() && normalised->nodes.size() == 1,
          "the suite drew a wrong node: " + normalised.status().text());
  return normalised->nodes.front().op;
}

void add_edge(const DrawnValue& value, Batch batch, graph::Graph* graph) {
  Shape shape = value.shape;
  if (value.is_index) {
    const std::vector<int64_t> numbers(value.data.begin(), value.data.end());
    graph->add_constant(value.name, ops::make_int64_constant(numbers));
    return;
  }
  if (value.is_constant) {
    graph->add_constant(value.name, ops::make_constant(tensor_type(dtype_of(value), shape),
                                                       bytes_of(value).data()));
    return;
  }
  if (batch == Batch::kUnknown) shape[0] = graph->unknown_size(kBatchName);
  graph->add_input(value.name, tensor_type(dtype_of(value), shape));
}

void add_node(const DrawnGraph& drawn, const DrawnNode& node, graph::Graph* graph) {
  const ops::Draft draft = draft_of(drawn, node);
  std::vector<graph::ValueId> inputs;
  for (const std::string& input : draft.inputs) inputs.push_back(graph->find(input));
  const Result<graph::NodeId> added =
      graph->add_node(operator_of(*graph, draft), inputs, draft.outputs);
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

graph::Graph host_graph_of(const DrawnGraph& drawn, Batch batch) {
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

bp_dtype_t dtype_of(const DrawnValue& value) {
  return value.is_half ? BP_DTYPE_FLOAT16 : BP_DTYPE_FLOAT32;
}

std::string bytes_of(const DrawnValue& value) {
  const bp_dtype_t dtype = dtype_of(value);
  std::string bytes(value.data.size() * element_bytes(dtype), '\0');
  for (size_t i = 0; i < value.data.size(); ++i)
    store_element(dtype, static_cast<Exact>(value.data[i]), bytes.data(), i);
  return bytes;
}

graph::Graph with_batch(const graph::Graph& graph, int64_t size) {
  const int64_t unknown = graph.dimension_names().at(kBatchName);
  graph::Graph result = graph;
  for (graph::ValueId id = 0; id < graph.values().size(); ++id)
    result.set_type(id, with_batch(graph.value(id).type, unknown, size));
  return result;
}

}  // namespace backplane::conformance
