// plugin.h: devices, extensions, the end.
#include <cstring>

#include "check/guards.hpp"
#include "check/hash.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {
namespace {

// How an open device is described; an honest plugin describes every one that it opens.
bp_device_info_t describe(State& state, Call& call, const bp_host_t* host, uint32_t index) {
  const bp_device_info_t* info = device_info(state, host, index);
  if (info != nullptr) return known_part(*info);
  call.blame("BP-PLUGIN-2",
             "opened device " + std::to_string(index) + ", which device_info does not know");
  bp_device_info_t nothing = {};
  nothing.offset_alignment = 1;
  return nothing;
}

constexpr size_t kLeastInfo =
    offsetof(bp_device_info_t, wait_limit_ns) + sizeof(bp_device_info_t::wait_limit_ns);

void log_hidden_extensions(State& state, const bp_host_t& host) {
  std::string hidden;
  {
    const std::lock_guard<std::mutex> lock(state.hidden_mutex);
    hidden.swap(state.hidden_extensions);
  }
  if (hidden.empty()) return;
  const std::string text = "not available while every call is checked: " + hidden;
  host.log(host.self, BP_LOG_INFO, text.c_str());
}

const bp_test_api_t* test_table(State& state, Call& call) {
  const bp_test_api_t& test = state.inner.test;
  if (test.fail_next != nullptr && test.fail_work != nullptr && test.counters != nullptr &&
      test.lose != nullptr)
    return &state.outer.test;
  call.blame("BP-PLUGIN-7", "gave a table of " BP_EXT_TEST " with a function that is NULL");
  return nullptr;
}

const bp_graph_pass_api_t* graph_pass_table(State& state, Call& call) {
  const bp_graph_pass_api_t& passes = state.inner.graph_pass;
  if (passes.pass_count != nullptr && passes.pass_info != nullptr && passes.pass_run != nullptr)
    return &state.outer.graph_pass;
  call.blame("BP-PLUGIN-7", "gave a table of " BP_EXT_GRAPH_PASS " with a function that is NULL");
  return nullptr;
}

void blame_for_leaks(State& state, Call& call) {
  const Hosts::Leak leak = state.hosts.take_leaks();
  if (leak.blocks == 0) return;
  call.blame("BP-MEM-14", "closed the last device and kept " + std::to_string(leak.bytes) +
                              " bytes in " + std::to_string(leak.blocks) +
                              (leak.blocks == 1 ? " block" : " blocks") + " of the host's memory");
}

}  // namespace

const bp_device_info_t* device_info(State& state, const bp_host_t* host, uint32_t index) {
  if (host == nullptr) return nullptr;
  Call call(state, Function::kDeviceInfo);
  HostTable& given = state.hosts.for_info(state, *host);
  given.begin();
  const bp_device_info_t* info =
      call.run([&] { return state.inner.plugin.device_info(given.table(), index); });
  given.end();
  if (info != nullptr && info->struct_size < kLeastInfo)
    call.blame("BP-BASE-1", "gave a struct_size of " + std::to_string(info->struct_size) +
                                ", less than the " + std::to_string(kLeastInfo) + " of ABI 0.2");
  call.blame(state.constants.see(index, info));
  return info;
}

bp_status_t device_open(State& state, const bp_host_t* host, uint32_t index,
                        const bp_option_t* options, uint32_t option_count,
                        bp_device_t** out_device) {
  if (host == nullptr) return Call::kRefusal;
  log_hidden_extensions(state, *host);
  Call call(state, Function::kDeviceOpen);
  call.set_host(*host);
  Out<bp_device_t*> out(call, "out_device", out_device);
  if (call.is_refused()) return Call::kRefusal;
  const Unchanged guard(call, "BP-BASE-8", "options",
                        [=] { return guard_of_options(options, option_count); });
  HostTable& given = state.hosts.for_open(state, *host);
  given.begin();
  ++state.opens;
  const bp_status_t status = out.judge(call.run([&] {
    return state.inner.plugin.device_open(given.table(), index, options, option_count,
                                          out.plugins());
  }));
  if (status != BP_OK) {
    given.end();
    --state.opens;
    return status;
  }
  const bp_device_info_t info = describe(state, call, host, index);
  out.hand_over(call.adopt(std::make_unique<Device>(out.value(), info, given)));
  return BP_OK;
}

void device_close(State& state, bp_device_t* handle) {
  Call call(state, Function::kDeviceClose);
  const std::unique_ptr<Object> closed =
      destroy<Device>(state, call, handle, state.inner.plugin.device_close);
  if (closed == nullptr) return;
  static_cast<const Device&>(*closed).host.end();
  if (--state.opens == 0) blame_for_leaks(state, call);
}

const void* get_extension(State& state, const char* extension_id) {
  Call call(state, Function::kGetExtension);
  if (extension_id == nullptr) return nullptr;
  const void* extension = call.run([&] { return state.inner.plugin.get_extension(extension_id); });
  if (extension == nullptr) return nullptr;
  if (std::strcmp(extension_id, BP_EXT_TEST) == 0) return test_table(state, call);
  if (std::strcmp(extension_id, BP_EXT_GRAPH_PASS) == 0) return graph_pass_table(state, call);
  const std::lock_guard<std::mutex> lock(state.hidden_mutex);
  state.hidden_extensions += (state.hidden_extensions.empty() ? "" : ", ");
  state.hidden_extensions += extension_id;
  return nullptr;
}

void unload(State& state) {
  Call call(state, Function::kUnload);
  call.run([&] { state.inner.plugin.unload(); });
}

}  // namespace backplane::check::wrapped
