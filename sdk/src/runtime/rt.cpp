// bp_rt_t: plugins found and loaded.
#include "onnx/reader.hpp"
#include "runtime/error.hpp"
#include "runtime/handles.hpp"
#include "support/checking.hpp"

namespace backplane::runtime {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Result<RegistryOptions> registry_options(const Device::Options& options) {
  RegistryOptions result;
  for (const auto& [key, value] : options) {
    if (key == "plugin-path")
      result.plugin_path = value;
    else if (key == "plugin-allow")
      result.allowed_folders = split(value);
    else if (key == "check" && parse_checking(value).has_value())
      result.load.check = *parse_checking(value);
    else if (key == "check")
      return invalid_argument("the option \"check\" is \"" + value + "\", and not " +
                              kCheckingValues);
    else
      return unsupported("the option \"" + key +
                         "\" is not known; plugin-path, plugin-allow and check are");
  }
  return result;
}

// Fields past struct_size read as 0, and 0 is always the default.
bp_rt_config_t complete(const bp_rt_config_t* config) {
  bp_rt_config_t result = {};
  if (config == nullptr) return result;
  if (BP_HAS(bp_rt_config_t, config, log_level)) result.log_level = config->log_level;
  if (BP_HAS(bp_rt_config_t, config, user)) result.user = config->user;
  if (BP_HAS(bp_rt_config_t, config, log)) result.log = config->log;
  if (BP_HAS(bp_rt_config_t, config, option_count)) {
    result.options = config->options;
    result.option_count = config->option_count;
  }
  return result;
}

Log make_log(const bp_rt_config_t& config) {
  if (config.log == nullptr && config.log_level == 0) return Log();
  if (config.log == nullptr) return Log(config.log_level, nullptr);
  return Log(config.log_level,
             [log = config.log, user = config.user](bp_log_level_t level, const char* source,
                                                    const std::string& text) {
               log(user, level, source, text.c_str());
             });
}

void update_plugin_infos(Host& host) {
  const auto& entries = host.registry.entries();
  while (host.plugin_infos.size() < entries.size()) host.plugin_infos.emplace_back();
  for (size_t i = 0; i < entries.size(); ++i) {
    const Registry::Entry& entry = *entries[i];
    host.plugin_infos[i] = {sizeof(bp_rt_plugin_info_t), entry.path.c_str(), entry.id.c_str(),
                            entry.version.c_str(), entry.refusal.c_str()};
  }
}

void update_device_infos(Host& host) {
  const auto& devices = host.registry.devices();
  for (size_t i = host.device_infos.size(); i < devices.size(); ++i) {
    const Registry::DeviceEntry& entry = devices[i];
    Host::DeviceInfo& info = host.device_infos.emplace_back();
    info.plugin_id = entry.entry->plugin->table().id;
    info.selector = entry.selector;
    info.info = {sizeof(bp_rt_device_info_t),
                 entry.index,
                 info.plugin_id.c_str(),
                 info.selector.c_str(),
                 entry.info,
                 static_cast<int32_t>(entry.index),
                 0};
  }
}

}  // namespace

Result<Device::Options> options_of(const bp_option_t* options, uint32_t count) {
  if (count > 0 && options == nullptr) return invalid_argument("option_count without options");
  Device::Options result;
  for (uint32_t i = 0; i < count; ++i) {
    if (options[i].key == nullptr || options[i].value == nullptr)
      return invalid_argument("option " + std::to_string(i) + " has no key or no value");
    result.emplace_back(options[i].key, options[i].value);
  }
  return result;
}

}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_create(const bp_rt_config_t* config, bp_rt_t** out_rt) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"out_rt", out_rt}});
    if (!given.ok()) return given;
    const bp_rt_config_t all = complete(config);
    Result<Device::Options> list = options_of(all.options, all.option_count);
    if (!list.ok()) return list.status();
    Result<RegistryOptions> options = registry_options(*list);
    if (!options.ok()) return options.status();
    auto host = std::make_shared<Host>(make_log(all), *options);
    host->registry.find_plugins();
    *out_rt = new bp_rt_t{std::move(host)};
    return {};
  });
}

void bp_rt_destroy(bp_rt_t* rt) { delete rt; }

bp_status_t bp_rt_plugin_load(bp_rt_t* rt, const char* path) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"rt", rt}, {"path", path}});
    if (!given.ok()) return given;
    const std::lock_guard<std::mutex> lock(rt->host->mutex);
    return rt->host->registry.load(path);
  });
}

const bp_rt_plugin_info_t* bp_rt_get_plugin_info(bp_rt_t* rt, uint32_t index) {
  return unfailing([&]() -> const bp_rt_plugin_info_t* {
    if (rt == nullptr) return nullptr;
    const std::lock_guard<std::mutex> lock(rt->host->mutex);
    update_plugin_infos(*rt->host);
    return index < rt->host->plugin_infos.size() ? &rt->host->plugin_infos[index] : nullptr;
  });
}

const bp_rt_device_info_t* bp_rt_get_device_info(bp_rt_t* rt, uint32_t index) {
  return unfailing([&]() -> const bp_rt_device_info_t* {
    if (rt == nullptr) return nullptr;
    const std::lock_guard<std::mutex> lock(rt->host->mutex);
    update_device_infos(*rt->host);
    return index < rt->host->device_infos.size() ? &rt->host->device_infos[index].info : nullptr;
  });
}
