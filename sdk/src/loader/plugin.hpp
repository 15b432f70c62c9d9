// One plugin in this process: its table, negotiated and complete, and the file it came from.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <memory>
#include <string>

#include "loader/host_services.hpp"
#include "support/checking.hpp"
#include "support/log.hpp"
#include "support/status.hpp"

namespace backplane {

class Library;
namespace check {
class Layer;
}

struct LoadOptions {
  Checking check = Checking::kNone;  // else the checking layer is put between host and plugin
  bool probe = true;                 // open the file in a helper process first
  bool deep_bind = true;  // the plugin's own libraries before those in global scope; never under
                          // sanitizers, which refuse it
  uint64_t probe_timeout_ns = 10'000'000'000;
  std::string probe_program;  // in place of "backplane-probe" in private_folder()
};

class Plugin {
 public:
  // Opens and asks; every refusal says what was found, what was wanted and what to do.
  // INVALID_ARGUMENT: no plugin at all. UNSUPPORTED: one that this host cannot use. INTERNAL: one
  // that crashed, hung, exited or threw when it was asked, or whose table breaks the ABI. `log`
  // must outlive the plugin.
  static Result<std::shared_ptr<Plugin>> load(const std::string& path, const LoadOptions& options,
                                              const Log& log);
  // Around a table that is part of this program, eg in a test. Of `options` only `check` counts.
  static Result<std::shared_ptr<Plugin>> around(const bp_plugin_t* table,
                                                const LoadOptions& options, const Log& log);
  ~Plugin();  // a logical close: unload() is called, the library stays mapped

  const bp_plugin_t& table() const { return *table_; }
  const bp_host_t* host() const { return services_->table(); }
  const HostServices& services() const { return *services_; }
  const std::string& path() const { return path_; }
  const Log& log() const { return log_; }

  // A failed call's status with the plugin's own words: "<plugin id>: <function>: <explanation>".
  // Takes the explanation: a caller that may have left an older one clears it before its call.
  Status failure(bp_status_t status, const char* function) const;

 private:
  Plugin(std::string path, const Log& log);
  Status start(const LoadOptions& options);
  void put_checks_between(Checking closeness);

  std::string path_;
  const Log& log_;
  std::unique_ptr<HostServices> services_;
  std::unique_ptr<Library> library_;
  std::unique_ptr<check::Layer> layer_;
  const bp_plugin_t* table_ = nullptr;
};

}  // namespace backplane
