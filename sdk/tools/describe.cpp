#include "describe.hpp"

#include "loader/device_info.hpp"
#include "loader/text.hpp"
#include "loader/version.hpp"

namespace backplane {
namespace {

std::vector<std::string> flag_names(const bp_device_info_t& info) {
  std::vector<std::string> names;
  for (const auto& [flag, name] : {std::pair{BP_DEVICE_FLAG_SYNCHRONOUS, "synchronous"},
                                   std::pair{BP_DEVICE_FLAG_HOST_ADDRESSABLE, "host-addressable"},
                                   std::pair{BP_DEVICE_FLAG_POOLED, "pooled"}})
    if ((info.flags & flag) != 0) names.emplace_back(name);
  return names;
}

}  // namespace

std::string flags_in_words(const bp_device_info_t& info) {
  const std::vector<std::string> names = flag_names(info);
  return names.empty() ? "none" : joined(names);
}

std::string memory_in_words(const bp_device_info_t& info) {
  return info.memory_size == 0 ? "the host's" : bytes_in_words(info.memory_size);
}

Json plugin_as_json(const Registry::Entry& entry) {
  Json json = {{"path", entry.path}, {"id", entry.id}, {"version", entry.version}};
  json["is_used"] = entry.plugin != nullptr;
  json["refusal"] = entry.refusal;
  if (entry.plugin == nullptr) return json;
  const bp_plugin_t& table = entry.plugin->table();
  json["vendor"] = table.vendor;
  json["abi"] = to_text(table.abi);
  json["build_id"] = table.build_id;
  return json;
}

Json device_as_json(const Registry::DeviceEntry& device) {
  const bp_device_info_t& info = *device.info;
  return {{"selector", device.selector},
          {"plugin", device.entry->id},
          {"ordinal", device.index},
          {"kind", device_kind_name(info.kind)},
          {"flags", flag_names(info)},
          {"name", info.name},
          {"architecture", info.architecture},
          {"driver_version", info.driver_version},
          {"uuid", info.uuid},
          {"bus_address", info.bus_address},
          {"vendor_id", info.vendor_id},
          {"hardware_id", info.hardware_id},
          {"dlpack_type", info.dlpack_type},
          {"memory_size", info.memory_size},
          {"max_buffer_size", info.max_buffer_size},
          {"buffer_alignment", info.buffer_alignment},
          {"offset_alignment", info.offset_alignment},
          {"preferred_alignment", info.preferred_alignment},
          {"tensor_padding", info.tensor_padding},
          {"stream_depth", info.stream_depth},
          {"capture_size", info.capture_size},
          {"wait_limit_ns", info.wait_limit_ns}};
}

}  // namespace backplane
