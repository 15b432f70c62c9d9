// The host's own passes, which every chip profits from.
#pragma once

#include "pass/manager.hpp"

namespace backplane::pass {

// In the order in which they run, before a plugin's: "host.no-operation", "host.sum-of-two",
// "host.batch-normalization", "host.matrix-bias", "host.channel-scale",
// "host.common-subexpression", "host.dead-code".
std::vector<Pass> host_passes();

// Each edits the graph of its pass; see the files of these names.
Status remove_no_operations(EditedGraph* edited);
Status replace_sums_of_two(EditedGraph* edited);
Status fold_batch_normalizations(EditedGraph* edited);
Status merge_matrix_biases(EditedGraph* edited);
Status fold_channel_scales(EditedGraph* edited);
Status merge_common_subexpressions(EditedGraph* edited);
Status remove_dead_code(EditedGraph* edited);

// Puts one node in the place of `nodes`, each of which alone reads what the one before makes; it
// makes the last one's only output. Changes nothing where the owner does not take such a node.
Status replace_nodes(EditedGraph* edited, const ops::Operator& op,
                     const std::vector<graph::ValueId>& inputs,
                     const std::vector<graph::NodeId>& nodes);

// The node that alone reads `value`, once; BP_NONE when more do, none does, or the graph gives the
// value to its caller.
graph::NodeId only_consumer(const graph::Graph& graph, graph::ValueId value);
// Is it this operator of ai.onnx?
bool is_operator(const graph::Node& node, const char* op);

}  // namespace backplane::pass
