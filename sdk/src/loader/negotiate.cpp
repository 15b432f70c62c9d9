#include "loader/negotiate.hpp"

#include <string>
#include <string_view>

#include "loader/tables.hpp"
#include "loader/text.hpp"
#include "loader/version.hpp"

namespace backplane {
namespace {

// The layout up to here is the same in every major version.
constexpr size_t kEndOfVersion = offsetof(bp_plugin_t, version) + sizeof(bp_plugin_t::version);

std::string name_of(const bp_plugin_t& plugin) {
  std::string name = plugin.id != nullptr ? printable(plugin.id, 100) : "a plugin without id";
  return plugin.version != nullptr ? name + " " + printable(plugin.version, 60) : name;
}

Status check_version(const bp_plugin_t& plugin, const HostTraits& host) {
  if (plugin.struct_size < kEndOfVersion)
    return internal("bp_plugin_t::struct_size is " + std::to_string(plugin.struct_size) +
                    ", too small for the fields that every version has (" +
                    std::to_string(kEndOfVersion) + " bytes)");
  if (host_takes(host.abi, plugin.abi)) return {};
  return unsupported(name_of(plugin) + " was built for ABI " + to_text(plugin.abi) +
                     "; this host speaks " + to_text(host.abi) + " and takes " +
                     taken_by(host.abi) +
                     ": get a build of the plugin for it, or another Backplane");
}

Status check_size(const bp_plugin_t& plugin, Table table) {
  const uint32_t size = table_size(plugin, table);
  const uint32_t least = least_size(table);
  if (size >= least) return {};
  return internal(std::string("the ") + table_name(table) + " table's struct_size is " +
                  std::to_string(size) + ", and that of ABI 0.2 is " + std::to_string(least) +
                  ": set it to sizeof, and build against its headers");
}

struct RequiredText {
  const char* name;
  const char* value;
};

Status check_texts(const bp_plugin_t& plugin) {
  const RequiredText texts[] = {{"id", plugin.id},
                                {"version", plugin.version},
                                {"vendor", plugin.vendor},
                                {"build_id", plugin.build_id}};
  for (const RequiredText& text : texts)
    if (text.value == nullptr)
      return internal(std::string("bp_plugin_t::") + text.name + " is NULL; it must be a text");
  if (!is_reverse_dns(plugin.id))
    return internal("the id \"" + printable(plugin.id, 100) +
                    "\" is no reverse DNS name, as \"com.acme.x100\" is");
  const Result<Version> version = parse_version(plugin.version);
  return version.ok() ? Status() : internal(version.status().text());
}

std::string sanitizer_names(bp_sanitizers_t sanitizers) {
  std::string names;
  for (const auto& [bit, name] : {std::pair{BP_SANITIZER_ADDRESS, "AddressSanitizer"},
                                  std::pair{BP_SANITIZER_THREAD, "ThreadSanitizer"},
                                  std::pair{BP_SANITIZER_UNDEFINED, "UndefinedBehaviorSanitizer"}})
    if ((sanitizers & bit) != 0) names += (names.empty() ? "" : ", ") + std::string(name);
  return names.empty() ? "a sanitizer that this host does not know" : names;
}

Status check_sanitizers(const bp_plugin_t& plugin, const HostTraits& host) {
  const bp_sanitizers_t missing = plugin.sanitizers & ~host.sanitizers;
  if (missing == 0) return {};
  return unsupported("it was built with " + sanitizer_names(missing) +
                     ", and this host was not; build both alike");
}

Status check_tables(const bp_plugin_t& plugin) {
  for (const Table table : {Table::kMemory, Table::kKernel, Table::kStream}) {
    const bool is_there = table_of(plugin, table) != nullptr;
    if (!is_there && table != Table::kStream)
      return internal(std::string("it has no ") + table_name(table) +
                      " table, which every plugin must have");
    if (!is_there) continue;
    if (Status status = check_size(plugin, table); !status.ok()) return status;
  }
  return {};
}

bool compiles_graphs(const bp_plugin_t& plugin) {
  return plugin.get_extension != nullptr && plugin.get_extension("bp.compile/1") != nullptr;
}

// Why the plugin must have a function, or nullptr when it need not.
const char* why_needed(const bp_plugin_t& plugin, Need need) {
  switch (need) {
    case Need::kAlways:
      return "every plugin must have it";
    case Need::kWithStreams:
      return plugin.stream != nullptr ? "a plugin with streams must have it" : nullptr;
    case Need::kUnlessItCompiles:
      return compiles_graphs(plugin) ? nullptr
                                     : "a plugin that does not offer \"bp.compile/1\" must have it";
    case Need::kOptional:
      break;
  }
  return nullptr;
}

Status check_functions(const bp_plugin_t& plugin) {
  for (const TableFunction& function : table_functions()) {
    if (has_function(plugin, function)) continue;
    if (const char* const why = why_needed(plugin, function.need))
      return internal(std::string("its function ") + function.name + " (" +
                      table_name(function.table) + " table) is NULL; " + why);
  }
  return {};
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

Status negotiate(const bp_plugin_t& plugin, const HostTraits& host) {
  if (Status status = check_version(plugin, host); !status.ok()) return status;
  if (Status status = check_size(plugin, Table::kPlugin); !status.ok()) return status;
  if (Status status = check_texts(plugin); !status.ok()) return status;
  if (Status status = check_sanitizers(plugin, host); !status.ok()) return status;
  if (Status status = check_tables(plugin); !status.ok()) return status;
  return check_functions(plugin);
}

bool is_reverse_dns(const char* id) {
  bool has_dot = false;
  size_t word_length = 0;
  for (const char c : std::string_view(id)) {
    if (c == '.' && word_length == 0) return false;
    if (c != '.' && !is_id_character(c)) return false;
    has_dot = has_dot || c == '.';
    word_length = c == '.' ? 0 : word_length + 1;
  }
  return has_dot && word_length != 0;
}

}  // namespace backplane
