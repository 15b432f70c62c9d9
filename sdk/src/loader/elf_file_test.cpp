#include "loader/elf_file.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <random>

#include "loader/test_support.hpp"

namespace backplane {
namespace {

std::string refusal_of(const std::string& path) {
  const Result<ElfFile> file = read_elf_file(path);
  EXPECT_EQ(file.status().code(), file.ok() ? BP_OK : BP_STATUS_INVALID_ARGUMENT);
  return file.ok() ? check_plugin_file(*file).text() : file.status().text();
}

TEST(ElfFile, AnHonestPluginExportsItsQueryAlone) {
  const Result<ElfFile> file = read_elf_file(selftest_plugin("honest/first"));
  ASSERT_TRUE(file.ok()) << file.status().text();
  EXPECT_EQ(file->bits, 8 * sizeof(void*));
  EXPECT_TRUE(file->is_for_this_machine);
  EXPECT_TRUE(file->is_shared_object);
  EXPECT_EQ(file->defined_symbols, std::vector<std::string>{"bp_plugin_query"});
  EXPECT_FALSE(file->has_text_relocations);
  EXPECT_TRUE(check_plugin_file(*file).ok());
}

TEST(ElfFile, WhatIsWrongWithALibraryIsSeenWithoutOpeningIt) {
  EXPECT_TRUE(read_elf_file(selftest_plugin("text_relocation"))->has_text_relocations);
  EXPECT_TRUE(read_elf_file(selftest_plugin("two_symbols"))->defines("acme_second_symbol"));
  EXPECT_TRUE(
      read_elf_file(selftest_plugin("undefined_symbol"))->lacks("acme_function_that_nobody_has"));
  const std::vector<std::string> needed = read_elf_file(selftest_plugin("missing_library"))->needed;
  EXPECT_NE(std::find(needed.begin(), needed.end(), "libbp_absent.so"), needed.end());
  EXPECT_EQ(refusal_of(selftest_plugin("no_symbol")),
            "it is a shared library, but no plugin: it does not export bp_plugin_query");
}

// The C library has a name, versions and thousands of symbols; nm counts them independently.
TEST(ElfFile, SymbolsOfTheCLibraryAreThoseThatNmLists) {
  Dl_info info = {};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&::getpid), &info), 0);
  const std::string path = std::filesystem::canonical(info.dli_fname).string();
  const Result<ElfFile> file = read_elf_file(path);
  ASSERT_TRUE(file.ok()) << file.status().text();
  EXPECT_EQ(file->soname, "libc.so.6");
  EXPECT_TRUE(file->defines("getpid"));
  EXPECT_FALSE(file->defines("GLIBC_2.34")) << "a version node is no symbol";
  FILE* const nm = popen(("nm -D --defined-only " + path + " | grep -vc ' A '").c_str(), "r");
  ASSERT_NE(nm, nullptr);
  size_t count = 0;
  const bool was_read = std::fscanf(nm, "%zu", &count) == 1;
  pclose(nm);
  if (!was_read || count == 0) GTEST_SKIP() << "there is no nm";
  EXPECT_EQ(file->defined_symbols.size(), count);
}

TEST(ElfFile, WhatIsNoFileToReadIsRefusedByItsKind) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal_of(folder / "absent.so"), "there is no such file");
  EXPECT_EQ(refusal_of(folder.path()),
            "it is a folder; name the file in it, or put the folder in BACKPLANE_PLUGIN_PATH");
  EXPECT_EQ(refusal_of(folder.write("empty.so", "")), "it is empty");
  EXPECT_EQ(refusal_of(folder.write("text.so", "INPUT(libbp_acme.so)\n")),
            "it is no ELF file, so no shared library");
  EXPECT_EQ(refusal_of("/dev/null"), "it is no regular file");
  ASSERT_EQ(mkfifo((folder / "pipe.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(folder / "pipe.so"), "it is no regular file") << "and nobody waits for it";
}

TEST(ElfFile, AFileThatMayNotBeReadSaysSo) {
  const TemporaryFolder folder;
  const std::string path = folder.copy(selftest_plugin("honest/first"), "libbp_x.so");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  const bool is_root = geteuid() == 0;
  if (is_root && seteuid(65534) != 0) GTEST_SKIP() << "root reads every file";
  const std::string text = refusal_of(path);
  ASSERT_EQ(is_root ? seteuid(0) : 0, 0);
  EXPECT_EQ(text, "it cannot be read: Permission denied");
}

std::string header_alone(unsigned char bits, uint16_t machine, uint16_t type) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = bits;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = type;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  return {reinterpret_cast<const char*>(&header), sizeof(header)};
}

TEST(ElfFile, AnotherMachinesFileIsRefusedByTheMachinesName) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal_of(folder.write("32.so", header_alone(ELFCLASS32, EM_386, ET_DYN))),
            "it is for 32-bit x86, and this process is not; get a build for this machine");
  EXPECT_EQ(refusal_of(folder.write("s390.so", header_alone(ELFCLASS64, EM_S390, ET_DYN))),
            "it is for 64-bit S/390, and this process is not; get a build for this machine");
  EXPECT_EQ(refusal_of(folder.write("odd.so", header_alone(ELFCLASS64, 4711, ET_DYN))),
            "it is for 64-bit machine 4711, and this process is not; get a build for this machine");
}

TEST(ElfFile, AProgramIsNoSharedLibrary) {
  EXPECT_EQ(refusal_of("/proc/self/exe"),
            "it is an ELF file, but no shared library: link it with -shared");
}

TEST(ElfFile, TruncatedAtEveryLengthItIsRefused) {
  const TemporaryFolder folder;
  const std::string whole = bytes_of(selftest_plugin("honest/first"));
  ASSERT_GT(whole.size(), 4096u);
  const std::string path = folder.write("cut.so", whole);
  for (size_t size = whole.size() - 1; size > 0; --size) {
    ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(size)), 0);
    const Result<ElfFile> file = read_elf_file(path);
    ASSERT_FALSE(file.ok()) << size << " of " << whole.size() << " bytes";
    const bool has_header = size >= sizeof(ElfW(Ehdr));
    ASSERT_EQ(file.status().text().substr(0, 26),
              has_header ? "it is cut short or damaged" : "it is no ELF file, so no s")
        << size;
  }
}

TEST(ElfFile, FlippedBytesGiveAFileOrARefusalAndNothingElse) {
  const TemporaryFolder folder;
  const std::string whole = bytes_of(selftest_plugin("honest/first"));
  std::mt19937 random(20240607);
  const auto below = [&random](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    // The header, the tables at the end, or anywhere: where damage is read and where it is not.
    const size_t flips = 1 + below(8);
    for (size_t i = 0; i < flips; ++i) {
      const size_t region = below(3);
      const size_t place = region == 0   ? below(64)
                           : region == 1 ? bytes.size() - 1 - below(3000)
                                         : below(bytes.size());
      bytes[place] = static_cast<char>(below(256));
    }
    const Result<ElfFile> file = read_elf_file(folder.write("flipped.so", bytes));
    EXPECT_EQ(file.ok(), file.status().text().empty());
  }
}

}  // namespace
}  // namespace backplane
