// ext/draft/test.h.
#include <cstring>

#include "check/call.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {
namespace {

// A device and what `function` of the plugin's makes of it.
template <class Body>
bp_status_t on_device(State& state, Function function, bp_device_t* handle, Body body) {
  Call call(state, function);
  const Device* device = call.use<Device>(handle, "device");
  if (call.is_refused()) return Call::kRefusal;
  return call.run([&] { return body(inner(device)); });
}

}  // namespace

bp_status_t fail_next(State& state, bp_device_t* handle, bp_test_function_t function, uint32_t n,
                      bp_status_t status) {
  return on_device(state, Function::kFailNext, handle, [&](bp_device_t* device) {
    return state.inner.test.fail_next(device, function, n, status);
  });
}

bp_status_t fail_work(State& state, bp_device_t* handle, bp_test_function_t function, uint32_t n,
                      bp_status_t status) {
  return on_device(state, Function::kFailWork, handle, [&](bp_device_t* device) {
    return state.inner.test.fail_work(device, function, n, status);
  });
}

bp_status_t counters(State& state, bp_device_t* handle, bp_test_counters_t* out_counters) {
  Call call(state, Function::kCounters);
  const Device* device = call.use<Device>(handle, "device");
  if (out_counters == nullptr) call.refuse("out_counters is NULL");
  if (call.is_refused()) return Call::kRefusal;
  bp_test_counters_t untouched;
  std::memset(&untouched, 0x5e, sizeof untouched);
  bp_test_counters_t counted = untouched;
  const bp_status_t status =
      call.run([&] { return state.inner.test.counters(inner(device), &counted); });
  if (status == BP_OK)
    *out_counters = counted;
  else if (std::memcmp(&counted, &untouched, sizeof counted) != 0)
    call.blame("BP-BASE-2", "returned " + status_word(status) + " and wrote out_counters");
  return status;
}

bp_status_t lose(State& state, bp_device_t* handle) {
  return on_device(state, Function::kLose, handle,
                   [&](bp_device_t* device) { return state.inner.test.lose(device); });
}

}  // namespace backplane::check::wrapped
