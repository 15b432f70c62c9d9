// A machine whose OpenCL has no platform: no devices, a reason, and a host that goes on. A program
// of its own, because a process asks OpenCL once.
#include <backplane/plugin.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../src/test_host.hpp"
#include "runtime_host.hpp"
#include "support.hpp"

namespace backplane::opencl::tests {
namespace {

using testing::HasSubstr;

class NoDevice : public testing::Test {
 protected:
  void SetUp() override { the_layer().hide_platforms(true); }
};

TEST_F(NoDevice, IsNoErrorAndHasALoggedReason) {
  TestHost host;
  void* library = dlopen(BACKPLANE_OPENCL_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto query =
      reinterpret_cast<decltype(&bp_plugin_query)>(dlsym(library, "bp_plugin_query"));
  const bp_plugin_t* plugin = query(host.table());
  ASSERT_NE(plugin, nullptr);
  EXPECT_EQ(plugin->device_info(host.table(), 0), nullptr);
  EXPECT_THAT(host.logged(), testing::AnyOf(HasSubstr("OpenCL knows no platform"),
                                            HasSubstr("no OpenCL"), HasSubstr("no topology")));
  EXPECT_EQ(host.explained(), "");
  bp_device_t* device = nullptr;
  EXPECT_EQ(plugin->device_open(host.table(), 0, nullptr, 0, &device), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host.explained(), HasSubstr("there is no OpenCL device 0"));
}

TEST_F(NoDevice, LeavesTheHostWithItsOtherPlugins) {
  RuntimeHost host;
  bool has_cpu = false;
  for (uint32_t i = 0; const auto* info = bp_rt_get_device_info(host.rt().get(), i); ++i) {
    has_cpu |= std::string(info->selector) == "cpu";
    EXPECT_STRNE(info->plugin_id, "org.backplane.opencl");
  }
  EXPECT_TRUE(has_cpu);
  EXPECT_THAT(host.log(), HasSubstr("OpenCL"));
  const bp::rt::Device cpu = host.rt().open("cpu");
  EXPECT_EQ(SmallModel(host, cpu).run(1).size(), 64u);
}

}  // namespace
}  // namespace backplane::opencl::tests
