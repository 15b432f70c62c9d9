// graph.h.
#include "check/call.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {

uint32_t pass_count(State& state) {
  Call call(state, Function::kPassCount);
  return call.run([&] { return state.inner.graph_pass.pass_count(); });
}

const bp_pass_info_t* pass_info(State& state, uint32_t index) {
  Call call(state, Function::kPassInfo);
  return call.run([&] { return state.inner.graph_pass.pass_info(index); });
}

bp_status_t pass_run(State& state, uint32_t index, bp_device_t* handle, bp_graph_t* graph,
                     const bp_graph_view_t* view) {
  Call call(state, Function::kPassRun);
  const Device* device = call.use<Device>(handle, "device");
  if (graph == nullptr || view == nullptr) call.refuse("graph or view is NULL");
  if (call.is_refused()) return Call::kRefusal;
  return call.run(
      [&] { return state.inner.graph_pass.pass_run(index, inner(device), graph, view); });
}

}  // namespace backplane::check::wrapped
