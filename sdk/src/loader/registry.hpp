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

  // Neither looks for plugins nor loads one. `log` must outlive this.
  Registry(RegistryOptions options, const Log& log);

  // Loads what the search path has; refusals are entries. Of two plugins with one id the newer
  // version is used, and the other's refusal says so.
  void find_plugins();
  // Loads one file now; a refusal is an entry and the returned status.
  Status load(const std::string& path);

  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }
  // Of every plugin in use, in the order of loading. Asks each plugin once.
  const std::vector<DeviceEntry>& devices();

  // `selector` as in runtime.h: "opencl:1", "org.backplane.opencl:1", or a uuid. The failure lists
  // the devices that there are.
  Result<std::unique_ptr<Device>> open(const std::string& selector, const Device::Options& options);

 private:
  Status add(const std::string& path);

  RegistryOptions options_;
  const Log& log_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<DeviceEntry> devices_;
  size_t entries_asked_ = 0;
};

}  // namespace backplane
