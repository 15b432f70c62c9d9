// Whether this host can use a plugin's table as it is. Pure questions; nothing of it is called but
// get_extension, by a plugin without kernels of its own.
#pragma once

#include <backplane/plugin.h>

#include "support/status.hpp"

namespace backplane {

struct HostTraits {
  bp_version_t abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  bp_sanitizers_t sanitizers = BP_SANITIZERS;
};

// UNSUPPORTED: complete, but for another kind of host. INTERNAL: a table that breaks the ABI. The
// text says what was found, what was wanted and what to do.
Status negotiate(const bp_plugin_t& plugin, const HostTraits& host = {});

// "com.acme.x100": words of letters, digits, '-' and '_', two or more, a dot between.
bool is_reverse_dns(const char* id);

}  // namespace backplane
