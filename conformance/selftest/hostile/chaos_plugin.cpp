#include <string>

#include "chaos.hpp"
#include "random.hpp"

namespace backplane::selftest::chaos {
namespace {

constexpr Manner kManners[kDeviceCount] = {
    {0, 1, 0, uint64_t{1} << 30},
    {1, 1, 0, uint64_t{1} << 30},
    {1, 32, 64, uint64_t{1} << 20},
};

Tables tables;

bp_device_info_t info_of(const bp_host_t* host, uint32_t index) {
  const Manner& manner = kManners[index];
  bp_device_info_t info = *honest().plugin->device_info(host, manner.cpu_device);
  info.flags &= bp_device_flags_t{BP_DEVICE_FLAG_SYNCHRONOUS};
  info.uuid = "";
  info.max_buffer_size = manner.max_buffer_size;
  info.offset_alignment = manner.offset_alignment;
  info.tensor_padding = manner.tensor_padding;
  info.stream_depth /= 8;  // a piece of work is up to four of the cpu plugin's
  return info;
}

const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  static const bp_device_info_t infos[kDeviceCount] = {info_of(host, 0), info_of(host, 1),
                                                       info_of(host, 2)};
  return index < kDeviceCount ? &infos[index] : nullptr;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  if (index >= kDeviceCount)
    return refuse(host, BP_STATUS_INVALID_ARGUMENT, "device_open: no such device");
  auto* made = new Device{nullptr, host, kManners[index]};
  bp_status_t status = bad_luck(*made, "device_open", {BP_STATUS_NOT_READY});
  if (status == BP_OK)
    status = honest().plugin->device_open(host, kManners[index].cpu_device, options, option_count,
                                          &made->inner);
  if (status == BP_OK)
    *out_device = reinterpret_cast<bp_device_t*>(made);
  else
    delete made;
  return status;
}

void device_close(bp_device_t* device) {
  if (device == nullptr) return;
  Device& ended = as<Device>(device);
  if (ended.objects != 0)
    ended.host->log(
        ended.host->self, BP_LOG_ERROR,
        ("chaos: closed with " + std::to_string(ended.objects) + " objects alive").c_str());
  honest().plugin->device_close(ended.inner);
  delete &ended;
}

const bp_plugin_t* build(const bp_host_t* host) {
  if (!load_base(host, "org.backplane.selftest.chaos", &tables)) return nullptr;
  plant_memory(&tables.memory);
  plant_work(&tables.stream, &tables.kernel);
  tables.plugin.device_info = device_info;
  tables.plugin.device_open = device_open;
  tables.plugin.device_close = device_close;
  tables.plugin.get_extension = nullptr;
  return &tables.plugin;
}

}  // namespace

bp_status_t bad_luck(const Device& device, const char* function,
                     std::initializer_list<bp_status_t> more) {
  static const uint64_t rate = number_in("BACKPLANE_CHAOS_RATE", 0);
  if (rate == 0 || random_below(1000) >= rate) return BP_OK;
  std::vector<bp_status_t> statuses = {BP_STATUS_INVALID_ARGUMENT, BP_STATUS_OUT_OF_MEMORY,
                                       BP_STATUS_INTERNAL};
  statuses.insert(statuses.end(), more);
  return refuse(device.host, statuses[random_below(statuses.size())],
                (std::string(function) + ": chaos").c_str());
}

}  // namespace backplane::selftest::chaos

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  static const bp_plugin_t* const plugin = backplane::selftest::chaos::build(host);
  return plugin;
}
