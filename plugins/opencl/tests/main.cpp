// Before any test: the loader is told of the layer, and the plugin of a cache that is empty. PoCL
// has one for all tests of a build folder: what it compiles again for each takes most of their
// time.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace {

struct FreshFolder {
  FreshFolder() {
    if (mkdtemp(path) == nullptr) std::abort();
  }
  ~FreshFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  char path[64] = "/tmp/backplane-opencl-test-XXXXXX";
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  const FreshFolder cache;
  std::filesystem::create_directories(BACKPLANE_POCL_CACHE);
  setenv("POCL_CACHE_DIR", BACKPLANE_POCL_CACHE, 1);
  setenv("XDG_CACHE_HOME", cache.path, 1);
  setenv("OPENCL_LAYERS", BACKPLANE_OPENCL_LAYER_PATH, 1);
  return RUN_ALL_TESTS();
}
