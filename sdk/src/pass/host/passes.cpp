#include "pass/host/passes.hpp"

namespace backplane::pass {

std::vector<Pass> host_passes() {
  const auto pass = [](const char* name, Status (*edit)(EditedGraph*)) {
    return Pass{name, "", BP_PASS_BEFORE_PARTITION,
                [edit](EditedGraph* edited, const bp_graph_view_t*) { return edit(edited); }};
  };
  return {pass("host.no-operation", remove_no_operations),
          pass("host.batch-normalization", fold_batch_normalizations),
          pass("host.matrix-bias", merge_matrix_biases),
          pass("host.common-subexpression", merge_common_subexpressions),
          pass("host.dead-code", remove_dead_code)};
}

graph::NodeId only_consumer(const graph::Graph& graph, graph::ValueId value) {
  const graph::Value& read = graph.value(value);
  return read.consumers.size() == 1 && !read.is_output ? read.consumers[0] : BP_NONE;
}

bool is_operator(const graph::Node& node, const char* op) {
  return node.op.domain.empty() && node.op.op == op;
}

}  // namespace backplane::pass
