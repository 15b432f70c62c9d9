// The plugin's constant data, its tables and device infos, as first seen: it stays so.
#pragma once

#include <backplane/plugin.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "check/objects.hpp"

namespace backplane::check {

class Constants {
 public:
  explicit Constants(const bp_plugin_t& plugin);

  // Takes up an answer of device_info; a refusal when it is not the one given before.
  Refusal see(uint32_t index, const bp_device_info_t* info);
  // Looks at everything seen so far; each change is found once.
  std::vector<Refusal> changes();

 private:
  struct Seen {
    const bp_device_info_t* info;  // nullptr: past the end
    uint64_t contents;
  };

  const bp_plugin_t& plugin_;
  std::mutex mutex_;
  uint64_t plugin_contents_;
  std::map<uint32_t, Seen> infos_;
};

}  // namespace backplane::check
