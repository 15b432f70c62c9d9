// The layer itself: what it counts, and what it makes fail, seen by a program that calls OpenCL
// plainly. A layer that sees nothing would let every other test here pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <vector>

#include "platform.hpp"
#include "support.hpp"

namespace backplane::opencl::tests {
namespace {

using layer::Kind;
using testing::HasSubstr;

constexpr const char* kText = "kernel void twice(global int* y) { y[get_global_id(0)] *= 2; }";

class LayerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
    id_ = platform().devices[0].id;
    cl_int error = CL_SUCCESS;
    context_ = Context(cl().clCreateContext(nullptr, 1, &id_, nullptr, nullptr, &error));
    queue_ =
        Queue(cl().clCreateCommandQueue(context_.get(), id_, CL_QUEUE_PROFILING_ENABLE, &error));
    memory_ = Memory(cl().clCreateBuffer(context_.get(), CL_MEM_READ_WRITE, 64, nullptr, &error));
    ASSERT_EQ(error, CL_SUCCESS);
  }

  Program program() {
    cl_int error = CL_SUCCESS;
    const char* text = kText;
    return Program(cl().clCreateProgramWithSource(context_.get(), 1, &text, nullptr, &error));
  }
  cl_int fill(cl_event* event) {
    const cl_int zero = 0;
    return cl().clEnqueueFillBuffer(queue_.get(), memory_.get(), &zero, sizeof zero, 0, 64, 0,
                                    nullptr, event);
  }
  static cl_int status_of(cl_event event) {
    cl_int status = CL_QUEUED;
    cl().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
    return status;
  }

  Healed healed_;
  cl_device_id id_ = nullptr;
  Context context_;
  Queue queue_;
  Memory memory_;
};

TEST_F(LayerTest, CountsReferencesByKind) {
  EXPECT_EQ(live_objects(), "context 1, queue 1, memory 1");
  cl_event event = nullptr;
  ASSERT_EQ(fill(nullptr), CL_SUCCESS);  // nobody's event
  ASSERT_EQ(fill(&event), CL_SUCCESS);
  EXPECT_EQ(the_layer().live(Kind::kEvent), 1);
  cl_int error = CL_SUCCESS;
  const cl_event user = cl().clCreateUserEvent(context_.get(), &error);
  cl().clRetainMemObject(memory_.get());
  EXPECT_EQ(live_objects(), "context 1, queue 1, memory 2, event 1, user event 1");
  cl().clReleaseMemObject(memory_.get());
  cl().clSetUserEventStatus(user, CL_COMPLETE);
  cl().clReleaseEvent(user);
  cl().clFinish(queue_.get());
  cl().clReleaseEvent(event);
  EXPECT_EQ(live_objects(), "context 1, queue 1, memory 1");
}

TEST_F(LayerTest, CountsCallsAndBuildsFromSource) {
  const uint64_t calls = the_layer().calls("clBuildProgram");
  const uint64_t built = the_layer().built_from_source();
  const Program made = program();
  EXPECT_EQ(the_layer().live(Kind::kProgram), 1);
  ASSERT_EQ(cl().clBuildProgram(made.get(), 1, &id_, "", nullptr, nullptr), CL_SUCCESS);
  EXPECT_EQ(the_layer().calls("clBuildProgram"), calls + 1);
  EXPECT_EQ(the_layer().built_from_source(), built + 1);
  EXPECT_EQ(the_layer().built_from_binary(), 0u);
}

TEST_F(LayerTest, FailsTheCallsItWasToldOf) {
  the_layer().fail("clEnqueueFillBuffer", 2, CL_OUT_OF_RESOURCES);
  EXPECT_EQ(fill(nullptr), CL_SUCCESS);
  EXPECT_EQ(fill(nullptr), CL_OUT_OF_RESOURCES);
  EXPECT_EQ(fill(nullptr), CL_SUCCESS);
  the_layer().fail_from("clEnqueue*", 2, CL_DEVICE_NOT_AVAILABLE);
  EXPECT_EQ(fill(nullptr), CL_SUCCESS);
  EXPECT_EQ(fill(nullptr), CL_DEVICE_NOT_AVAILABLE);
  EXPECT_EQ(fill(nullptr), CL_DEVICE_NOT_AVAILABLE);
  EXPECT_EQ(cl().clFinish(queue_.get()), CL_SUCCESS);
  the_layer().heal();
  EXPECT_EQ(fill(nullptr), CL_SUCCESS);
  the_layer().fail("clCreateBuffer", 1, CL_MEM_OBJECT_ALLOCATION_FAILURE);
  cl_int error = CL_SUCCESS;
  EXPECT_EQ(cl().clCreateBuffer(context_.get(), CL_MEM_READ_WRITE, 64, nullptr, &error), nullptr);
  EXPECT_EQ(error, CL_MEM_OBJECT_ALLOCATION_FAILURE);
  EXPECT_EQ(the_layer().live(Kind::kMemory), 1);
}

TEST_F(LayerTest, ABuildMadeToFailHasALog) {
  the_layer().fail("clBuildProgram", 1, CL_BUILD_PROGRAM_FAILURE);
  const uint64_t built = the_layer().built_from_source();
  const Program made = program();
  EXPECT_EQ(cl().clBuildProgram(made.get(), 1, &id_, "", nullptr, nullptr),
            CL_BUILD_PROGRAM_FAILURE);
  EXPECT_EQ(the_layer().built_from_source(), built);
  char log[200] = "";
  cl().clGetProgramBuildInfo(made.get(), id_, CL_PROGRAM_BUILD_LOG, sizeof log, log, nullptr);
  EXPECT_THAT(log, HasSubstr("made to fail"));
}

TEST_F(LayerTest, FailsACommandAndNoneAfterIt) {
  the_layer().fail_command("clEnqueueFillBuffer", 1, CL_OUT_OF_RESOURCES);
  std::vector<cl_event> events(2);
  ASSERT_EQ(fill(&events[0]), CL_SUCCESS);
  ASSERT_EQ(fill(&events[1]), CL_SUCCESS);
  cl_int told = CL_QUEUED;
  const auto tell = [](cl_event, cl_int status, void* told_at) {
    *static_cast<cl_int*>(told_at) = status;
  };
  cl().clSetEventCallback(events[0], CL_COMPLETE, tell, &told);
  cl().clFinish(queue_.get());
  EXPECT_EQ(status_of(events[0]), CL_OUT_OF_RESOURCES);
  EXPECT_EQ(told, CL_OUT_OF_RESOURCES);
  EXPECT_EQ(status_of(events[1]), CL_COMPLETE);
  for (cl_event event : events) cl().clReleaseEvent(event);
}

TEST_F(LayerTest, StallsUntilHealed) {
  the_layer().stall();
  const EventHandle event = [this] {
    cl_event made = nullptr;
    fill(&made);
    return EventHandle(made);
  }();
  int calls = 0;
  const auto tell = [](cl_event, cl_int, void* counted) { ++*static_cast<int*>(counted); };
  cl().clSetEventCallback(event.get(), CL_COMPLETE, tell, &calls);
  cl().clFinish(queue_.get());
  EXPECT_EQ(status_of(event.get()), CL_SUBMITTED);
  EXPECT_EQ(calls, 0);
  the_layer().heal();
  EXPECT_EQ(status_of(event.get()), CL_COMPLETE);
  EXPECT_EQ(calls, 1);
}

TEST_F(LayerTest, WatchesTheTimesOfCommandsThatNobodyAskedAnEventOf) {
  the_layer().watch_commands(true);
  ASSERT_EQ(fill(nullptr), CL_SUCCESS);
  ASSERT_EQ(fill(nullptr), CL_SUCCESS);
  cl().clFinish(queue_.get());
  layer::WatchedCommand commands[8];
  ASSERT_EQ(the_layer().watched_commands(commands, 8), 2u);
  the_layer().watch_commands(false);
  EXPECT_STREQ(commands[0].function, "clEnqueueFillBuffer");
  EXPECT_GT(commands[0].start, 0u);
  EXPECT_LE(commands[0].start, commands[0].end);
  EXPECT_LE(commands[0].end, commands[1].start);
  EXPECT_EQ(live_objects(), "context 1, queue 1, memory 1");
}

// This program again, as one that knows nothing of the layer.
TEST(LayerOfAChild, ObeysAndReportsByTheEnvironment) {
  if (platform().devices.empty()) GTEST_SKIP() << platform().why_none;
  const std::string report = testing::TempDir() + "layer-" + std::to_string(getpid()) + ".json";
  const std::string command =
      "BACKPLANE_OPENCL_LAYER=clBuildProgram:1:-11 BACKPLANE_OPENCL_LAYER_REPORT=" + report +
      " /proc/" + std::to_string(getpid()) +
      "/exe --gtest_filter='LayerTest.CountsCallsAndBuildsFromSource' --gtest_repeat=2 > /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);  // its first build fails
  std::ifstream file(report);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_THAT(line, HasSubstr("\"built_from_source\":1,\"built_from_binary\":0"));
  EXPECT_THAT(line, HasSubstr("\"clBuildProgram\":2"));
  EXPECT_THAT(line, HasSubstr("\"live\":{\"context\":0,\"queue\":0,\"memory\":0,\"program\":0,"
                              "\"kernel\":0,\"event\":0,\"user_event\":0}"));
  EXPECT_FALSE(std::getline(file, line));
  std::remove(report.c_str());
}

}  // namespace
}  // namespace backplane::opencl::tests
