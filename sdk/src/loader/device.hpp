// An opened device. Everything that the host does on a chip goes through one of these.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loader/device_info.hpp"
#include "loader/plugin.hpp"
#include "loader/selector.hpp"

namespace backplane {

class Device {
 public:
  using Options = std::vector<std::pair<std::string, std::string>>;

  // `selector`: by which name it was asked for; "": device_selector() of the two.
  static Result<std::unique_ptr<Device>> open(std::shared_ptr<Plugin> plugin, uint32_t index,
                                              const Options& options,
                                              const std::string& selector = "");
  ~Device();  // closes it; whatever was made from it must have been destroyed
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  bp_device_t* handle() const { return handle_; }
  const bp_device_info_t& info() const { return *info_; }
  uint32_t index() const { return index_; }
  const Plugin& plugin() const { return *plugin_; }
  const std::string& selector() const { return selector_; }  // "opencl:1"
  bool is_synchronous() const { return (info_->flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0; }

  const bp_memory_api_t& memory() const { return *plugin_->table().memory; }
  const bp_kernel_api_t& kernel() const { return *plugin_->table().kernel; }
  // nullptr on a synchronous device, whatever the plugin's other devices have.
  const bp_stream_api_t* stream() const {
    return is_synchronous() ? nullptr : plugin_->table().stream;
  }

  // BP_OK, or the failure with the plugin's own words.
  Status status(bp_status_t code, const char* function) const {
    return code == BP_OK ? Status() : plugin_->failure(code, function);
  }

 private:
  Device(std::shared_ptr<Plugin> plugin, uint32_t index, const bp_device_info_t* info,
         std::string selector);

  std::shared_ptr<Plugin> plugin_;
  uint32_t index_;
  const bp_device_info_t* info_;
  std::string selector_;
  bp_device_t* handle_ = nullptr;
};

}  // namespace backplane
