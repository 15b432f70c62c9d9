// The registry's devices: asked of the plugins, named, found by a selector, opened.
#include <algorithm>

#include "loader/registry.hpp"
#include "loader/selector.hpp"
#include "loader/text.hpp"

namespace backplane {
namespace {

constexpr uint32_t kMostDevices = 1024;  // of one plugin; more is a device_info without end

bool is_named(const Registry::DeviceEntry& device, const Selector& wanted) {
  if (device.index != wanted.ordinal) return false;
  return device.entry->id == wanted.name || parse_selector(device.selector).name == wanted.name;
}

bool has_uuid(const Registry::DeviceEntry& device, const std::string& uuid) {
  return !uuid.empty() && device.info->uuid == uuid;
}

std::string in_words(const Registry::DeviceEntry& device) {
  return device.selector + " (" + printable(device.info->name, 80) + ")";
}

}  // namespace

const std::vector<Registry::DeviceEntry>& Registry::devices() {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (entry->plugin == nullptr || was_asked(*entry)) continue;
    ask_devices(*entry);
    asked_.push_back(entry.get());
  }
  return devices_;
}

// The short name is for the plugin that was asked first.
std::string Registry::device_name(const Entry& entry) const {
  const std::string name = short_name(entry.id);
  const bool is_taken = std::any_of(asked_.begin(), asked_.end(), [&](const Entry* other) {
    return other->id != entry.id && short_name(other->id) == name;
  });
  return is_taken ? entry.id : name;
}

void Registry::ask_devices(const Entry& entry) {
  const std::string name = device_name(entry);
  for (uint32_t index = 0; index < kMostDevices; ++index) {
    clear_explanation();
    const bp_device_info_t* const info =
        entry.plugin->table().device_info(entry.plugin->host(), index);
    if (info == nullptr && index == 0)
      log_.write(BP_LOG_INFO, "loader",
                 entry.id + ": it has no device: " + printable(explanation(), 500));
    if (info == nullptr) return;
    add_device({&entry, index, to_text(Selector{name, index}), info});
  }
  log_.write(BP_LOG_ERROR, "loader",
             entry.id + ": device_info never ends; its first " + std::to_string(kMostDevices) +
                 " devices are used");
}

void Registry::add_device(DeviceEntry device) {
  const bool has_streams = device.entry->plugin->table().stream != nullptr;
  const Status status = check_device_info(*device.info, has_streams);
  if (status.ok()) return devices_.push_back(std::move(device));
  log_.write(BP_LOG_ERROR, "loader",
             device.entry->id + ": device " + std::to_string(device.index) +
                 " is left out: " + status.text());
}

Status Registry::no_device(const std::string& selector) const {
  const std::string text = "there is no device \"" + printable(selector, 100) + "\"; ";
  if (!devices_.empty()) {
    std::vector<std::string> names;
    for (const DeviceEntry& device : devices_) names.push_back(in_words(device));
    return invalid_argument(text + "there are " + joined(names));
  }
  for (const std::unique_ptr<Entry>& entry : entries_)
    if (!entry->refusal.empty())
      return invalid_argument(text + "there is none at all, and " + entry->refusal);
  return invalid_argument(
      text +
      "there is none at all: no plugin with a device was found; BACKPLANE_PLUGIN_PATH names "
      "folders and files, ':' between them");
}

Result<const Registry::DeviceEntry*> Registry::find_device(const std::string& selector) {
  const Selector wanted = parse_selector(selector);
  std::vector<const DeviceEntry*> found;
  for (const DeviceEntry& device : devices())
    if (is_named(device, wanted) || has_uuid(device, selector)) found.push_back(&device);
  if (found.empty()) return no_device(selector);
  if (found.size() > 1)
    return invalid_argument("\"" + printable(selector, 100) + "\" is more than one device: " +
                            in_words(*found[0]) + " and " + in_words(*found[1]));
  return found[0];
}

Result<std::unique_ptr<Device>> Registry::open(const std::string& selector,
                                               const Device::Options& options) {
  const Result<const DeviceEntry*> device = find_device(selector);
  if (!device.ok()) return device.status();
  const DeviceEntry& chosen = **device;
  return Device::open(chosen.entry->plugin, chosen.index, options, chosen.selector);
}

}  // namespace backplane
