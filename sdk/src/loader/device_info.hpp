// What a plugin says of a device: whether it can be true.
#pragma once

#include <backplane/plugin.h>

#include "support/status.hpp"

namespace backplane {

// INTERNAL, naming the field, when it breaks plugin.h.
Status check_device_info(const bp_device_info_t& info, bool plugin_has_streams);

const char* device_kind_name(bp_device_kind_t kind);  // "GPU"

}  // namespace backplane
