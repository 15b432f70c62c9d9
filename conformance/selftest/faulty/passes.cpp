// The table of the passes.
#include "passes.hpp"

#include <atomic>
#include <backplane/plugin/error.hpp>
#include <cstring>
#include <map>
#include <mutex>

namespace backplane::selftest {
namespace {

PassFault planted = PassFault::kNone;
std::atomic<uint32_t> pass_before{0};
std::atomic<uint32_t> pass_now{0};
std::mutex hosts_mutex;
std::map<const bp_device_t*, const bp_host_t*> hosts;  // by the device opened with it

const bp_host_t* host_of(const bp_device_t* device) {
  const std::lock_guard<std::mutex> lock(hosts_mutex);
  return hosts.at(device);
}

struct Pass {
  bp_pass_info_t info;
  void (*run)(plugin::Graph* graph);
};

constexpr bp_pass_info_t info_of(const char* name, const char* after, bp_pass_phase_t phase) {
  return {sizeof(bp_pass_info_t), name, after, phase, 0};
}

const Pass kPasses[] = {
    {info_of("drop-repeats", "", BP_PASS_BEFORE_PARTITION), drop_repeats},
    {info_of("fold-constants", "", BP_PASS_BEFORE_PARTITION), fold_constants},
    {info_of("fuse-gemm-bias", "fold-constants", BP_PASS_AFTER_PARTITION), fuse_gemm_bias},
    {info_of("fuse-max-relu", "drop-repeats", BP_PASS_AFTER_PARTITION), fuse_max_relu},
};
constexpr uint32_t kPassCount = sizeof kPasses / sizeof *kPasses;

uint32_t pass_count() { return kPassCount; }

const bp_pass_info_t* pass_info(uint32_t index) {
  static const bp_pass_info_t again = info_of("fold-constants", "", BP_PASS_BEFORE_PARTITION);
  static const bp_pass_info_t endless =
      info_of("drop-repeats", "fuse-max-relu", BP_PASS_BEFORE_PARTITION);
  if (index == 0 && is_planted(PassFault::kSameNames)) return &again;
  if (index == 0 && is_planted(PassFault::kEndlessAfter)) return &endless;
  return index < kPassCount ? &kPasses[index].info : nullptr;
}

bp_status_t pass_run(uint32_t index, bp_device_t* device, bp_graph_t* borrowed,
                     const bp_graph_view_t* view) {
  return plugin::guarded(host_of(device), [&] {
    static std::atomic<uint32_t> runs{0};
    if (is_planted(PassFault::kEveryOtherRun) && ++runs % 2 == 0) return;
    pass_before = pass_now.exchange(index);
    plugin::Graph graph(borrowed, *view);
    kPasses[index].run(&graph);
    misbehave(&graph, borrowed, *view);
  });
}

const bp_graph_pass_api_t kTable = {sizeof(bp_graph_pass_api_t), pass_count, pass_info, pass_run};

const void* get_extension(const char* id) {
  if (std::strcmp(id, BP_EXT_GRAPH_PASS) == 0) return &kTable;
  return honest().plugin->get_extension != nullptr ? honest().plugin->get_extension(id) : nullptr;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  const bp_status_t status =
      honest().plugin->device_open(host, index, options, option_count, out_device);
  const std::lock_guard<std::mutex> lock(hosts_mutex);
  if (status == BP_OK) hosts[*out_device] = host;
  return status;
}

}  // namespace

void plant(PassFault fault) { planted = fault; }
bool is_planted(PassFault fault) { return planted == fault; }
bool is_after_folding() { return kPasses[pass_before].run == fold_constants; }

void offer_passes(Tables* tables) {
  tables->plugin.get_extension = get_extension;
  tables->plugin.device_open = device_open;
}

}  // namespace backplane::selftest
