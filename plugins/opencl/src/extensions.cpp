// The extensions that the plugin has.
#include <backplane/ext/draft/test.h>

#include <string_view>

#include "tables.hpp"

namespace backplane::opencl {

namespace {

struct Extension {
  std::string_view id;
  const void* table;
};

const Extension kExtensions[] = {
    {BP_EXT_TEST, &kTestApi},
    {BP_EXT_GRAPH_PASS, &kGraphPassApi},
};

}  // namespace

const void* get_extension(const char* extension_id) {
  for (const Extension& extension : kExtensions)
    if (extension.id == extension_id) return extension.table;
  return nullptr;
}

}  // namespace backplane::opencl
