// `backplane inspect FILE`: everything that one plugin's file says of itself.
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "describe.hpp"
#include "loader/device_info.hpp"
#include "loader/elf_file.hpp"
#include "loader/manifest.hpp"
#include "loader/tables.hpp"
#include "loader/text.hpp"
#include "loader/version.hpp"

namespace backplane {
namespace {

struct InspectOptions {
  std::string file;
  bool as_json = false;
};

void print_line(const char* name, const std::string& text) {
  const std::string label = std::string(name) + std::string(20 - std::string(name).size(), ' ');
  std::printf("%s%s\n", coloured(Colour::kHeading, label).c_str(), text.c_str());
}

std::string list_or(const std::vector<std::string>& names, const char* otherwise) {
  return names.empty() ? otherwise : printable(joined(names), 2000);
}

std::string function_name(const TableFunction& function) {
  return function.table == Table::kPlugin
             ? function.name
             : std::string(table_name(function.table)) + "." + function.name;
}

// The optional functions that the plugin has, or those that it lacks.
std::vector<std::string> optional_functions(const bp_plugin_t& plugin, bool present) {
  std::vector<std::string> names;
  for (const TableFunction& function : table_functions()) {
    const bool is_optional = function.need == Need::kOptional ||
                             (function.need == Need::kWithStreams && plugin.stream == nullptr);
    if (is_optional && has_function(plugin, function) == present)
      names.push_back(function_name(function));
  }
  return names;
}

void print_elf(const ElfFile& file) {
  print_line("format", std::to_string(file.bits) + "-bit " + file.machine +
                           (file.is_shared_object ? " shared library" : ", no shared library"));
  if (!file.soname.empty()) print_line("soname", printable(file.soname));
  if (!file.run_path.empty()) print_line("run path", printable(file.run_path));
  print_line("needs", list_or(file.needed, "no library"));
  print_line("exports", list_or(file.defined_symbols, "nothing"));
  print_line("takes from others", std::to_string(file.undefined_symbols.size()) + " symbols");
  print_line("text relocations", file.has_text_relocations ? "yes" : "none");
}

Json elf_as_json(const ElfFile& file) {
  return {{"bits", file.bits},
          {"machine", file.machine},
          {"is_for_this_machine", file.is_for_this_machine},
          {"is_shared_object", file.is_shared_object},
          {"soname", file.soname},
          {"run_path", file.run_path},
          {"needed", file.needed},
          {"defined_symbols", file.defined_symbols},
          {"undefined_symbols", file.undefined_symbols},
          {"has_text_relocations", file.has_text_relocations}};
}

std::string manifest_in_words(const std::string& path) {
  const Result<Manifest> manifest = read_manifest(path);
  if (!manifest.ok())
    return manifest.status().code() == BP_STATUS_NOT_READY ? "none" : manifest.status().text();
  return manifest->id + " " + manifest->version + ", ABI " + to_text(manifest->abi);
}

void print_plugin(const bp_plugin_t& plugin) {
  print_line("plugin", std::string(plugin.id) + " " + plugin.version);
  print_line("vendor", printable(plugin.vendor));
  print_line("ABI", to_text(plugin.abi));
  print_line("build", *plugin.build_id != '\0' ? printable(plugin.build_id) : "not said");
  print_line("streams", plugin.stream != nullptr ? "yes" : "no: its devices are synchronous");
  print_line("optional, there", list_or(optional_functions(plugin, true), "none"));
  print_line("optional, absent", list_or(optional_functions(plugin, false), "none"));
}

void print_device(const Registry::DeviceEntry& device) {
  const bp_device_info_t& info = *device.info;
  std::printf("\n");
  print_line("device", device.selector);
  print_line("name", printable(info.name));
  print_line("kind", device_kind_name(info.kind));
  print_line("architecture", printable(info.architecture));
  print_line("driver", printable(info.driver_version));
  print_line("uuid", *info.uuid != '\0' ? printable(info.uuid) : "none");
  if (*info.bus_address != '\0') print_line("bus address", printable(info.bus_address));
  print_line("flags", flags_in_words(info));
  print_line("memory", memory_in_words(info));
  print_line("largest buffer", bytes_in_words(info.max_buffer_size));
  print_line("alignments", "buffers " + std::to_string(info.buffer_alignment) + ", offsets " +
                               std::to_string(info.offset_alignment) + ", preferred " +
                               std::to_string(info.preferred_alignment) + ", padding " +
                               std::to_string(info.tensor_padding));
  if ((info.flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0) return;
  print_line("stream depth", std::to_string(info.stream_depth));
  print_line("capture size", bytes_in_words(info.capture_size));
  print_line("wait limit",
             info.wait_limit_ns == 0 ? "none" : std::to_string(info.wait_limit_ns) + " ns");
}

// Every refusal begins with the path, which stands above already.
std::string without_path(const std::string& refusal, const std::string& path) {
  const bool has_path = refusal.compare(0, path.size() + 2, path + ": ") == 0;
  return has_path ? refusal.substr(path.size() + 2) : refusal;
}

int print_all(Registry& registry, const Result<ElfFile>& elf, const Status& loaded) {
  const Registry::Entry& entry = *registry.entries().front();
  print_line("file", entry.path);
  if (elf.ok()) print_elf(*elf);
  print_line("manifest", manifest_in_words(entry.path));
  if (!loaded.ok()) {
    print_line("refused", coloured(Colour::kBad, without_path(loaded.text(), entry.path)));
    return 1;
  }
  print_plugin(entry.plugin->table());
  for (const Registry::DeviceEntry& device : registry.devices()) print_device(device);
  if (registry.devices().empty())
    std::printf("\nNo device. BACKPLANE_LOG=loader says why, if the plugin does.\n");
  return 0;
}

int print_all_as_json(Registry& registry, const Result<ElfFile>& elf, const Status& loaded) {
  const Registry::Entry& entry = *registry.entries().front();
  Json json = plugin_as_json(entry);
  json["file"] = elf.ok() ? elf_as_json(*elf) : Json();
  json["manifest"] = manifest_in_words(entry.path);
  json["devices"] = Json::array();
  if (loaded.ok()) {
    json["optional_functions"] = optional_functions(entry.plugin->table(), true);
    json["absent_functions"] = optional_functions(entry.plugin->table(), false);
    for (const auto& device : registry.devices()) json["devices"].push_back(device_as_json(device));
  }
  print_json(json);
  return loaded.ok() ? 0 : 1;
}

int inspect(const InspectOptions& wanted) {
  const Log log;
  Registry registry({}, log);
  const Result<ElfFile> elf = read_elf_file(wanted.file);
  const Status loaded = registry.load(wanted.file);
  return wanted.as_json ? print_all_as_json(registry, elf, loaded)
                        : print_all(registry, elf, loaded);
}

}  // namespace

void add_inspect_command(CLI::App& app, int* exit_code) {
  auto wanted = std::make_shared<InspectOptions>();
  CLI::App* const command =
      app.add_subcommand("inspect", "What one plugin's file says of itself; 1 if it is refused");
  command->add_option("file", wanted->file, "The plugin, eg libbp_acme.so")->required();
  command->add_flag("--json", wanted->as_json, "As JSON");
  command->footer(
      "Examples:\n  backplane inspect ./libbp_acme.so\n"
      "  backplane inspect ./libbp_acme.so --json");
  command->callback([wanted, exit_code] { *exit_code = inspect(*wanted); });
}

}  // namespace backplane
