// What a shared library says of itself, read without opening it as one: no code of it runs.
#pragma once

#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane {

struct ElfFile {
  uint32_t bits = 0;    // 32 or 64
  std::string machine;  // "x86-64"
  bool is_for_this_machine = false;
  bool is_shared_object = false;
  // Empty when the file is for another machine, or no shared object.
  std::string soname;
  std::string run_path;  // where it looks for the libraries that it needs
  std::vector<std::string> needed;
  std::vector<std::string> defined_symbols;    // what it exports; version nodes are none
  std::vector<std::string> undefined_symbols;  // what others must bring, weak ones included
  bool has_text_relocations = false;

  bool defines(const std::string& symbol) const;
  bool lacks(const std::string& symbol) const;  // it is among undefined_symbols
};

// INVALID_ARGUMENT when there is no such file, it cannot be read, or it is no whole ELF file. Any
// bytes are survived.
Result<ElfFile> read_elf_file(const std::string& path);

// BP_OK when the dynamic linker of this process might open it and it exports bp_plugin_query.
Status check_plugin_file(const ElfFile& file);

}  // namespace backplane
