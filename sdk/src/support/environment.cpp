#include "support/environment.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

#include <cstdlib>
#include <filesystem>

namespace backplane {
namespace {

namespace fs = std::filesystem;

// The folder of the file that this code was loaded from: a library, or the program itself.
fs::path module_folder() {
  Dl_info info = {};
  link_map* module = nullptr;
  void* const here = reinterpret_cast<void*>(&environment);
  if (dladdr1(here, &info, reinterpret_cast<void**>(&module), RTLD_DL_LINKMAP) == 0) return {};
  const bool is_program = module == nullptr || module->l_name[0] == '\0';
  std::error_code ignored;
  return fs::canonical(is_program ? "/proc/self/exe" : module->l_name, ignored).parent_path();
}

}  // namespace

const char* environment(const char* name) {
  return getauxval(AT_SECURE) != 0 ? nullptr : std::getenv(name);
}

std::string cache_folder() {
  if (const char* folder = environment("BACKPLANE_CACHE_FOLDER")) return folder;
  const auto below = [](const char* name, const char* rest) -> std::string {
    const char* folder = environment(name);
    return folder != nullptr && folder[0] == '/' ? std::string(folder) + rest : "";
  };
  const std::string own = below("XDG_CACHE_HOME", "/backplane");
  return own.empty() ? below("HOME", "/.cache/backplane") : own;
}

std::string private_folder() {
  const fs::path folder = module_folder();
  std::error_code ignored;
  for (const fs::path& candidate :
       {folder / "backplane", folder / ".." / BACKPLANE_LIBDIR / "backplane"})
    if (fs::is_directory(candidate, ignored)) return candidate.lexically_normal().string();
  return "";
}

}  // namespace backplane
