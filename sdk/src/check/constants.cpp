#include "check/constants.hpp"

#include "check/hash.hpp"

namespace backplane::check {

Constants::Constants(const bp_plugin_t& plugin)
    : plugin_(plugin), plugin_contents_(contents_of_plugin(plugin)) {}

Refusal Constants::see(uint32_t index, const bp_device_info_t* info) {
  const uint64_t contents = info != nullptr ? contents_of_device_info(*info) : 0;
  const std::string device = "device " + std::to_string(index);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [seen, is_new] = infos_.try_emplace(index, Seen{info, contents});
  if (is_new) return {};
  const Seen before = seen->second;
  seen->second = {info, contents};
  if ((before.info == nullptr) != (info == nullptr))
    return {"BP-PLUGIN-2", device + (info != nullptr ? " is there now" : " is not there any more")};
  if (before.contents != contents)
    return {"BP-PLUGIN-2", device + " is described otherwise than before"};
  return {};
}

std::vector<Refusal> Constants::changes() {
  std::vector<Refusal> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t contents = contents_of_plugin(plugin_);
  if (contents != plugin_contents_)
    found.push_back({"BP-PLUGIN-1", "the plugin's tables are not as they were"});
  plugin_contents_ = contents;
  for (auto& [index, seen] : infos_) {
    if (seen.info == nullptr) continue;
    const uint64_t now = contents_of_device_info(*seen.info);
    if (now != seen.contents)
      found.push_back({"BP-PLUGIN-2",
                       "the description of device " + std::to_string(index) + " is not as it was"});
    seen.contents = now;
  }
  return found;
}

}  // namespace backplane::check
