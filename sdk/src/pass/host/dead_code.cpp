// Nodes whose results nobody wants.
#include "pass/host/passes.hpp"

namespace backplane::pass {

Status remove_dead_code(EditedGraph* edited) {
  const graph::Graph& graph = edited->graph;
  // From the end: what only dead nodes read is dead when they are gone.
  for (graph::NodeId id = static_cast<graph::NodeId>(graph.nodes().size()); id-- > 0;) {
    const graph::Node& node = graph.node(id);
    bool is_wanted = node.is_removed();
    for (const graph::ValueId output : node.outputs)
      if (output != BP_NONE)
        is_wanted =
            is_wanted || graph.value(output).is_output || !graph.value(output).consumers.empty();
    if (is_wanted) continue;
    if (Status done = edited->remove_node(id); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
