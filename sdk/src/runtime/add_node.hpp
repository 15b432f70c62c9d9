// A caller's node, in whatever form, into a graph of newest forms.
#pragma once

#include "graph/graph.hpp"

namespace backplane::runtime {

// The node has been checked (graph/from_abi.hpp), and the ids of its inputs. It may become several
// nodes; `out_node` is the one that makes its outputs. A failure leaves the graph as it was.
// NOT_READY: a rank hangs on values that are not known, and the node does not say it.
Status add_node(graph::Graph& graph, const bp_node_t& node, const bp_value_id_t* inputs,
                bp_node_id_t* out_node);

// Output types of a checked node alone; sizes that the data decides are upper bounds. NOT_READY: a
// size hangs on the value of an input that is no constant.
Status infer_node(const bp_node_t& node, bp_tensor_type_t* out_types);

}  // namespace backplane::runtime
