// `backplane list`: the plugins on the search path, their devices, and why a plugin is not used.
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "describe.hpp"
#include "loader/device_info.hpp"
#include "loader/text.hpp"

namespace backplane {
namespace {

struct ListOptions {
  std::string plugin_path;
  bool as_json = false;
};

void print_plugins(const Registry& registry) {
  std::vector<std::vector<std::string>> rows = {{"PLUGIN", "VERSION", "FILE"}};
  for (const auto& entry : registry.entries())
    if (entry->plugin != nullptr) rows.push_back({entry->id, entry->version, entry->path});
  if (rows.size() > 1)
    print_table(rows);
  else
    std::printf(
        "No plugin. BACKPLANE_PLUGIN_PATH names folders and files, ':' between them; "
        "BACKPLANE_LOG=loader shows the search.\n");
}

void print_devices(const std::vector<Registry::DeviceEntry>& devices) {
  std::vector<std::vector<std::string>> rows = {{"DEVICE", "KIND", "MEMORY", "FLAGS", "NAME"}};
  for (const Registry::DeviceEntry& device : devices)
    rows.push_back({device.selector, device_kind_name(device.info->kind),
                    memory_in_words(*device.info), flags_in_words(*device.info),
                    printable(device.info->name)});
  if (rows.size() == 1) return;
  std::printf("\n");
  print_table(rows);
}

void print_refusals(const Registry& registry) {
  bool is_first = true;
  for (const auto& entry : registry.entries()) {
    if (entry->refusal.empty()) continue;
    if (is_first) std::printf("\n%s\n", coloured(Colour::kBad, "NOT USED").c_str());
    is_first = false;
    std::printf("%s\n", entry->refusal.c_str());
  }
}

void print_as_json(Registry& registry) {
  Json json = {{"plugins", Json::array()}, {"devices", Json::array()}};
  for (const auto& entry : registry.entries()) json["plugins"].push_back(plugin_as_json(*entry));
  for (const auto& device : registry.devices()) json["devices"].push_back(device_as_json(device));
  print_json(json);
}

int list(const ListOptions& wanted) {
  const Log log;
  RegistryOptions options;
  options.plugin_path = wanted.plugin_path;
  Registry registry(options, log);
  registry.find_plugins();
  if (wanted.as_json) {
    print_as_json(registry);
    return 0;
  }
  print_plugins(registry);
  print_devices(registry.devices());
  print_refusals(registry);
  return 0;
}

}  // namespace

void add_list_command(CLI::App& app, int* exit_code) {
  auto wanted = std::make_shared<ListOptions>();
  CLI::App* const command =
      app.add_subcommand("list", "Plugins, their devices, and why a plugin is not used");
  command->add_option("--plugin-path", wanted->plugin_path,
                      "Folders and files, ':' between them, in place of BACKPLANE_PLUGIN_PATH");
  command->add_flag("--json", wanted->as_json, "As JSON");
  command->footer("Examples:\n  backplane list\n  backplane list --plugin-path ./build --json");
  command->callback([wanted, exit_code] { *exit_code = list(*wanted); });
}

}  // namespace backplane
