// MatMul of two matrices and the Add behind it are one Gemm.
#include "pass/host/passes.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

constexpr uint32_t kGemmSince = 13;

bool is_float(bp_dtype_t dtype) { return dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT64; }

bool multiplies_matrices(const Graph& graph, const Node& node) {
  if (!is_operator(node, "MatMul")) return false;
  const bp_tensor_type_t& a = graph.value(node.inputs[0]).type;
  const bp_tensor_type_t& b = graph.value(node.inputs[1]).type;
  return a.rank == 2 && b.rank == 2 && is_float(a.dtype);
}

ops::Operator gemm(const std::string& name) {
  ops::Operator op;
  op.op = "Gemm";
  op.name = name;
  op.since = kGemmSince;
  op.attributes = {ops::float_attribute("alpha", 1), ops::float_attribute("beta", 1),
                   ops::int_attribute("transA", 0), ops::int_attribute("transB", 0)};
  return op;
}

// The Add that alone reads the product and only adds to it: BP_NONE, none.
NodeId bias_of(const Graph& graph, ValueId product, ValueId* out_bias) {
  const NodeId id = only_consumer(graph, product);
  if (id == BP_NONE || !is_operator(graph.node(id), "Add")) return BP_NONE;
  const Node& sum = graph.node(id);
  *out_bias = sum.inputs[sum.inputs[0] == product ? 1 : 0];
  const bool keeps_type = same_type(graph.value(sum.outputs[0]).type, graph.value(product).type);
  return keeps_type && graph.value(*out_bias).type.rank <= 2 ? id : NodeId{BP_NONE};
}

Status merge(EditedGraph* edited, NodeId product, NodeId sum, ValueId bias) {
  const Node& node = edited->graph.node(product);
  const std::vector<ValueId> inputs = {node.inputs[0], node.inputs[1], bias};
  return replace_nodes(edited, gemm(node.op.name), inputs, {product, sum});
}

}  // namespace

Status merge_matrix_biases(EditedGraph* edited) {
  const Graph& graph = edited->graph;
  const auto count = static_cast<NodeId>(graph.nodes().size());
  for (NodeId id = 0; id < count; ++id) {
    if (!multiplies_matrices(graph, graph.node(id))) continue;
    ValueId bias = BP_NONE;
    const NodeId sum = bias_of(graph, graph.node(id).outputs[0], &bias);
    if (sum == BP_NONE) continue;
    if (Status done = merge(edited, id, sum, bias); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
