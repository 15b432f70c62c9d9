// Functions whose answers the layer may change, each over the driver's own.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "state.hpp"

namespace backplane::opencl::layer {

namespace {

constexpr cl_int kNoPlatform = -1001;  // CL_PLATFORM_NOT_FOUND_KHR

cl_int CL_API_CALL get_platform_ids(cl_uint room, cl_platform_id* platforms, cl_uint* count) {
  if (!state().hides_platforms) return state().driver.clGetPlatformIDs(room, platforms, count);
  if (count != nullptr) *count = 0;
  return kNoPlatform;
}

cl_program CL_API_CALL create_with_source(cl_context context, cl_uint count, const char** texts,
                                          const size_t* sizes, cl_int* error) {
  const cl_program made =
      state().driver.clCreateProgramWithSource(context, count, texts, sizes, error);
  if (made != nullptr) state().counts.add_program(made, true);
  return made;
}

cl_program CL_API_CALL create_with_binary(cl_context context, cl_uint count,
                                          const cl_device_id* devices, const size_t* sizes,
                                          const unsigned char** binaries, cl_int* statuses,
                                          cl_int* error) {
  const cl_program made = state().driver.clCreateProgramWithBinary(context, count, devices, sizes,
                                                                   binaries, statuses, error);
  if (made != nullptr) state().counts.add_program(made, false);
  return made;
}

cl_int CL_API_CALL build_program(cl_program program, cl_uint count, const cl_device_id* devices,
                                 const char* options,
                                 void(CL_CALLBACK* done)(cl_program program, void* user),
                                 void* user) {
  state().counts.add_build(program);
  return state().driver.clBuildProgram(program, count, devices, options, done, user);
}

// A program that has reached no driver was refused by the plan, which has a log like any compiler.
cl_int CL_API_CALL get_build_info(cl_program program, cl_device_id device,
                                  cl_program_build_info what, size_t room, void* value,
                                  size_t* size) {
  const auto ask = state().driver.clGetProgramBuildInfo;
  cl_build_status status = CL_BUILD_SUCCESS;
  ask(program, device, CL_PROGRAM_BUILD_STATUS, sizeof status, &status, nullptr);
  if (what != CL_PROGRAM_BUILD_LOG || status != CL_BUILD_NONE)
    return ask(program, device, what, room, value, size);
  const std::string log = "<layer>:1:1: error: this build is made to fail";
  if (size != nullptr) *size = log.size() + 1;
  if (value != nullptr && room <= log.size()) return CL_INVALID_VALUE;
  if (value != nullptr) std::memcpy(value, log.c_str(), log.size() + 1);
  return CL_SUCCESS;
}

cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info what, size_t room, void* value,
                                  size_t* size) {
  const cl_int result = state().driver.clGetEventInfo(event, what, room, value, size);
  if (what != CL_EVENT_COMMAND_EXECUTION_STATUS || result != CL_SUCCESS || value == nullptr)
    return result;
  cl_int status = CL_QUEUED;
  std::memcpy(&status, value, sizeof status);
  status = state().commands.shown_status(event, status);
  std::memcpy(value, &status, sizeof status);
  return result;
}

struct Registered {
  Callback function;
  void* user;
};

void CL_CALLBACK call_back(cl_event event, cl_int status, void* user) {
  const std::unique_ptr<Registered> registered(static_cast<Registered*>(user));
  if (state().commands.may_call({registered->function, event, status, registered->user}))
    registered->function(event, state().commands.shown_status(event, status), registered->user);
}

cl_int CL_API_CALL set_event_callback(cl_event event, cl_int when, Callback function, void* user) {
  if (function == nullptr || when != CL_COMPLETE)
    return state().driver.clSetEventCallback(event, when, function, user);
  auto registered = std::make_unique<Registered>(Registered{function, user});
  const cl_int result = state().driver.clSetEventCallback(event, when, call_back, registered.get());
  if (result == CL_SUCCESS) (void)registered.release();
  return result;
}

cl_int CL_API_CALL wait_for_events(cl_uint count, const cl_event* events) {
  const cl_int result = state().driver.clWaitForEvents(count, events);
  const bool has_failed = std::any_of(
      events, events + (events != nullptr ? count : 0),
      [](cl_event event) { return state().commands.shown_status(event, CL_COMPLETE) < 0; });
  return has_failed ? CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST : result;
}

}  // namespace

void put_changes(cl_icd_dispatch* table) {
  table->clGetPlatformIDs = get_platform_ids;
  table->clCreateProgramWithSource = create_with_source;
  table->clCreateProgramWithBinary = create_with_binary;
  table->clBuildProgram = build_program;
  table->clGetProgramBuildInfo = get_build_info;
  table->clGetEventInfo = get_event_info;
  table->clSetEventCallback = set_event_callback;
  table->clWaitForEvents = wait_for_events;
}

}  // namespace backplane::opencl::layer
