// Opens a plugin's file and asks it for its table: the part of loading that runs its code. The
// probe does it first, in a process of its own, then the host.
#pragma once

#include <backplane/plugin.h>

#include <functional>
#include <memory>
#include <string>

#include "loader/library.hpp"
#include "support/status.hpp"

namespace backplane {

enum class Stage { kOpen, kQuery, kTable };

struct AskedPlugin {
  std::unique_ptr<Library> library;
  const bp_plugin_t* table = nullptr;  // negotiated: complete, and for this host
};

// `at` is called before each stage. UNSUPPORTED or INTERNAL as Plugin::load says.
Result<AskedPlugin> ask_plugin(const std::string& path, bool deep_bind, const bp_host_t* host,
                               const std::function<void(Stage)>& at);

// One call of bp_plugin_query, by what went wrong if it gave no table.
Result<const bp_plugin_t*> query_plugin(const Library& library, const bp_host_t* host);

}  // namespace backplane
