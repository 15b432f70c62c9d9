// libFuzzer: any bytes as a manifest give a manifest that holds what it promises, or an error.
#include <cstdint>
#include <cstdlib>

#include "loader/manifest.hpp"
#include "loader/negotiate.hpp"
#include "loader/version.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest = backplane::parse_manifest({reinterpret_cast<const char*>(data), size});
  if (!manifest.ok()) {
    if (manifest.status().text().empty()) std::abort();
    return 0;
  }
  const bool is_right = backplane::is_reverse_dns(manifest->id.c_str()) &&
                        manifest->library.find('/') == std::string::npos &&
                        backplane::parse_version(manifest->version).ok();
  if (!is_right) std::abort();
  return 0;
}
