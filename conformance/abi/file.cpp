// What the plugin's file says of itself, without opening it.
#include <algorithm>

#include "abi/cases.hpp"
#include "loader/elf_file.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

ElfFile file_of(Subject& subject) {
  Result<ElfFile> file = read_elf_file(subject.path());
  if (!file.ok()) fail(file.status().text());
  return file.take();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 5; ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > 5 ? text + " and " + std::to_string(names.size() - 5) + " more" : text;
}

void is_for_this_machine(Subject& subject) {
  const ElfFile file = file_of(subject);
  require(file.is_for_this_machine && file.is_shared_object,
          "it is no shared object for this machine, but for " + file.machine);
}

void one_symbol(Subject& subject) {
  const ElfFile file = file_of(subject);
  require(file.defines("bp_plugin_query"), "it does not export bp_plugin_query");
  std::vector<std::string> others = file.defined_symbols;
  others.erase(std::remove(others.begin(), others.end(), "bp_plugin_query"), others.end());
  require(others.empty(),
          "besides bp_plugin_query it exports " + listed(others) +
              "; hide them with a version script (global: bp_plugin_query; local: *;)");
}

// Names that only a host could define: its own C API, its C++, or anything else that begins "bp_".
bool is_of_a_host(const std::string& symbol) {
  return symbol.rfind("bp_", 0) == 0 || symbol.rfind("_ZN9backplane", 0) == 0 ||
         symbol.rfind("_ZNK9backplane", 0) == 0;
}

void nothing_of_a_host(Subject& subject) {
  const ElfFile file = file_of(subject);
  std::vector<std::string> wanted;
  std::copy_if(file.undefined_symbols.begin(), file.undefined_symbols.end(),
               std::back_inserter(wanted), is_of_a_host);
  require(wanted.empty(), "it wants symbols of a host: " + listed(wanted));
  for (const std::string& library : file.needed)
    require(library.rfind("libbackplane", 0) != 0, "it is linked with " + library);
}

void no_text_relocations(Subject& subject) {
  require(!file_of(subject).has_text_relocations,
          "it has text relocations; compile every part of it with -fPIC");
}

const AbiCase kCases[] = {
    {"load/file-is-for-this-machine", "", "the file is a shared object for this machine",
     is_for_this_machine},
    {"load/file-exports-one-symbol", "BP-PLUGIN-4", "bp_plugin_query is the only exported symbol",
     one_symbol},
    {"load/file-needs-nothing-of-a-host", "BP-PLUGIN-6",
     "no symbol and no library of a host is wanted", nothing_of_a_host},
    {"load/file-has-no-text-relocations", "", "its code can be shared between processes",
     no_text_relocations},
};

}  // namespace

std::vector<AbiCase> file_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
