// "bp.graph-pass/1" on the table of passes.
#include "passes.hpp"

#include <iterator>

#include "../tables.hpp"

namespace backplane::cpu {

namespace {

struct Pass {
  bp_pass_info_t info;
  void (*run)(plugin::Graph& graph);
};

constexpr bp_pass_info_t info_of(const char* name, const char* after) {
  return {sizeof(bp_pass_info_t), name, after, BP_PASS_AFTER_PARTITION, 0};
}

constexpr Pass kPasses[] = {
    {info_of(kFuseEpilogue, ""), fuse_epilogue},
    {info_of(kKeepChannelsLast, kFuseEpilogue), keep_channels_last},
};

uint32_t pass_count() { return static_cast<uint32_t>(std::size(kPasses)); }

const bp_pass_info_t* pass_info(uint32_t index) {
  return index < pass_count() ? &kPasses[index].info : nullptr;
}

bp_status_t pass_run(uint32_t index, bp_device_t* device, bp_graph_t* graph,
                     const bp_graph_view_t* view) {
  const auto& on = *reinterpret_cast<const Device*>(device);
  return plugin::guarded(on.host, [&] {
    if (index >= pass_count())
      plugin::fail(BP_STATUS_INVALID_ARGUMENT,
                   "the cpu plugin has no pass " + std::to_string(index));
    plugin::Graph editable(graph, *view);
    kPasses[index].run(editable);
  });
}

}  // namespace

const bp_graph_pass_api_t kGraphPassApi = {sizeof(bp_graph_pass_api_t), pass_count, pass_info,
                                           pass_run};

}  // namespace backplane::cpu
