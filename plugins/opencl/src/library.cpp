#include "library.hpp"

#include <dlfcn.h>

#include <backplane/plugin.hpp>

namespace backplane::opencl {

namespace {

Library open_library() {
  Library library;
  void* handle = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    library.missing = std::string("no OpenCL: ") + (why != nullptr ? why : "libOpenCL.so.1");
    return library;
  }
#define BACKPLANE_OPENCL_FIND(name)                                         \
  library.name = reinterpret_cast<decltype(&::name)>(dlsym(handle, #name)); \
  if (library.name == nullptr) library.missing = "libOpenCL.so.1 has no " #name;
  BACKPLANE_OPENCL_FUNCTIONS(BACKPLANE_OPENCL_FIND)
#undef BACKPLANE_OPENCL_FIND
  return library;
}

}  // namespace

const Library& cl() {
  static const Library library = open_library();
  return library;
}

const char* error_name(cl_int error) {
  switch (error) {
#define BACKPLANE_OPENCL_NAME(name) \
  case name:                        \
    return #name;
    BACKPLANE_OPENCL_NAME(CL_DEVICE_NOT_FOUND)
    BACKPLANE_OPENCL_NAME(CL_DEVICE_NOT_AVAILABLE)
    BACKPLANE_OPENCL_NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE)
    BACKPLANE_OPENCL_NAME(CL_OUT_OF_RESOURCES)
    BACKPLANE_OPENCL_NAME(CL_OUT_OF_HOST_MEMORY)
    BACKPLANE_OPENCL_NAME(CL_PROFILING_INFO_NOT_AVAILABLE)
    BACKPLANE_OPENCL_NAME(CL_MEM_COPY_OVERLAP)
    BACKPLANE_OPENCL_NAME(CL_BUILD_PROGRAM_FAILURE)
    BACKPLANE_OPENCL_NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    BACKPLANE_OPENCL_NAME(CL_INVALID_VALUE)
    BACKPLANE_OPENCL_NAME(CL_INVALID_CONTEXT)
    BACKPLANE_OPENCL_NAME(CL_INVALID_MEM_OBJECT)
    BACKPLANE_OPENCL_NAME(CL_INVALID_KERNEL_ARGS)
    BACKPLANE_OPENCL_NAME(CL_INVALID_WORK_GROUP_SIZE)
    BACKPLANE_OPENCL_NAME(CL_INVALID_BUFFER_SIZE)
    BACKPLANE_OPENCL_NAME(CL_INVALID_OPERATION)
#undef BACKPLANE_OPENCL_NAME
    default:
      return "an error of OpenCL";
  }
}

bp_status_t status_of(cl_int error) {
  switch (error) {
    case CL_SUCCESS:
      return BP_OK;
    case CL_DEVICE_NOT_AVAILABLE:
      return BP_STATUS_DEVICE_LOST;
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_RESOURCES:
    case CL_OUT_OF_HOST_MEMORY:
      return BP_STATUS_OUT_OF_MEMORY;
    default:
      return BP_STATUS_INTERNAL;
  }
}

void check(cl_int error, const char* function) {
  if (error == CL_SUCCESS) return;
  plugin::fail(status_of(error), std::string(function) + ": " + error_name(error) + " (" +
                                     std::to_string(error) + ")");
}

}  // namespace backplane::opencl
