#include "loader/device.hpp"

namespace backplane {
namespace {

std::vector<bp_option_t> abi_options(const Device::Options& options) {
  std::vector<bp_option_t> result;
  for (const auto& [key, value] : options) result.push_back({key.c_str(), value.c_str()});
  return result;
}

// The plugin's description of the device, checked.
Result<const bp_device_info_t*> describe(const Plugin& plugin, uint32_t index) {
  const std::string name = std::string(plugin.table().id) + ": device " + std::to_string(index);
  const bp_device_info_t* const info = plugin.table().device_info(plugin.host(), index);
  if (info == nullptr) return invalid_argument(name + ": there is none");
  const Status status = check_device_info(*info, plugin.table().stream != nullptr);
  return status.ok() ? Result<const bp_device_info_t*>(info) : status.in(name);
}

}  // namespace

Device::Device(std::shared_ptr<Plugin> plugin, uint32_t index, const bp_device_info_t* info,
               std::string selector)
    : plugin_(std::move(plugin)), index_(index), info_(info), selector_(std::move(selector)) {}

Result<std::unique_ptr<Device>> Device::open(std::shared_ptr<Plugin> plugin, uint32_t index,
                                             const Options& options, const std::string& selector) {
  const Result<const bp_device_info_t*> info = describe(*plugin, index);
  if (!info.ok()) return info.status();
  std::string name = selector.empty() ? device_selector(plugin->table().id, index) : selector;
  std::unique_ptr<Device> device(new Device(std::move(plugin), index, *info, std::move(name)));
  const Plugin& owner = device->plugin();
  const std::vector<bp_option_t> list = abi_options(options);
  clear_explanation();
  const bp_status_t code =
      owner.table().device_open(owner.host(), index, list.empty() ? nullptr : list.data(),
                                static_cast<uint32_t>(list.size()), &device->handle_);
  if (code != BP_OK) {
    device->handle_ = nullptr;  // whatever the plugin wrote there, it is no device
    return owner.failure(code, "device_open");
  }
  if (device->handle_ == nullptr)
    return internal(std::string(owner.table().id) + ": device_open: returned BP_OK and no device");
  return device;
}

Device::~Device() {
  if (handle_ != nullptr) plugin_->table().device_close(handle_);
}

}  // namespace backplane
