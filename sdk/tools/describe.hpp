// What `list` and `inspect` both say of plugins and devices.
#pragma once

#include <string>

#include "loader/registry.hpp"
#include "output.hpp"

namespace backplane {

std::string flags_in_words(const bp_device_info_t& info);   // "synchronous, host-addressable"
std::string memory_in_words(const bp_device_info_t& info);  // "8.0 GiB", "the host's"

Json plugin_as_json(const Registry::Entry& entry);
Json device_as_json(const Registry::DeviceEntry& device);

}  // namespace backplane
