// Calls that the driver refuses: builds that fail, memory that is not there. Each is a status and a
// text, and nothing else has changed.
#include <functional>

#include "plugin_test.hpp"

namespace backplane::opencl::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int32_t kBuildFailure = -11, kNoMemoryObject = -4, kNoResources = -5, kNoHostMemory = -6;

class RefusedBuild : public PluginTest {};

TEST_F(RefusedBuild, IsNamedWithSourceOptionsDeviceAndLog) {
  the_layer().fail_from("clBuildProgram", 1, kBuildFailure);
  bp_kernel_t* made = nullptr;
  EXPECT_EQ(make_kernel(device_, "Add", &made), BP_STATUS_INTERNAL);
  EXPECT_THAT(host_.explained(), AllOf(HasSubstr("elementwise.cl"), HasSubstr("-DELEMENT=float"),
                                       HasSubstr(plugin_->device_info(host_.table(), 0)->name),
                                       HasSubstr("error: this build is made to fail")));
  EXPECT_EQ(made, nullptr);
}

TEST_F(RefusedBuild, LeavesADeviceThatBuildsAndRunsOthers) {
  const auto other = kernel(device_, "Identity");  // of another .cl file
  the_layer().fail_from("clBuildProgram", 1, kBuildFailure);
  bp_kernel_t* made = nullptr;
  EXPECT_EQ(make_kernel(device_, "Add", &made), BP_STATUS_INTERNAL);
  const auto given_to = stream(device_);
  const auto from = buffer(device_);
  const auto to = buffer(device_);
  EXPECT_EQ(launch(other.get(), given_to.get(), from.get(), to.get()), BP_OK);
  EXPECT_EQ(streams().stream_synchronize(given_to.get(), UINT64_MAX), BP_OK) << host_.explained();
  the_layer().heal();
  expect_works(device_);  // Add, too
}

// What a call has to work on.
struct Given {
  const bp_plugin_t* plugin;
  bp_device_t* device;
  bp_stream_t* stream;
  bp_event_t* event;
  bp_buffer_t *from, *to;
  std::function<bp_status_t()> launch;
};

struct RefusedCall {
  const char* function;
  int32_t error;
  bp_status_t (*call)(const Given& given);
};

void PrintTo(const RefusedCall& refused, std::ostream* out) {
  *out << refused.function << ' ' << refused.error;
}

class OutOfMemory : public PluginTest, public testing::WithParamInterface<RefusedCall> {};

TEST_P(OutOfMemory, NamesTheFunctionAndWorksTheNextTime) {
  const auto given_to = stream(device_);
  const auto marked = event(device_);
  const auto from = buffer(device_);
  const auto to = buffer(device_);
  const auto adds = kernel(device_);
  const Given given = {plugin_, device_, given_to.get(), marked.get(), from.get(), to.get(), [&] {
                         return launch(adds.get(), given_to.get(), from.get(), to.get());
                       }};
  the_layer().fail(GetParam().function, 1, GetParam().error);
  EXPECT_EQ(GetParam().call(given), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr(GetParam().function));
  EXPECT_EQ(GetParam().call(given), BP_OK) << host_.explained();
  EXPECT_EQ(streams().stream_synchronize(given_to.get(), UINT64_MAX), BP_OK) << host_.explained();
  expect_works(device_);
}

char bytes[kBytes];

bp_status_t create_buffer(const Given& given) {
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      given.plugin->memory->buffer_create(given.device, BP_MEMORY_DEVICE, kBytes, &made);
  given.plugin->memory->buffer_destroy(made);
  return status;
}
bp_status_t create_stream(const Given& given) {
  bp_stream_t* made = nullptr;
  const bp_status_t status = given.plugin->stream->stream_create(given.device, 0, &made);
  if (made != nullptr) given.plugin->stream->stream_destroy(made);
  return status;
}
bp_status_t create_host_event(const Given& given) {
  bp_event_t* made = nullptr;
  const bp_status_t status =
      given.plugin->stream->event_create(given.device, BP_EVENT_FLAG_HOST_SIGNALED, &made);
  given.plugin->stream->event_destroy(made);
  return status;
}
bp_status_t record(const Given& given) {
  return given.plugin->stream->event_record(given.event, given.stream);
}
bp_status_t call_host(const Given& given) {
  return given.plugin->stream->host_call(
      given.stream, [](void*, bp_status_t) {}, nullptr);
}
bp_status_t launch_kernel(const Given& given) { return given.launch(); }
bp_status_t write(const Given& given) {
  return given.plugin->memory->write(given.stream, given.to, 0, bytes, kBytes);
}
bp_status_t read(const Given& given) {
  return given.plugin->memory->read(given.stream, given.from, 0, bytes, kBytes);
}
bp_status_t copy(const Given& given) {
  return given.plugin->memory->copy(given.stream, given.to, 0, given.from, 0, kBytes);
}
bp_status_t fill(const Given& given) {
  return given.plugin->memory->fill(given.stream, given.to, 0, kBytes, "abcd", 4);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, OutOfMemory,
    testing::Values(RefusedCall{"clCreateBuffer", kNoMemoryObject, create_buffer},
                    RefusedCall{"clCreateBuffer", kNoHostMemory, create_buffer},
                    RefusedCall{"clCreateCommandQueue", kNoHostMemory, create_stream},
                    RefusedCall{"clCreateUserEvent", kNoHostMemory, create_host_event},
                    RefusedCall{"clEnqueueMarkerWithWaitList", kNoResources, record},
                    RefusedCall{"clEnqueueBarrierWithWaitList", kNoHostMemory, call_host},
                    RefusedCall{"clSetEventCallback", kNoHostMemory, call_host},
                    RefusedCall{"clSetEventCallback", kNoResources, write},
                    RefusedCall{"clEnqueueNDRangeKernel", kNoResources, launch_kernel},
                    RefusedCall{"clEnqueueNDRangeKernel", kNoMemoryObject, launch_kernel},
                    RefusedCall{"clEnqueueWriteBuffer", kNoHostMemory, write},
                    RefusedCall{"clEnqueueReadBuffer", kNoResources, read},
                    RefusedCall{"clEnqueueCopyBuffer", kNoResources, copy},
                    RefusedCall{"clEnqueueFillBuffer", kNoHostMemory, fill}));

class RefusedOpen : public PluginTest {};

TEST_F(RefusedOpen, MakesNoDevice) {
  the_layer().fail("clCreateContext", 1, kNoHostMemory);
  bp_device_t* made = nullptr;
  EXPECT_EQ(plugin_->device_open(host_.table(), 0, nullptr, 0, &made), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr("clCreateContext"));
  EXPECT_EQ(made, nullptr);
}

}  // namespace
}  // namespace backplane::opencl::tests
