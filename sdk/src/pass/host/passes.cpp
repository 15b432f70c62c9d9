#include "pass/host/passes.hpp"

namespace backplane::pass {

std::vector<Pass> host_passes() {
  const auto pass = [](const char* name, Status (*edit)(EditedGraph*)) {
    return Pass{name, "", BP_PASS_BEFORE_PARTITION,
                [edit](EditedGraph* edited, const bp_graph_view_t*) { return edit(edited); }};
  };
  return {pass("host.no-operation", remove_no_operations),
          pass("host.sum-of-two", replace_sums_of_two),
          pass("host.batch-normalization", fold_batch_normalizations),
          pass("host.matrix-bias", merge_matrix_biases),
          pass("host.channel-scale", fold_channel_scales),
          pass("host.common-subexpression", merge_common_subexpressions),
          pass("host.dead-code", remove_dead_code)};
}

Status replace_nodes(EditedGraph* edited, const ops::Operator& op,
                     const std::vector<graph::ValueId>& inputs,
                     const std::vector<graph::NodeId>& nodes) {
  const graph::Graph& graph = edited->graph;
  const graph::ValueId target = graph.node(nodes.back()).outputs[0];
  const std::vector<bp_tensor_type_t> outputs = {graph.value(target).type};
  if (!edited->supports(op, inputs, outputs).ok()) return {};
  Result<graph::NodeId> added = edited->add_node(op, inputs, outputs);
  if (!added.ok()) return added.status();
  Status done = edited->replace_value(target, graph.node(*added).outputs[0]);
  for (auto node = nodes.rbegin(); done.ok() && node != nodes.rend(); ++node)
    done = edited->remove_node(*node);
  return done;
}

graph::NodeId only_consumer(const graph::Graph& graph, graph::ValueId value) {
  const graph::Value& read = graph.value(value);
  return read.consumers.size() == 1 && !read.is_output ? read.consumers[0] : BP_NONE;
}

bool is_operator(const graph::Node& node, const char* op) {
  return node.op.domain.empty() && node.op.op == op;
}

}  // namespace backplane::pass
