// The plugins that this host knows, loaded or refused, and their devices.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loader/device.hpp"
#include "loader/plugin.hpp"

namespace backplane {

struct RegistryOptions {
  LoadOptions load;
  // Folders and files, ':' between them, in place of BACKPLANE_PLUGIN_PATH.
  std::string plugin_path;
  // Folders outside which no plugin is loaded; none: anywhere.
  std::vector<std::string> allowed_folders;
};

class Registry {
 public:
  // One plugin file that was found. Entries never move.
  struct Entry {
    std::string path;
    std::string id;  // from the manifest while not loaded, "" when neither is known
    std::string version;
    std::string refusal;  // why it is not used, or ""
    std::shared_ptr<Plugin> plugin;
  };
  struct DeviceEntry {
    const Entry* entry;
    uint32_t index;
    std::string selector;
    const bp_device_info_t* info;
  };

  // Neither looks for plugins nor loads one. `log` must outlive this. BACKPLANE_CHECK switches
  // the checking layer on, and never off. One thread at a time calls the functions of a registry.
  Registry(RegistryOptions options, const Log& log);

  // Loads what the search path has; refusals are entries. Of two plugins with one id the newer
  // version is used, and the other's refusal says so.
  void find_plugins();
  // Loads one file now; a refusal is an entry and the returned status. One that is in use already
  // stays; one that was refused is tried again.
  Status load(const std::string& path);

  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }
  // Of every plugin in use, in the order of loading. Asks each plugin once; what cannot be true of
  // a device leaves it out, and the log says so. Of two plugins whose ids end alike, the second's
  // devices are named by its whole id.
  const std::vector<DeviceEntry>& devices();

  // `selector` as in runtime.h: "opencl:1", "org.backplane.opencl:1", or a uuid. The failure lists
  // the devices that there are.
  Result<std::unique_ptr<Device>> open(const std::string& selector, const Device::Options& options);

 private:
  Entry& entry_of(const std::string& path);
  Entry* in_use(const std::string& id);
  bool was_asked(const Entry& entry) const;
  Status add(const std::string& path);
  Status read_manifest_of(Entry& entry);
  Status open_plugin(Entry& entry);
  Status keep_newest(const Entry& entry);
  void retire_older(const Entry& newer);

  std::string device_name(const Entry& entry) const;
  void ask_devices(const Entry& entry);
  void add_device(DeviceEntry device);
  Result<const DeviceEntry*> find_device(const std::string& selector);
  Status no_device(const std::string& selector) const;

  RegistryOptions options_;
  const Log& log_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<DeviceEntry> devices_;
  std::vector<const Entry*> asked_;  // whose devices are in devices_
};

}  // namespace backplane
