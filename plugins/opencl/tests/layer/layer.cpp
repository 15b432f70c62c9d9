// The layer as the loader loads it (CL/cl_layer.h), and its control.
#include <CL/cl_layer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "wrapped.hpp"

// Functions of OpenCL 1.2's core, and how later versions make the same objects. Those of images,
// sub-devices, maps and the like go straight to the driver.
// clang-format off
#define BACKPLANE_LAYER_FUNCTIONS(X)                                                            \
  X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo)                 \
  X(clCreateContext) X(clCreateContextFromType) X(clRetainContext) X(clReleaseContext)          \
  X(clGetContextInfo) X(clCreateCommandQueue) X(clCreateCommandQueueWithProperties)             \
  X(clRetainCommandQueue) X(clReleaseCommandQueue) X(clGetCommandQueueInfo)                     \
  X(clCreateBuffer) X(clCreateBufferWithProperties) X(clCreateSubBuffer) X(clCreateImage)       \
  X(clRetainMemObject) X(clReleaseMemObject) X(clGetMemObjectInfo)                              \
  X(clCreateProgramWithSource) X(clCreateProgramWithBinary) X(clCreateProgramWithIL)            \
  X(clCreateProgramWithBuiltInKernels) X(clRetainProgram) X(clReleaseProgram)                   \
  X(clBuildProgram) X(clCompileProgram) X(clLinkProgram) X(clGetProgramInfo)                    \
  X(clGetProgramBuildInfo) X(clCreateKernel) X(clCloneKernel) X(clRetainKernel)                 \
  X(clReleaseKernel) X(clSetKernelArg) X(clGetKernelInfo) X(clGetKernelWorkGroupInfo)           \
  X(clGetKernelArgInfo) X(clCreateUserEvent) X(clSetUserEventStatus) X(clSetEventCallback)      \
  X(clWaitForEvents) X(clGetEventInfo) X(clRetainEvent) X(clReleaseEvent)                       \
  X(clGetEventProfilingInfo) X(clFlush) X(clFinish) X(clEnqueueReadBuffer)                      \
  X(clEnqueueReadBufferRect) X(clEnqueueWriteBuffer) X(clEnqueueWriteBufferRect)                \
  X(clEnqueueCopyBuffer) X(clEnqueueCopyBufferRect) X(clEnqueueFillBuffer)                      \
  X(clEnqueueMapBuffer) X(clEnqueueUnmapMemObject) X(clEnqueueMigrateMemObjects)                \
  X(clEnqueueNDRangeKernel) X(clEnqueueTask) X(clEnqueueMarker) X(clEnqueueMarkerWithWaitList)  \
  X(clEnqueueBarrierWithWaitList)
// clang-format on

namespace backplane::opencl::layer {

State& state() {
  static State& kept = *new State;
  return kept;
}

namespace {

template <auto kMember>
void wrap(cl_icd_dispatch* table, const char* name) {
  if (table->*kMember == nullptr) return;
  Wrapped<kMember>::function = &state().counts.add_function(name);
  table->*kMember = Wrapped<kMember>::call;
}

[[noreturn]] void stop(const std::string& text) {
  std::fprintf(stderr, "BACKPLANE_OPENCL_LAYER: %s\n", text.c_str());
  std::abort();  // a test that observes nothing must not pass
}

void obey_environment() {
  const char* words = std::getenv("BACKPLANE_OPENCL_LAYER");
  if (words == nullptr) return;
  std::istringstream stream(words);
  for (std::string word; std::getline(stream, word, ',');) {
    Rule rule;
    if (word == "hide")
      state().hides_platforms = true;
    else if (parse_rule(word, &rule))
      state().plan.add(rule);
    else
      stop("\"" + word + "\" is neither \"hide\" nor FUNCTION:N[+]:ERROR");
  }
}

void start(const cl_icd_dispatch& target, size_t size) {
  State& known = state();
  std::memcpy(&known.driver, &target, size);
  known.changed = known.driver;
  put_changes(&known.changed);
  known.shown = known.driver;
#define BACKPLANE_LAYER_WRAP(name) wrap<&cl_icd_dispatch::name>(&known.shown, #name);
  BACKPLANE_LAYER_FUNCTIONS(BACKPLANE_LAYER_WRAP)
#undef BACKPLANE_LAYER_WRAP
  obey_environment();
}

void add_rule(const char* function, uint32_t nth, cl_int error, Effect effect, bool persists) {
  state().plan.add({function, nth, error, effect, persists});
}

void heal() {
  state().plan.clear();
  state().hides_platforms = false;
  for (const HeldCallback& held : state().commands.heal())
    held.function(held.event, held.status, held.user);
}

const Control kControl = {
    [](Kind kind) { return state().counts.live(kind); },
    [](const char* function) { return state().counts.calls(function); },
    [] { return state().counts.built_from_source(); },
    [] { return state().counts.built_from_binary(); },
    [](const char* function, uint32_t nth, cl_int error) {
      add_rule(function, nth, error, Effect::kCallFails, false);
    },
    [](const char* function, uint32_t nth, cl_int error) {
      add_rule(function, nth, error, Effect::kCallFails, true);
    },
    [](const char* function, uint32_t nth, cl_int status) {
      add_rule(function, nth, status, Effect::kCommandFails, false);
    },
    [] { state().commands.stall(); },
    [](bool is_hidden) { state().hides_platforms = is_hidden; },
    heal,
    [](bool is_watched) {
      if (is_watched)
        state().watch.start();
      else
        state().watch.stop(state().driver);
    },
    [](WatchedCommand* commands, uint64_t room) {
      return state().watch.read(state().driver, commands, room);
    },
};

__attribute__((destructor)) void report() {
  const char* path = std::getenv("BACKPLANE_OPENCL_LAYER_REPORT");
  if (path != nullptr) append_line(path, state().counts.json());
}

}  // namespace

extern "C" const Control* backplane_opencl_layer() { return &kControl; }

}  // namespace backplane::opencl::layer

extern "C" __attribute__((visibility("default"))) cl_int CL_API_CALL
clGetLayerInfo(cl_layer_info what, size_t room, void* value, size_t* size) {
  if (what != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  if (value != nullptr && room < sizeof version) return CL_INVALID_VALUE;
  if (value != nullptr) std::memcpy(value, &version, sizeof version);
  if (size != nullptr) *size = sizeof version;
  return CL_SUCCESS;
}

// Loaders differ in how many functions they know; what is beyond ours they keep.
extern "C" __attribute__((visibility("default"))) cl_int CL_API_CALL
clInitLayer(cl_uint count, const cl_icd_dispatch* target, cl_uint* out_count,
            const cl_icd_dispatch** out_layer) {
  using namespace backplane::opencl::layer;  // NOLINT(google-build-using-namespace)
  constexpr size_t kOurs = sizeof(cl_icd_dispatch) / sizeof(void (*)());
  if (target == nullptr || out_count == nullptr || out_layer == nullptr) return CL_INVALID_VALUE;
  const size_t known = std::min<size_t>(count, kOurs);
  start(*target, known * sizeof(void (*)()));
  *out_count = static_cast<cl_uint>(known);
  *out_layer = &state().shown;
  return CL_SUCCESS;
}
