// OpenCL, found at run time: a machine without it has a plugin with no devices, and not a plugin
// that does not load. No other file knows where the functions come from.
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <backplane/host.h>

#include <string>
#include <utility>

namespace backplane::opencl {

// Every function of OpenCL that this plugin calls.
// clang-format off
#define BACKPLANE_OPENCL_FUNCTIONS(X)                                                          \
  X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo)                \
  X(clCreateContext) X(clReleaseContext) X(clCreateCommandQueue) X(clReleaseCommandQueue)      \
  X(clCreateBuffer) X(clRetainMemObject) X(clReleaseMemObject) X(clGetMemObjectInfo)           \
  X(clEnqueueReadBuffer) X(clEnqueueWriteBuffer) X(clEnqueueCopyBuffer) X(clEnqueueFillBuffer) \
  X(clCreateUserEvent) X(clSetUserEventStatus) X(clSetEventCallback) X(clReleaseEvent)         \
  X(clGetEventInfo) X(clGetEventProfilingInfo) X(clEnqueueMarkerWithWaitList)                  \
  X(clEnqueueBarrierWithWaitList) X(clFlush) X(clFinish) X(clCreateProgramWithSource)          \
  X(clCreateProgramWithBinary) X(clBuildProgram) X(clGetProgramInfo) X(clGetProgramBuildInfo)  \
  X(clReleaseProgram) X(clCreateKernel) X(clReleaseKernel) X(clSetKernelArg)                   \
  X(clEnqueueNDRangeKernel)
// clang-format on

struct Library {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration
#define BACKPLANE_OPENCL_MEMBER(name) decltype(&::name) name = nullptr;
  BACKPLANE_OPENCL_FUNCTIONS(BACKPLANE_OPENCL_MEMBER)
#undef BACKPLANE_OPENCL_MEMBER
  std::string missing;  // why there is none; "" when all functions are there
};

// Opened at the first call, and never closed: drivers keep threads.
const Library& cl();

const char* error_name(cl_int error);  // "CL_OUT_OF_RESOURCES"; "an unknown error"

// The status of the ABI that an error of OpenCL is.
bp_status_t status_of(cl_int error);

// Throws plugin::Error unless `error` is CL_SUCCESS: "clFinish: CL_OUT_OF_RESOURCES (-5)".
void check(cl_int error, const char* function);

// An OpenCL object, released with its scope.
template <class Object, auto kRelease>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Object object) : object_(object) {}
  Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (object_ != nullptr) (cl().*kRelease)(object_);
  }
  Object get() const { return object_; }
  Object release() { return std::exchange(object_, nullptr); }

 private:
  Object object_ = nullptr;
};
using Context = Handle<cl_context, &Library::clReleaseContext>;
using Queue = Handle<cl_command_queue, &Library::clReleaseCommandQueue>;
using Memory = Handle<cl_mem, &Library::clReleaseMemObject>;
using EventHandle = Handle<cl_event, &Library::clReleaseEvent>;
using Program = Handle<cl_program, &Library::clReleaseProgram>;
using KernelHandle = Handle<cl_kernel, &Library::clReleaseKernel>;

}  // namespace backplane::opencl
