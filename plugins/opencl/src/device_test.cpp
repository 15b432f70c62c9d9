// Options of device_open, and what is said of those that cannot be.
#include "device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tables.hpp"
#include "test_host.hpp"

namespace backplane::opencl {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class DeviceOptionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
  }
  bp_status_t open(const char* key, const std::string& value) {
    const bp_option_t option = {key, value.c_str()};
    bp_device_t* device = nullptr;
    const bp_status_t status = device_open(host_.table(), 0, &option, 1, &device);
    EXPECT_EQ(device != nullptr, status == BP_OK);
    device_close(device);
    return status;
  }

  TestHost host_;
};

TEST_F(DeviceOptionTest, TheDeviceMustBeCalledAsItIsWanted) {
  const DeviceFacts& facts = platform().devices[0];
  EXPECT_EQ(open("org.backplane.opencl.platform", facts.platform.substr(1)), BP_OK);
  EXPECT_EQ(open("org.backplane.opencl.device", facts.name.substr(0, 3)), BP_OK);
  EXPECT_EQ(open("org.backplane.opencl.platform", "Nobody's"), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host_.explained(), AllOf(HasSubstr("Nobody's"), HasSubstr(facts.platform)));
  EXPECT_EQ(open("org.backplane.opencl.device", "Nobody's"), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host_.explained(), AllOf(HasSubstr("Nobody's"), HasSubstr(facts.name)));
}

TEST_F(DeviceOptionTest, FlagsThatMayChangeResultsAreRefused) {
  for (const char* flags : {"-cl-opt-disable", "-DANSWER=1 -w", ""})
    EXPECT_EQ(open("org.backplane.opencl.build-flags", flags), BP_OK) << flags;
  for (const char* flags : {"-cl-fast-relaxed-math", "-w -cl-denorms-are-zero", "-cl-std=CL2.0"}) {
    EXPECT_EQ(open("org.backplane.opencl.build-flags", flags), BP_STATUS_INVALID_ARGUMENT);
    EXPECT_THAT(host_.explained(), HasSubstr("may change results")) << flags;
  }
}

TEST_F(DeviceOptionTest, FlagsReachTheCompiler) {
  constexpr Source kAnswer = {"answer.cl", "kernel void answer(global int* y) { y[0] = ANSWER; }"};
  DeviceOptions options;
  options.build_flags = "-DANSWER=1";
  Device with(host_.table(), 0, options);
  EXPECT_NO_THROW(with.programs.program(kAnswer, ""));
  Device without(host_.table(), 0);
  EXPECT_THROW(without.programs.program(kAnswer, ""), plugin::Error);
}

TEST_F(DeviceOptionTest, AVendorsUnknownKeyIsRefusedWithThoseThatAre) {
  EXPECT_EQ(open("org.backplane.opencl.turbo", "1"), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(host_.explained(),
              AllOf(HasSubstr("org.backplane.opencl.turbo"), HasSubstr("bp.cache-folder"),
                    HasSubstr("org.backplane.opencl.build-flags")));
}

}  // namespace
}  // namespace backplane::opencl
