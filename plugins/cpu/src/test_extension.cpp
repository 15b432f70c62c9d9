// "bp.test/1": failures on demand, and counts.
#include "device.hpp"
#include "tables.hpp"

namespace backplane::cpu {

namespace {

using plugin::fail;
using plugin::guarded;

Device& as_device(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }

bp_status_t fail_next(bp_device_t* device, bp_test_function_t function, uint32_t n,
                      bp_status_t status) {
  Device& on = as_device(device);
  return guarded(on.host, [&] { on.hooks.calls.plan(function, n, status); });
}

bp_status_t fail_work(bp_device_t* device, bp_test_function_t function, uint32_t n,
                      bp_status_t status) {
  Device& on = as_device(device);
  return guarded(on.host, [&] {
    plugin::TestHooks::require_work(function);
    if (on.is_synchronous())
      fail(BP_STATUS_UNSUPPORTED, "bp.test: the device is synchronous; work is the call itself");
    on.hooks.work.plan(function, n, status);
  });
}

bp_status_t counters(bp_device_t* device, bp_test_counters_t* out_counters) {
  const Device& on = as_device(device);
  *out_counters = on.hooks.counters(on.memory_used);
  return BP_OK;
}

bp_status_t lose(bp_device_t* device) {
  Device& on = as_device(device);
  return guarded(on.host, [&] { on.loss->lose("a test wanted it so"); });
}

}  // namespace

const bp_test_api_t kTestApi = {sizeof(bp_test_api_t), 0, fail_next, fail_work, counters, lose};

}  // namespace backplane::cpu
