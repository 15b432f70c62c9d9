#include "graph/watched_view.hpp"

namespace backplane::conformance {

// One for each function of the view.
struct WatchedCalls {
  template <auto kMember, class Answer, class... Arguments>
  static Answer read(const bp_graph_t* graph, Arguments... arguments) {
    const auto& self = *reinterpret_cast<const WatchedView*>(graph);
    ++self.calls_;
    return (self.view_.*kMember)(self.graph_, arguments...);
  }

  template <auto kMember, class... Arguments>
  static bp_status_t edit(bp_graph_t* graph, Arguments... arguments) {
    auto& self = *reinterpret_cast<WatchedView*>(graph);
    ++self.calls_;
    if (++self.edits_ == self.fail_at_) return BP_STATUS_OUT_OF_MEMORY;
    return (self.view_.*kMember)(self.graph_, arguments...);
  }
};

const bp_graph_view_t* WatchedView::view() {
  using V = bp_graph_view_t;
  using W = WatchedCalls;
  static const bp_graph_view_t table = {
      sizeof(bp_graph_view_t),
      W::read<&V::node_count, uint32_t>,
      W::read<&V::get_node_id, bp_node_id_t, uint32_t>,
      W::read<&V::get_node, const bp_node_t*, bp_node_id_t>,
      W::read<&V::get_input, bp_value_id_t, bp_node_id_t, uint32_t>,
      W::read<&V::get_output, bp_value_id_t, bp_node_id_t, uint32_t>,
      W::read<&V::get_value, const bp_value_info_t*, bp_value_id_t>,
      W::read<&V::get_consumer, bp_node_id_t, bp_value_id_t, uint32_t>,
      W::read<&V::get_graph_input, bp_value_id_t, uint32_t>,
      W::read<&V::get_graph_output, bp_value_id_t, uint32_t>,
      W::read<&V::get_outer, bp_value_id_t, bp_value_id_t>,
      W::edit<&V::add_node, const bp_node_t*, const bp_value_id_t*, bp_node_id_t*>,
      W::edit<&V::add_constant, const bp_constant_t*, bp_value_id_t*>,
      W::edit<&V::replace_value, bp_value_id_t, bp_value_id_t>,
      W::edit<&V::remove_node, bp_node_id_t>,
  };
  return &table;
}

}  // namespace backplane::conformance
