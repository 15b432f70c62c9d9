#include "loader/registry.hpp"

#include <algorithm>

#include "loader/manifest.hpp"
#include "loader/search_path.hpp"
#include "loader/version.hpp"
#include "support/checking.hpp"
#include "support/environment.hpp"

namespace backplane {
namespace {

void warn_of_unknown_checking(const Log& log) {
  const char* const value = environment("BACKPLANE_CHECK");
  if (value == nullptr || *value == '\0' || parse_checking(value).has_value()) return;
  log.write(BP_LOG_WARNING, "loader",
            std::string("BACKPLANE_CHECK is \"") + value + "\", and not " + kCheckingValues +
                "; it is ignored");
}

bool entry_is_newer(const Registry::Entry& a, const Registry::Entry& b) {
  const Result<Version> a_version = parse_version(a.version);
  const Result<Version> b_version = parse_version(b.version);
  return a_version.ok() && b_version.ok() && is_newer(*a_version, *b_version);
}

std::string name_of(const Registry::Entry& entry) { return entry.id + " " + entry.version; }

}  // namespace

Registry::Registry(RegistryOptions options, const Log& log)
    : options_(std::move(options)), log_(log) {
  warn_of_unknown_checking(log_);
  options_.load.check = std::max(options_.load.check, checking_wanted());
}

void Registry::find_plugins() {
  for (const std::string& path : find_plugin_files(options_.plugin_path, log_)) {
    const Status status = add(path);
    if (!status.ok()) log_.write(BP_LOG_INFO, "loader", "refused: " + status.text());
  }
}

Status Registry::load(const std::string& path) { return add(path); }

// A file that was tried before is tried again unless it is in use.
Registry::Entry& Registry::entry_of(const std::string& path) {
  for (const std::unique_ptr<Entry>& entry : entries_)
    if (is_same_file(entry->path, path)) return *entry;
  entries_.push_back(std::make_unique<Entry>());
  entries_.back()->path = path;
  return *entries_.back();
}

Status Registry::add(const std::string& path) {
  Entry& entry = entry_of(real_path(path));
  if (entry.plugin != nullptr) return {};
  Status status = check_allowed(entry.path, options_.allowed_folders).in(entry.path);
  if (status.ok()) status = read_manifest_of(entry);
  if (status.ok()) status = open_plugin(entry);
  entry.refusal = status.text();
  return status;
}

// What can be refused without opening the file.
Status Registry::read_manifest_of(Entry& entry) {
  const Result<Manifest> manifest = read_manifest(entry.path);
  if (!manifest.ok()) {
    const bool is_absent = manifest.status().code() == BP_STATUS_NOT_READY;
    log_.write(is_absent ? BP_LOG_DEBUG : BP_LOG_WARNING, "loader",
               "manifest " + manifest.status().text() + (is_absent ? "" : "; it is not used"));
    return {};
  }
  entry.id = manifest->id;
  entry.version = manifest->version;
  const bp_version_t own = {BP_ABI_MAJOR, BP_ABI_MINOR};
  if (!host_takes(own, manifest->abi))
    return unsupported(entry.path + ": its manifest says ABI " + to_text(manifest->abi) +
                       "; this host speaks " + to_text(own) + " and takes " + taken_by(own));
  return keep_newest(entry);
}

Status Registry::open_plugin(Entry& entry) {
  Result<std::shared_ptr<Plugin>> plugin = Plugin::load(entry.path, options_.load, log_);
  if (!plugin.ok()) return plugin.status();
  const bp_plugin_t& table = (*plugin)->table();
  if (!entry.id.empty() && (entry.id != table.id || entry.version != table.version))
    log_.write(BP_LOG_WARNING, "loader",
               entry.path + ": its manifest says " + name_of(entry) + ", the plugin itself " +
                   table.id + " " + table.version + ", which counts");
  entry.id = table.id;
  entry.version = table.version;
  if (Status status = keep_newest(entry); !status.ok()) return status;
  retire_older(entry);
  entry.plugin = plugin.take();
  return {};
}

Registry::Entry* Registry::in_use(const std::string& id) {
  for (const std::unique_ptr<Entry>& entry : entries_)
    if (entry->plugin != nullptr && entry->id == id) return entry.get();
  return nullptr;
}

bool Registry::was_asked(const Entry& entry) const {
  return std::find(asked_.begin(), asked_.end(), &entry) != asked_.end();
}

// UNSUPPORTED when another plugin of the same id is the better one, or can no longer be replaced.
Status Registry::keep_newest(const Entry& entry) {
  const Entry* const other = in_use(entry.id);
  if (other == nullptr || other == &entry) return {};
  const std::string chosen = name_of(*other) + " is used, from " + other->path + ", ";
  if (entry_is_newer(*other, entry))
    return unsupported(entry.path + ": " + chosen + "which is newer than " + entry.version);
  if (!entry_is_newer(entry, *other))
    return unsupported(entry.path + ": " + chosen +
                       "which has the same version and was found first");
  if (was_asked(*other))
    return unsupported(entry.path + ": " + chosen + "and its devices are known already; load " +
                       entry.version + " before they are asked for");
  return {};
}

void Registry::retire_older(const Entry& newer) {
  Entry* const older = in_use(newer.id);
  if (older == nullptr || older == &newer) return;
  older->refusal = older->path + ": " + name_of(newer) + " is used, from " + newer.path +
                   ", which is newer than " + older->version;
  log_.write(BP_LOG_INFO, "loader", "retired: " + older->refusal);
  older->plugin.reset();
}

}  // namespace backplane
