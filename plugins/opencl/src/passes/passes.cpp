// "bp.graph-pass/1": the table of passes.
#include "passes.hpp"

#include "../tables.hpp"

namespace backplane::opencl {

namespace {

struct Pass {
  bp_pass_info_t info;
  void (*run)(const Device& device, plugin::Graph& graph);
};

// A chain behind a product is the product's, and no kernel of its own.
constexpr Pass kPasses[] = {
    {{sizeof(bp_pass_info_t), "fuse-epilogue", "", BP_PASS_AFTER_PARTITION, 0}, fuse_epilogue},
    {{sizeof(bp_pass_info_t), "fuse-elementwise", "fuse-epilogue", BP_PASS_AFTER_PARTITION, 0},
     fuse_elementwise},
};

uint32_t pass_count() { return std::size(kPasses); }

const bp_pass_info_t* pass_info(uint32_t index) {
  return index < pass_count() ? &kPasses[index].info : nullptr;
}

bp_status_t pass_run(uint32_t index, bp_device_t* device, bp_graph_t* graph,
                     const bp_graph_view_t* view) {
  Device& on = as_device(device);
  return plugin::guarded(on.host, [&] {
    if (index >= pass_count())
      plugin::fail(BP_STATUS_INVALID_ARGUMENT, "no pass " + std::to_string(index));
    on.loss->require_there();
    plugin::Graph edited(graph, *view);
    kPasses[index].run(on, edited);
  });
}

}  // namespace

const bp_graph_pass_api_t kGraphPassApi = {sizeof(bp_graph_pass_api_t), pass_count, pass_info,
                                           pass_run};

}  // namespace backplane::opencl
