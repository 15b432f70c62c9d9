#include "loader/plugin.hpp"

#include <filesystem>
#include <functional>

#include "check/layer.hpp"
#include "loader/ask.hpp"
#include "loader/elf_file.hpp"
#include "loader/library.hpp"
#include "loader/probe.hpp"
#include "loader/text.hpp"

namespace backplane {
namespace {

constexpr char kEntry[] = "bp_plugin_query";

// What the ABI wants of the file and the dynamic linker does not: said, and loaded all the same.
void warn_of_file(const ElfFile& file, const std::string& path, const Log& log) {
  std::vector<std::string> others;
  for (const std::string& symbol : file.defined_symbols)
    if (symbol != kEntry) others.push_back(symbol);
  if (!others.empty())
    log.write(BP_LOG_WARNING, "loader",
              path + ": it exports more than " + kEntry + ": " + printable(joined(others)) +
                  "; other libraries' symbols can clash with these [BP-PLUGIN-4]");
  if (file.has_text_relocations)
    log.write(BP_LOG_WARNING, "loader",
              path + ": it has text relocations, which some systems refuse; compile it with -fPIC");
}

Status check_file(const std::string& path, const Log& log) {
  const Result<ElfFile> file = read_elf_file(path);
  if (!file.ok()) return file.status();
  Status status = check_plugin_file(*file);
  if (status.ok()) warn_of_file(*file, path, log);
  return status;
}

ProbeRequest probe_request(const std::string& path, const LoadOptions& options) {
  ProbeRequest request;
  request.plugin = path;
  request.program = options.probe_program.empty() ? default_probe_program() : options.probe_program;
  request.deep_bind = options.deep_bind;
  request.timeout_ns = options.probe_timeout_ns;
  return request;
}

check::Options report_to(const Log& log) {
  check::Options options;
  options.report = [&log](const check::Violation& violation) {
    log.write(BP_LOG_ERROR, "check",
              std::string(violation.rule) + ": " + violation.function + ": " + violation.text);
  };
  return options;
}

std::function<void(const std::vector<check::CallTime>&)> times_to(const Log& log,
                                                                  const std::string& id) {
  return [&log, id](const std::vector<check::CallTime>& times) {
    log.write(BP_LOG_INFO, "check", id + ": time in its functions, the longest in all first");
    for (const check::CallTime& time : times) log.write(BP_LOG_INFO, "check", check::text_of(time));
  };
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path result = std::filesystem::absolute(path, error);
  return error ? path : result.lexically_normal().string();
}

}  // namespace

Plugin::Plugin(std::string path, const Log& log)
    : path_(std::move(path)),
      log_(log),
      services_(
          std::make_unique<HostServices>(log, std::filesystem::path(path_).filename().string())) {}

Result<std::shared_ptr<Plugin>> Plugin::load(const std::string& path, const LoadOptions& options,
                                             const Log& log) {
  std::shared_ptr<Plugin> plugin(new Plugin(absolute(path), log));
  const Status status = plugin->start(options).in(plugin->path());
  log.write(BP_LOG_DEBUG, "loader", status.ok() ? plugin->path() + ": loaded" : status.text());
  if (!status.ok()) return status;
  return plugin;
}

Status Plugin::start(const LoadOptions& options) {
  if (Status status = check_file(path_, log_); !status.ok()) return status;
  if (options.probe) {
    if (Status status = probe_plugin(probe_request(path_, options), log_); !status.ok())
      return status;
  }
  Result<AskedPlugin> asked = ask_plugin(path_, options.deep_bind, host(), [](Stage) {});
  if (!asked.ok()) return asked.status();
  library_ = std::move(asked->library);
  table_ = asked->table;
  services_->set_source(table_->id);
  if (options.check != Checking::kNone) put_checks_between(options.check);
  return {};
}

void Plugin::put_checks_between(Checking closeness) {
  check::Options options = report_to(log_);
  if (closeness == Checking::kRulesAndTimes) options.times = times_to(log_, table_->id);
  auto layer = std::make_unique<check::Layer>(table_, std::move(options));
  if (layer->table() == nullptr)
    return log_.write(BP_LOG_WARNING, "loader",
                      path_ + ": not checked: as many plugins are as can be at once");
  layer_ = std::move(layer);
  table_ = layer_->table();
}

Plugin::~Plugin() {
  if (table_ == nullptr) return;
  const std::string id = table_->id;
  if (table_->unload != nullptr) table_->unload();
  layer_.reset();
  if (services_->allocated_blocks() != 0)
    log_.write(BP_LOG_WARNING, "loader",
               id + ": " + std::to_string(services_->allocated_blocks()) +
                   (services_->allocated_blocks() == 1 ? " block" : " blocks") +
                   " of host memory (" + std::to_string(services_->allocated_bytes()) +
                   " bytes) were not given back");
}

Status Plugin::failure(bp_status_t status, const char* function) const {
  const std::string context = std::string(table_->id) + ": " + function + ": ";
  std::string words = explanation();
  clear_explanation();
  if (words.empty()) words = std::string(status_text(status)) + " (the plugin gave no reason)";
  if (!is_known_status(status))
    return internal(context + "returned status " + std::to_string(status) +
                    ", which is none: " + words);
  return {status, context + words};
}

}  // namespace backplane
