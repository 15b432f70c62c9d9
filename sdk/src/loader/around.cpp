// A plugin without a file: its table is part of this program.
#include "loader/negotiate.hpp"
#include "loader/plugin.hpp"

namespace backplane {

Result<std::shared_ptr<Plugin>> Plugin::around(const bp_plugin_t* table, const LoadOptions& options,
                                               const Log& log) {
  Status usable = negotiate(*table);
  if (!usable.ok()) return usable;
  std::shared_ptr<Plugin> plugin(new Plugin(table->id, log));
  plugin->table_ = table;
  plugin->services_->set_source(table->id);
  if (options.check != Checking::kNone) plugin->put_checks_between(options.check);
  return plugin;
}

}  // namespace backplane
