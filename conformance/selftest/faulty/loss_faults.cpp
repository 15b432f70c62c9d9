// Faults around a device that is lost, for some of its opens and for ever.
#include <backplane/ext/draft/test.h>

#include <atomic>
#include <cstring>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

std::atomic<bp_device_t*> lost_through{nullptr};

const bp_test_api_t& honest_test() {
  return *static_cast<const bp_test_api_t*>(honest().plugin->get_extension(BP_EXT_TEST));
}

bp_status_t lose_and_note(bp_device_t* device) {
  lost_through = device;
  return honest_test().lose(device);
}

const void* noting_extension(const char* id) {
  static const bp_test_api_t test = [] {
    bp_test_api_t changed = honest_test();
    changed.lose = lose_and_note;
    return changed;
  }();
  return std::strcmp(id, BP_EXT_TEST) == 0 ? &test : nullptr;
}

// Looks at the open that it is asked about, and not at the device.
bp_status_t usage_of_this_open(bp_device_t* device, uint64_t* out_free, uint64_t* out_total) {
  if (lost_through == nullptr || lost_through == device)
    return honest().memory->usage(device, out_free, out_total);
  *out_free = *out_total = 1 << 20;
  return BP_OK;
}

bp_status_t open_unless_lost_once(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                  uint32_t option_count, bp_device_t** out_device) {
  if (lost_through == nullptr)
    return honest().plugin->device_open(host, index, options, option_count, out_device);
  return refuse(host, BP_STATUS_DEVICE_LOST, "the device was lost once");
}

}  // namespace

std::vector<Fault> loss_faults() {
  return {
      {"loses-one-open",
       [](Tables* t) {
         t->plugin.get_extension = noting_extension;
         t->memory.usage = usage_of_this_open;
       }},
      {"stays-lost",
       [](Tables* t) {
         t->plugin.get_extension = noting_extension;
         t->plugin.device_open = open_unless_lost_once;
       }},
  };
}

}  // namespace backplane::selftest
