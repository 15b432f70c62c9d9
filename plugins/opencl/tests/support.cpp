#include "support.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace backplane::opencl::tests {

const layer::Control& the_layer() {
  void* library = dlopen(BACKPLANE_OPENCL_LAYER_PATH, RTLD_NOW | RTLD_LOCAL);
  void* found = library != nullptr ? dlsym(library, "backplane_opencl_layer") : nullptr;
  if (found == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::abort();
  }
  return *reinterpret_cast<decltype(&layer::backplane_opencl_layer)>(found)();
}

std::string live_objects() {
  constexpr const char* kNames[layer::kKindCount] = {"context", "queue", "memory",    "program",
                                                     "kernel",  "event", "user event"};
  std::string text;
  for (uint32_t kind = 0; kind < layer::kKindCount; ++kind) {
    const int64_t count = the_layer().live(static_cast<layer::Kind>(kind));
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(kNames[kind]) + " " + std::to_string(count);
  }
  return text;
}

}  // namespace backplane::opencl::tests
