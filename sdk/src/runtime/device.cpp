// bp_rt_device_t: a device, opened.
#include <charconv>
#include <cstring>

#include "runtime/error.hpp"
#include "runtime/handles.hpp"
#include "support/environment.hpp"

namespace backplane::runtime {
namespace {

constexpr char kCacheFolder[] = "bp.cache-folder";

// What the pool keeps to, whether or not the plugin understands the option.
Result<uint64_t> memory_limit(const Device::Options& options) {
  uint64_t limit = 0;
  for (const auto& [key, value] : options) {
    if (key != "bp.memory-limit") continue;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (error != std::errc() || end != value.data() + value.size() || limit == 0)
      return invalid_argument("bp.memory-limit is \"" + value + "\"; it is a number of bytes");
  }
  return limit;
}

// Plugins ignore what they do not know of Backplane's own keys, so a misspelt one is found here.
Status check_keys(const Device::Options& options) {
  for (const auto& [key, value] : options) {
    if (key.rfind("bp.", 0) != 0) continue;
    if (key != "bp.memory-limit" && key != "bp.threads" && key != kCacheFolder)
      return invalid_argument("there is no option \"" + key +
                              "\"; Backplane has bp.memory-limit, bp.threads and " + kCacheFolder);
  }
  return {};
}

void add_cache_folder(Device::Options& options) {
  for (const auto& option : options)
    if (option.first == kCacheFolder) return;
  const std::string folder = cache_folder();
  if (!folder.empty()) options.emplace_back(kCacheFolder, folder);
}

}  // namespace
}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_device_open(bp_rt_t* rt, const char* selector, const bp_option_t* options,
                              uint32_t option_count, bp_rt_device_t** out_device) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"rt", rt}, {"selector", selector}, {"out_device", out_device}});
    if (!given.ok()) return given;
    context.device = selector;
    Result<Device::Options> list = options_of(options, option_count);
    if (!list.ok()) return list.status();
    Result<uint64_t> limit = memory_limit(*list);
    if (!limit.ok()) return limit.status();
    if (Status known = check_keys(*list); !known.ok()) return known;
    add_cache_folder(*list);
    const std::lock_guard<std::mutex> lock(rt->host->mutex);
    Result<std::unique_ptr<Device>> device = rt->host->registry.open(selector, *list);
    if (!device.ok()) return device.status();
    auto opened = std::make_shared<OpenedDevice>();
    opened->host = rt->host;
    opened->device =
        std::make_shared<exec::OpenDevice>(std::shared_ptr<Device>(device.take()), *limit);
    *out_device = new bp_rt_device_t{std::move(opened)};
    return {};
  });
}

void bp_rt_device_close(bp_rt_device_t* device) { delete device; }

bp_status_t bp_rt_device_stats(bp_rt_device_t* device, bp_rt_memory_stats_t* out_stats) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"device", device}, {"out_stats", out_stats}});
    if (!given.ok()) return given;
    const PoolStats stats = device->device().pool().stats();
    *out_stats = {stats.used,  stats.used_peak,        stats.reserved,   stats.reserved_peak,
                  stats.limit, stats.allocation_count, stats.retry_count};
    return {};
  });
}

bp_status_t bp_rt_device_trim(bp_rt_device_t* device) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"device", device}});
    if (!given.ok()) return given;
    device->device().sweep_retired();
    device->device().pool().trim();
    device->device().staging().trim();
    return {};
  });
}
