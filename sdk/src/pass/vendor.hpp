// The passes of a plugin, by its extension "bp.graph-pass/1".
#pragma once

#include "loader/device.hpp"
#include "pass/manager.hpp"

namespace backplane::pass {

// None when the plugin has no such extension. INTERNAL, in words, when its table breaks the ABI.
// The device has to outlive them.
Result<std::vector<Pass>> passes_of(const Device& device);

}  // namespace backplane::pass
