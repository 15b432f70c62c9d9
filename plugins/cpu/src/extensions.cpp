// The extensions that the plugin has.
#include <string_view>

#include "tables.hpp"

namespace backplane::cpu {

namespace {

struct Extension {
  std::string_view id;
  const void* api;
};
const Extension kExtensions[] = {{BP_EXT_GRAPH_PASS, &kGraphPassApi}, {BP_EXT_TEST, &kTestApi}};

}  // namespace

const void* get_extension(const char* extension_id) {
  for (const Extension& extension : kExtensions)
    if (extension.id == extension_id) return extension.api;
  return nullptr;
}

}  // namespace backplane::cpu
