// The cpu and the opencl plugin in one process: on one model at once, and the host that goes on
// with one when the other cannot.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <thread>

#include "runtime_host.hpp"
#include "support.hpp"

namespace backplane::opencl::tests {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

// Above what sums of 32 products and a softmax of 16 differ by in any order.
constexpr float kBound = 1e-5f;

class TwoPlugins : public testing::Test {
 protected:
  void SetUp() override {
    for (uint32_t i = 0; const auto* info = bp_rt_get_device_info(host_.rt().get(), i); ++i)
      if (std::string(info->selector) == "opencl") return;
    GTEST_SKIP() << "no OpenCL device: " << host_.log();
  }
  Healed healed_;
  RuntimeHost host_;
};

TEST_F(TwoPlugins, RunOneModelAtOnceAndAgree) {
  constexpr uint32_t kRounds = 20;
  std::vector<std::vector<float>> by_cpu(kRounds), by_opencl(kRounds);
  const auto run = [this](const char* selector, std::vector<std::vector<float>>* results) {
    const bp::rt::Device device = host_.rt().open(selector);
    SmallModel model(host_, device);
    for (uint32_t round = 0; round < kRounds; ++round) (*results)[round] = model.run(round);
  };
  std::thread beside(run, "opencl", &by_opencl);
  run("cpu", &by_cpu);
  beside.join();
  for (uint32_t round = 0; round < kRounds; ++round)
    EXPECT_THAT(by_opencl[round], Pointwise(FloatNear(kBound), by_cpu[round]));
  EXPECT_NE(by_cpu[0], by_cpu[1]);
  EXPECT_EQ(live_objects(), "");
}

TEST_F(TwoPlugins, GoOnWithCpuWhenTheDeviceIsLostAndWithOpenclOnceItIsBack) {
  const bp::rt::Device cpu = host_.rt().open("cpu");
  SmallModel on_cpu(host_, cpu);
  const std::vector<float> expected = on_cpu.run(7);
  {
    const bp::rt::Device device = host_.rt().open("opencl");
    SmallModel model(host_, device);
    EXPECT_THAT(model.run(7), Pointwise(FloatNear(kBound), expected));
    the_layer().fail_from("clEnqueue*", 1, -2);
    the_layer().fail_from("clF*", 1, -2);
    for (int i = 0; i < 2; ++i) {
      try {
        model.run(7);
        ADD_FAILURE() << "it ran";
      } catch (const bp::rt::Error& error) {
        EXPECT_EQ(error.status(), BP_STATUS_DEVICE_LOST);
        EXPECT_THAT(error.what(), HasSubstr("CL_DEVICE_NOT_AVAILABLE"));
      }
    }
    EXPECT_EQ(on_cpu.run(7), expected);
  }
  EXPECT_EQ(live_objects(), "");
  the_layer().heal();
  const bp::rt::Device again = host_.rt().open("opencl");
  EXPECT_THAT(SmallModel(host_, again).run(7), Pointwise(FloatNear(kBound), expected));
}

TEST_F(TwoPlugins, GoOnWithCpuWhenOpenclBuildsNothing) {
  const bp::rt::Device device = host_.rt().open("opencl");
  the_layer().fail_from("clBuildProgram", 1, -11);
  try {
    SmallModel(host_, device).run(7);
    ADD_FAILURE() << "it ran";
  } catch (const bp::rt::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("this build is made to fail"));
  }
  const bp::rt::Device cpu = host_.rt().open("cpu");
  const std::vector<float> expected = SmallModel(host_, cpu).run(7);
  the_layer().heal();
  EXPECT_THAT(SmallModel(host_, device).run(7), Pointwise(FloatNear(kBound), expected));
}

std::array<struct sigaction, 32> signal_handlers() {
  std::array<struct sigaction, 32> handlers = {};
  for (int signal = 1; signal < 32; ++signal)
    sigaction(signal, nullptr, &handlers[static_cast<size_t>(signal)]);
  return handlers;
}

// Last of a process or first: each test is a process of its own under ctest.
TEST(Process, HasItsSignalHandlersAndItsLibrariesAfterClose) {
  const auto before = signal_handlers();
  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  {
    RuntimeHost host;
    for (uint32_t i = 0; bp_rt_get_device_info(host.rt().get(), i) != nullptr; ++i) continue;
    for (const char* selector : {"cpu", "opencl"}) {
      bp_rt_device_t* opened = nullptr;
      if (bp_rt_device_open(host.rt().get(), selector, nullptr, 0, &opened) != BP_OK)
        GTEST_SKIP() << bp_rt_last_error()->text;
      const bp::rt::Device device(opened);
      SmallModel(host, device).run(1);
    }
  }
  const auto after = signal_handlers();
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (size_t signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(after[signal].sa_sigaction, before[signal].sa_sigaction) << "signal " << signal;
    EXPECT_EQ(sigismember(&mask_after, static_cast<int>(signal)),
              sigismember(&mask_before, static_cast<int>(signal)));
  }
  for (const char* path : {BACKPLANE_OPENCL_PLUGIN, "libOpenCL.so.1"}) {
    void* mapped = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    EXPECT_NE(mapped, nullptr) << path << ": its driver's threads are still there";
    if (mapped != nullptr) dlclose(mapped);
  }
}

}  // namespace
}  // namespace backplane::opencl::tests
