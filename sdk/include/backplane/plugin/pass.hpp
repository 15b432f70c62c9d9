// A plugin's graph passes from a list of functions: "bp.graph-pass/1" for a plugin of simple.hpp.
//
//   void fuse(Graph& graph) { ... }
//   constexpr Pass kPasses[] = {pass("fuse", fuse)};
//   BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
//     return query<kAcme, kPasses>(host);
//   }
#ifndef BACKPLANE_PLUGIN_PASS_HPP
#define BACKPLANE_PLUGIN_PASS_HPP

#include <backplane/plugin/graph.hpp>
#include <backplane/plugin/simple.hpp>
#include <cstring>
#include <iterator>

namespace backplane::plugin {

struct Pass {
  bp_pass_info_t info;
  void (*run)(Graph& graph);  // throws Error; what it edited is then undone
};

// `after`: the name of a pass that has to run first, or "".
constexpr Pass pass(const char* name, void (*run)(Graph&), const char* after = "",
                    bp_pass_phase_t phase = BP_PASS_AFTER_PARTITION) {
  return {{sizeof(bp_pass_info_t), name, after, phase, 0}, run};
}

template <const auto& kPasses>
struct PassFunctions {
  static uint32_t count() { return static_cast<uint32_t>(std::size(kPasses)); }
  static const bp_pass_info_t* info(uint32_t index) {
    return index < count() ? &kPasses[index].info : nullptr;
  }
  static bp_status_t run(uint32_t index, bp_device_t* device, bp_graph_t* graph,
                         const bp_graph_view_t* view) {
    return guarded(device_of(device).host, [&] {
      if (index >= count())
        fail(BP_STATUS_INVALID_ARGUMENT, "there is no pass " + std::to_string(index));
      Graph edited(graph, *view);
      kPasses[index].run(edited);
    });
  }
  static const void* get_extension(const char* id) {
    static constexpr bp_graph_pass_api_t kTable = {sizeof(bp_graph_pass_api_t), count, info, run};
    return std::strcmp(id, BP_EXT_GRAPH_PASS) == 0 ? &kTable : nullptr;
  }
};

template <const Definition& kDefinition, const auto& kPasses>
constexpr bp_plugin_t plugin_table_with_passes() {
  bp_plugin_t plugin = plugin_table<kDefinition>();
  plugin.get_extension = PassFunctions<kPasses>::get_extension;
  return plugin;
}
template <const Definition& kDefinition, const auto& kPasses>
inline constexpr bp_plugin_t kPluginTableWithPasses =
    plugin_table_with_passes<kDefinition, kPasses>();

// What bp_plugin_query returns.
template <const Definition& kDefinition, const auto& kPasses>
const bp_plugin_t* query(const bp_host_t* host) noexcept {
  return answer_query(host, kPluginTableWithPasses<kDefinition, kPasses>);
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_PASS_HPP
