// "bp.test/1": failures on demand, and counts.
#include <backplane/ext/draft/test.h>

#include "device.hpp"
#include "tables.hpp"

namespace backplane::opencl {

namespace {

using plugin::guarded;

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
    on.hooks.work.plan(function, n, status);
  });
}

bp_status_t counters(bp_device_t* device, bp_test_counters_t* out_counters) {
  const Device& on = as_device(device);
  *out_counters = on.hooks.counters(on.memory_used);
  out_counters->compiles = on.programs.builds();
  return BP_OK;
}

bp_status_t lose(bp_device_t* device) {
  Device& on = as_device(device);
  return guarded(on.host, [&] { on.lose("a test wanted it so"); });
}

}  // namespace

const bp_test_api_t kTestApi = {sizeof(bp_test_api_t), 0, fail_next, fail_work, counters, lose};

}  // namespace backplane::opencl
