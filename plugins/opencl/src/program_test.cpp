// What the driver compiles, and what it does not. Skipped without an OpenCL device.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compute.hpp"

namespace backplane::opencl {
namespace {

constexpr Source kGood = {"good.cl", "kernel void answer(global int* y) { y[0] = ANSWER; }"};
constexpr Source kBad = {"bad.cl", "kernel void answer(global int* y) { y[0] = nothing_known; }"};

bp_host_t make_host() {
  bp_host_t host = {};
  host.struct_size = sizeof host;
  host.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  host.explain = [](void*, const char*) {};
  host.log = [](void*, bp_log_level_t, const char*) {};
  host.allocate = [](void*, uint64_t size, uint64_t alignment) -> void* {
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  };
  host.deallocate = [](void*, void* pointer) { std::free(pointer); };
  host.get_extension = [](void*, const char*) -> const void* { return nullptr; };
  return host;
}

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
    device_ = std::make_unique<Device>(&host_, 0);
  }

  // What `source` writes when it is built with ANSWER=`number`.
  cl_int answer(const Source& source, int number) {
    const std::string options = "-DANSWER=" + std::to_string(number);
    const KernelHandle kernel = device_->programs.kernel(source, options, "answer");
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

  const bp_host_t host_ = make_host();
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
  EXPECT_THROW(device_->programs.kernel(kGood, "-DANSWER=1", "question"), plugin::Error);
}

TEST(Errors, AreStatusesOfTheAbi) {
  EXPECT_EQ(status_of(CL_MEM_OBJECT_ALLOCATION_FAILURE), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(status_of(CL_DEVICE_NOT_AVAILABLE), BP_STATUS_DEVICE_LOST);
  EXPECT_EQ(status_of(CL_INVALID_VALUE), BP_STATUS_INTERNAL);
}

}  // namespace
}  // namespace backplane::opencl
