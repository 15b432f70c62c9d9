#include "loader/elf_file.hpp"

#include <backplane/plugin.h>
#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

// The linker's name for the ELF header of the file that this code is in.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace backplane {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  ~FileDescriptor() {
    if (value_ >= 0) close(value_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};

struct MachineName {
  uint16_t machine;
  const char* name;
};
constexpr MachineName kMachineNames[] = {
    {EM_X86_64, "x86-64"}, {EM_386, "x86"},         {EM_AARCH64, "AArch64"}, {EM_ARM, "ARM"},
    {EM_RISCV, "RISC-V"},  {EM_PPC64, "PowerPC64"}, {EM_S390, "S/390"},      {EM_MIPS, "MIPS"},
};

std::string machine_name(const GElf_Ehdr& header) {
  const auto* const found =
      std::find_if(std::begin(kMachineNames), std::end(kMachineNames),
                   [&](const MachineName& entry) { return entry.machine == header.e_machine; });
  std::string name = found != std::end(kMachineNames)
                         ? found->name
                         : "machine " + std::to_string(header.e_machine);
  return header.e_ident[EI_DATA] == ELFDATA2MSB ? name + " (big-endian)" : name;
}

bool is_like_this_process(const GElf_Ehdr& header) {
  return header.e_machine == __ehdr_start.e_machine &&
         header.e_ident[EI_CLASS] == __ehdr_start.e_ident[EI_CLASS] &&
         header.e_ident[EI_DATA] == __ehdr_start.e_ident[EI_DATA];
}

// The size of a regular file, or why there is none to read.
Result<uint64_t> regular_file_size(int descriptor) {
  struct stat facts = {};
  if (descriptor < 0 || fstat(descriptor, &facts) != 0)
    return invalid_argument(errno == ENOENT ? "there is no such file"
                                            : std::string("it cannot be read: ") + strerror(errno));
  if (S_ISDIR(facts.st_mode))
    return invalid_argument(
        "it is a folder; name the file in it, or put the folder in BACKPLANE_PLUGIN_PATH");
  if (!S_ISREG(facts.st_mode)) return invalid_argument("it is no regular file");
  if (facts.st_size == 0) return invalid_argument("it is empty");
  return static_cast<uint64_t>(facts.st_size);
}

Status cut_short(uint64_t size, const std::string& what) {
  return invalid_argument("it is cut short or damaged: " + what + " lies beyond its " +
                          std::to_string(size) + " bytes; copy it again");
}

// A string of one of the file's string tables; "" when there is none there.
std::string string_at(Elf* elf, size_t table, size_t offset) {
  const char* const text = elf_strptr(elf, table, offset);
  return text != nullptr ? text : "";
}

void read_dynamic_entry(Elf* elf, size_t strings, const GElf_Dyn& entry, ElfFile& file) {
  switch (entry.d_tag) {
    case DT_SONAME:
      file.soname = string_at(elf, strings, entry.d_un.d_val);
      break;
    case DT_NEEDED:
      file.needed.push_back(string_at(elf, strings, entry.d_un.d_val));
      break;
    case DT_RPATH:
    case DT_RUNPATH:
      file.run_path = string_at(elf, strings, entry.d_un.d_val);
      break;
    case DT_TEXTREL:
      file.has_text_relocations = true;
      break;
    case DT_FLAGS:
      if ((entry.d_un.d_val & DF_TEXTREL) != 0) file.has_text_relocations = true;
      break;
    case DT_FLAGS_1:
      if ((entry.d_un.d_val & DF_1_PIE) != 0) file.is_shared_object = false;
      break;
    default:
      break;
  }
}

void read_symbol(Elf* elf, size_t strings, const GElf_Sym& symbol, ElfFile& file) {
  const auto binding = GELF_ST_BIND(symbol.st_info);
  const auto visibility = GELF_ST_VISIBILITY(symbol.st_other);
  const bool is_version_node = symbol.st_shndx == SHN_ABS;
  if (binding == STB_LOCAL || is_version_node) return;
  const std::string name = string_at(elf, strings, symbol.st_name);
  if (symbol.st_shndx == SHN_UNDEF)
    file.undefined_symbols.push_back(name);
  else if (visibility == STV_DEFAULT || visibility == STV_PROTECTED)
    file.defined_symbols.push_back(name);
}

// Calls `take` with every entry of a section; false when the section's bytes cannot be had.
template <class Entry, class Get, class Take>
bool for_each_entry(Elf_Scn* section, size_t entry_size, Get get, Take take) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return false;
  const size_t count = std::min<size_t>(data->d_size / entry_size, INT32_MAX);
  for (size_t i = 0; i < count; ++i) {
    Entry entry;
    if (get(data, static_cast<int>(i), &entry) == nullptr) return false;
    if (!take(entry)) break;
  }
  return true;
}

bool read_dynamic(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, ElfFile& file) {
  return for_each_entry<GElf_Dyn>(section, gelf_fsize(elf, ELF_T_DYN, 1, EV_CURRENT), gelf_getdyn,
                                  [&](const GElf_Dyn& entry) {
                                    read_dynamic_entry(elf, header.sh_link, entry, file);
                                    return entry.d_tag != DT_NULL;
                                  });
}

bool read_symbols(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, ElfFile& file) {
  return for_each_entry<GElf_Sym>(section, gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT), gelf_getsym,
                                  [&](const GElf_Sym& symbol) {
                                    read_symbol(elf, header.sh_link, symbol, file);
                                    return true;
                                  });
}

bool read_section(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, ElfFile& file) {
  if (header.sh_type == SHT_DYNAMIC) return read_dynamic(elf, section, header, file);
  if (header.sh_type == SHT_DYNSYM) return read_symbols(elf, section, header, file);
  return true;
}

Status read_sections(Elf* elf, uint64_t size, ElfFile& file) {
  bool has_symbols = false;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return cut_short(size, "a section's header");
    if (!read_section(elf, section, header, file)) return cut_short(size, "a section");
    has_symbols = has_symbols || header.sh_type == SHT_DYNSYM;
  }
  if (!has_symbols)
    return invalid_argument("it has no table of dynamic symbols, so it can be no plugin");
  return {};
}

Status check_header_tables(const GElf_Ehdr& header, uint64_t size) {
  const uint64_t tables[][2] = {
      {header.e_shoff, uint64_t{header.e_shentsize} * header.e_shnum},
      {header.e_phoff, uint64_t{header.e_phentsize} * header.e_phnum},
  };
  for (const auto& [offset, length] : tables)
    if (offset > size || length > size - offset) return cut_short(size, "a table of its header");
  return {};
}

Result<ElfFile> read_elf(Elf* elf, uint64_t size) {
  GElf_Ehdr header;
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == nullptr)
    return invalid_argument("it is no ELF file, so no shared library");
  ElfFile file;
  file.bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
  file.machine = machine_name(header);
  file.is_for_this_machine = is_like_this_process(header);
  file.is_shared_object = header.e_type == ET_DYN;
  if (!file.is_for_this_machine || !file.is_shared_object) return file;
  Status status = check_header_tables(header, size);
  if (status.ok()) status = read_sections(elf, size, file);
  return status.ok() ? Result<ElfFile>(std::move(file)) : status;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A sanitizer's library has to be the program's own; opening such a file elsewhere ends the
// process.
const char* sanitizer_missing(const ElfFile& file) {
  if (file.lacks("__asan_init") && (BP_SANITIZERS & BP_SANITIZER_ADDRESS) == 0)
    return "AddressSanitizer";
  if (file.lacks("__tsan_init") && (BP_SANITIZERS & BP_SANITIZER_THREAD) == 0)
    return "ThreadSanitizer";
  return nullptr;
}

}  // namespace

bool ElfFile::defines(const std::string& symbol) const { return contains(defined_symbols, symbol); }
bool ElfFile::lacks(const std::string& symbol) const { return contains(undefined_symbols, symbol); }

Result<ElfFile> read_elf_file(const std::string& path) {
  const FileDescriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const Result<uint64_t> size = regular_file_size(descriptor.get());
  if (!size.ok()) return size.status();
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, ElfEnd> elf(elf_begin(descriptor.get(), ELF_C_READ, nullptr));
  return read_elf(elf.get(), *size);
}

Status check_plugin_file(const ElfFile& file) {
  if (!file.is_for_this_machine)
    return unsupported("it is for " + std::to_string(file.bits) + "-bit " + file.machine +
                       ", and this process is not; get a build for this machine");
  if (!file.is_shared_object)
    return invalid_argument("it is an ELF file, but no shared library: link it with -shared");
  if (!file.defines("bp_plugin_query"))
    return invalid_argument(
        "it is a shared library, but no plugin: it does not export bp_plugin_query");
  if (const char* const name = sanitizer_missing(file))
    return unsupported(std::string("it was built with ") + name +
                       ", and this host was not; build both alike");
  return {};
}

}  // namespace backplane
