// What the driver compiles, and what it does not. Skipped without an OpenCL device.
#include <gtest/gtest.h>

#include "compute.hpp"
#include "test_host.hpp"

namespace backplane::opencl {
namespace {

constexpr Source kGood = {"good.cl", "kernel void answer(global int* y) { y[0] = ANSWER; }"};
constexpr Source kBad = {"bad.cl", "kernel void answer(global int* y) { y[0] = nothing_known; }"};

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
    open();
  }

  // Anew, with nothing built.
  void open() {
    DeviceOptions options;
    options.cache_folder = folder_.path();
    device_ = std::make_unique<Device>(host_.table(), 0, options);
  }

  // What `source` writes when it is built with ANSWER=`number`.
  cl_int answer(const Source& source, int number) {
    const std::string options = "-DANSWER=" + std::to_string(number);
    const KernelHandle kernel = make_kernel(device_->programs.program(source, options), "answer");
    cl_int error = CL_SUCCESS;
    const Memory memory(cl().clCreateBuffer(device_->context.get(), CL_MEM_READ_WRITE,
                                            sizeof(cl_int), nullptr, &error));
    check(error, "clCreateBuffer");
    Stream stream(*device_, false);
    const cl_mem argument = memory.get();
    check(cl().clSetKernelArg(kernel.get(), 0, sizeof argument, &argument), "clSetKernelArg");
    const size_t one = 1;
    check(cl().clEnqueueNDRangeKernel(stream.queue(), kernel.get(), 1, nullptr, &one, &one, 0,
                                      nullptr, nullptr),
          "clEnqueueNDRangeKernel");
    cl_int seen = 0;
    check(cl().clEnqueueReadBuffer(stream.queue(), memory.get(), CL_TRUE, 0, sizeof seen, &seen, 0,
                                   nullptr, nullptr),
          "clEnqueueReadBuffer");
    return seen;
  }

  TestHost host_;
  TestFolder folder_;
  std::unique_ptr<Device> device_;
};

TEST_F(ProgramTest, OptionsMakeProgramsOfTheirOwn) {
  EXPECT_EQ(answer(kGood, 42), 42);
  EXPECT_EQ(answer(kGood, 7), 7);
  EXPECT_EQ(answer(kGood, 42), 42);
}

TEST_F(ProgramTest, ASourceThatDoesNotCompileIsNamedWithTheCompilersWords) {
  try {
    answer(kBad, 1);
    FAIL() << "it was built";
  } catch (const plugin::Error& error) {
    EXPECT_EQ(error.status(), BP_STATUS_INTERNAL);
    const std::string text = error.what();
    EXPECT_NE(text.find("bad.cl"), std::string::npos) << text;
    EXPECT_NE(text.find("nothing_known"), std::string::npos) << text;
  }
}

TEST_F(ProgramTest, AKernelThatIsNotThereIsAnError) {
  EXPECT_THROW(make_kernel(device_->programs.program(kGood, "-DANSWER=1"), "question"),
               plugin::Error);
}

// Under the key of one program, the binary of another: what runs tells where it came from.
TEST_F(ProgramTest, ASecondStartTakesTheBinary) {
  EXPECT_EQ(answer(kGood, 42), 42);
  EXPECT_EQ(answer(kGood, 7), 7);
  const auto key = [&](int number) {
    return device_->programs.cache_key(kGood, "-DANSWER=" + std::to_string(number));
  };
  const std::optional<std::string> other = device_->cache.find(key(7));
  ASSERT_TRUE(other.has_value());
  device_->cache.keep(key(42), *other);
  EXPECT_EQ(answer(kGood, 42), 42) << "built once, whatever the folder says now";
  open();
  EXPECT_EQ(answer(kGood, 42), 7);
}

TEST_F(ProgramTest, ABinaryThatTheDriverDoesNotTakeIsMadeAnew) {
  const std::string key = device_->programs.cache_key(kGood, "-DANSWER=42");
  device_->cache.keep(key, "no program at all");
  EXPECT_EQ(answer(kGood, 42), 42);
  const std::optional<std::string> kept = device_->cache.find(key);
  ASSERT_TRUE(kept.has_value());
  EXPECT_NE(*kept, "no program at all");
}

TEST_F(ProgramTest, KeysTellSourcesOptionsAndFlagsApart) {
  const auto key = [&](const Source& source, const char* options) {
    return device_->programs.cache_key(source, options);
  };
  EXPECT_NE(key(kGood, "-DA"), key(kBad, "-DA"));
  EXPECT_NE(key(kGood, "-DA"), key(kGood, "-DB"));
  DeviceOptions options;
  options.build_flags = "-cl-opt-disable";
  const Device flagged(host_.table(), 0, options);
  EXPECT_NE(key(kGood, "-DA"), flagged.programs.cache_key(kGood, "-DA"));
}

TEST(Errors, AreStatusesOfTheAbi) {
  EXPECT_EQ(status_of(CL_MEM_OBJECT_ALLOCATION_FAILURE), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(status_of(CL_DEVICE_NOT_AVAILABLE), BP_STATUS_DEVICE_LOST);
  EXPECT_EQ(status_of(CL_INVALID_VALUE), BP_STATUS_INTERNAL);
}

}  // namespace
}  // namespace backplane::opencl
