// Which hosts a plugin works with, and what it answers to the others: each case in a worker of its
// own that has not opened the plugin yet.
#include <cstddef>
#include <cstring>

#include "abi/cases.hpp"
#include "abi/opening.hpp"
#include "abi/plugin_file.hpp"
#include "loader/negotiate.hpp"
#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

std::string text_of(const bp_version_t& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

// The table of a host of another version: its own fields first, then `later` bytes that mean
// nothing to a plugin of today, and that are no pointer to anything.
class OtherHost {
 public:
  OtherHost(Subject& subject, bp_version_t abi, uint32_t later) {
    bp_host_t host = *subject.host().table();
    host.abi = abi;
    host.struct_size += later;
    char* const start = page_.at_end(sizeof host + later);
    std::memset(start, 0xa5, sizeof host + later);
    std::memcpy(start, &host, sizeof host);
    table_ = reinterpret_cast<const bp_host_t*>(start);
  }
  const bp_host_t* table() const { return table_; }

 private:
  GuardedBytes page_;
  const bp_host_t* table_;
};

void later_hosts(Subject& subject) {
  const PluginFile file(subject);
  for (uint32_t minor : {BP_ABI_MINOR + 1, BP_ABI_MINOR + 7, UINT32_MAX}) {
    const OtherHost host(subject, {BP_ABI_MAJOR, minor}, 64);
    const bp_plugin_t* plugin = file.query(host.table());
    require(plugin != nullptr, "bp_plugin_query refused a host of ABI " +
                                   text_of(host.table()->abi) + subject.words());
    use_every_device(subject, *plugin, host.table());
  }
}

// A host below 0.2, or of an older minor later on: NULL and both versions, or a table that says of
// itself what it is.
void older_hosts(Subject& subject) {
  const PluginFile file(subject);
  for (uint32_t minor = 0; minor < BP_ABI_MINOR; ++minor) {
    const OtherHost host(subject, {BP_ABI_MAJOR, minor}, 0);
    const bp_plugin_t* plugin = file.query(host.table());
    const std::string words = subject.host().take_explanation();
    if (plugin != nullptr) continue;  // and load/speaks-this-abi looks at what it says
    require(words.find(text_of(host.table()->abi)) != std::string::npos,
            "bp_plugin_query gave NULL to a host of ABI " + text_of(host.table()->abi) +
                ", but its explanation \"" + words + "\" does not name that version");
  }
}

// The layout of another major is known up to `explain`, and no further.
void explain_alone(Subject& subject) {
  const PluginFile file(subject);
  const GuardedBytes page;
  constexpr size_t kKnown = offsetof(bp_host_t, log);
  for (uint32_t major : {BP_ABI_MAJOR + 1, UINT32_MAX}) {
    bp_host_t host = *subject.host().table();
    host.abi = {major, 0};
    host.struct_size = kKnown;
    char* const start = page.at_end(kKnown);
    std::memcpy(start, &host, kKnown);
    require(file.query(reinterpret_cast<const bp_host_t*>(start)) == nullptr,
            "bp_plugin_query took a host of ABI " + text_of(host.abi));
    require(!subject.host().take_explanation().empty(),
            "bp_plugin_query gave NULL without an explanation");
  }
}

void after_a_refusal(Subject& subject) {
  const PluginFile file(subject);
  bp_host_t foreign = *subject.host().table();
  foreign.abi = {BP_ABI_MAJOR + 41, 7};
  file.query(&foreign);
  const bp_plugin_t* plugin = file.query(subject.host().table());
  require(plugin != nullptr,
          "bp_plugin_query refuses this host after it was asked by one of another ABI" +
              subject.words());
  use_every_device(subject, *plugin, subject.host().table());
}

void speaks_this_abi(Subject& subject) {
  const PluginFile file(subject);
  const bp_version_t abi = answer(subject, file)->abi;
  const bool is_in_range = abi.major == BP_ABI_MAJOR &&
                           (abi.major != 0 || (abi.minor >= 2 && abi.minor <= BP_ABI_MINOR));
  require(is_in_range, "it was built for ABI " + text_of(abi) + ", which no host of " +
                           text_of({BP_ABI_MAJOR, BP_ABI_MINOR}) + " loads");
}

void tables_are_whole(Subject& subject) {
  const PluginFile file(subject);
  const Status status = negotiate(*answer(subject, file), HostTraits());
  require(status.ok(), status.text());
}

void host_is_not_written(Subject& subject) {
  const PluginFile file(subject);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "the suite has no memory");
  std::memcpy(memory, subject.host().table(), sizeof(bp_host_t));
  mprotect(memory, page, PROT_READ);
  const auto* host = static_cast<const bp_host_t*>(memory);
  const bp_plugin_t* plugin = file.query(host);
  require(plugin != nullptr, "bp_plugin_query gave NULL" + subject.words());
  use_every_device(subject, *plugin, host);
}

// Each known extension's functions, none of which may be NULL.
struct Extension {
  const char* id;
  size_t function_count;  // right after struct_size
};

// The table of a known extension; NULL where the plugin has none.
const char* table_of(const bp_plugin_t& plugin, const Extension& extension) {
  return static_cast<const char*>(plugin.get_extension(extension.id));
}

void require_functions(const Extension& extension, const char* table) {
  for (size_t i = 0; i < extension.function_count; ++i) {
    void* function = nullptr;
    std::memcpy(&function, table + sizeof(void*) * (i + 1), sizeof function);
    require(function != nullptr,
            std::string("function ") + std::to_string(i) + " of " + extension.id + " is NULL");
  }
}

void extensions(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  if (!BP_HAS(bp_plugin_t, plugin, get_extension) || plugin->get_extension == nullptr)
    unsupported("the plugin does without get_extension");
  constexpr Extension kKnown[] = {{"bp.graph-pass/1", 3}, {"bp.compile/1", 0}, {"bp.layout/1", 0}};
  bool has_any = false;
  for (const Extension& extension : kKnown) {
    const char* table = table_of(*plugin, extension);
    if (table == nullptr) continue;
    has_any = true;
    require_functions(extension, table);
    use_every_device(subject, *plugin, subject.host().table());
    require(table_of(*plugin, extension) == table,
            std::string(extension.id) + " is at another place than before");
  }
  if (!has_any) unsupported("the plugin has none of the known extensions");
}

const AbiCase kCases[] = {
    {"load/later-hosts-are-served", "BP-BASE-1,BP-PLUGIN-5",
     "a host of a later minor version, its table longer and set to something, is served in full",
     later_hosts},
    {"load/older-hosts-get-an-answer", "BP-PLUGIN-5",
     "a host of a minor version before 0.2 gets a table, or NULL and both versions in words",
     older_hosts},
    {"load/refuses-with-explain-alone", "BP-PLUGIN-5",
     "a refusal uses nothing of a host of another major version but explain", explain_alone},
    {"load/answers-after-a-refusal", "BP-PLUGIN-5,BP-PLUGIN-9",
     "a host that comes after one of another major version is served", after_a_refusal},
    {"load/speaks-this-abi", "", "the version that it was built for is one that this host loads",
     speaks_this_abi},
    {"load/tables-are-whole", "",
     "every table is there, no shorter than in 0.2, and has the functions that it must have",
     tables_are_whole},
    {"load/host-table-is-not-written", "BP-BASE-8", "the host's table may lie in read-only memory",
     host_is_not_written},
    {"load/extensions-are-constant", "BP-PLUGIN-7",
     "an extension has all its functions, and is at the same place again", extensions},
};

}  // namespace

std::vector<AbiCase> negotiation_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
