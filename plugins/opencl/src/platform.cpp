#include "platform.hpp"

#include <unistd.h>

#include "hash.hpp"
#include "signals.hpp"

namespace backplane::opencl {

namespace {

template <class T>
T value_of(cl_device_id id, cl_device_info what) {
  T value = {};
  cl().clGetDeviceInfo(id, what, sizeof value, &value, nullptr);
  return value;
}

// `ask(size, value, out_size)` is one of OpenCL's two-step questions for a text.
template <class Ask>
std::string text_of(Ask ask) {
  size_t size = 0;
  if (ask(0, nullptr, &size) != CL_SUCCESS || size == 0) return "";
  std::string text(size, '\0');
  if (ask(size, text.data(), nullptr) != CL_SUCCESS) return "";
  text.resize(text.find('\0') == std::string::npos ? size : text.find('\0'));
  return text;
}

std::string device_text(cl_device_id id, cl_device_info what) {
  return text_of([=](size_t size, void* value, size_t* out_size) {
    return cl().clGetDeviceInfo(id, what, size, value, out_size);
  });
}

std::string platform_text(cl_platform_id id, cl_platform_info what) {
  return text_of([=](size_t size, void* value, size_t* out_size) {
    return cl().clGetPlatformInfo(id, what, size, value, out_size);
  });
}

DeviceFacts facts_of(cl_device_id id, const std::string& platform_name, size_t place) {
  DeviceFacts facts;
  facts.id = id;
  facts.platform = platform_name;
  facts.type = value_of<cl_device_type>(id, CL_DEVICE_TYPE);
  facts.name = device_text(id, CL_DEVICE_NAME);
  facts.version = device_text(id, CL_DEVICE_VERSION);
  facts.driver_version = device_text(id, CL_DRIVER_VERSION);
  facts.architecture = facts.name + ", " + facts.platform + ", " + facts.version;
  // OpenCL 1.2 has no number of a chip, so its texts and its place stand for one.
  facts.uuid = hash_text(facts.architecture + std::to_string(place));
  facts.vendor_id = value_of<cl_uint>(id, CL_DEVICE_VENDOR_ID);
  facts.memory_size = value_of<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_SIZE);
  facts.largest_buffer = value_of<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  facts.cache_size = value_of<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
  facts.alignment = value_of<cl_uint>(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8;
  facts.shares_host_memory = value_of<cl_bool>(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != CL_FALSE;
  facts.has_float64 = value_of<cl_device_fp_config>(id, CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
  const auto single = value_of<cl_device_fp_config>(id, CL_DEVICE_SINGLE_FP_CONFIG);
  facts.keeps_subnormals = (single & CL_FP_DENORM) != 0;
  facts.divides_exactly = (single & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  facts.is_full_profile = device_text(id, CL_DEVICE_PROFILE) == "FULL_PROFILE";
  return facts;
}

// It is there, compiles, and takes the groups that kernels come in.
bool can_serve(cl_device_id id) {
  return value_of<cl_bool>(id, CL_DEVICE_AVAILABLE) != CL_FALSE &&
         value_of<cl_bool>(id, CL_DEVICE_COMPILER_AVAILABLE) != CL_FALSE &&
         value_of<size_t>(id, CL_DEVICE_MAX_WORK_GROUP_SIZE) >= kLargestGroup;
}

void add_devices(cl_platform_id id, Platform* platform) {
  const std::string name = platform_text(id, CL_PLATFORM_NAME);
  cl_uint count = 0;
  if (cl().clGetDeviceIDs(id, CL_DEVICE_TYPE_ALL, 0, nullptr, &count) != CL_SUCCESS) return;
  std::vector<cl_device_id> ids(count);
  if (cl().clGetDeviceIDs(id, CL_DEVICE_TYPE_ALL, count, ids.data(), nullptr) != CL_SUCCESS) return;
  for (size_t i = 0; i < ids.size(); ++i)
    if (can_serve(ids[i])) platform->devices.push_back(facts_of(ids[i], name, i));
}

// PoCL ends the process when it cannot count the processors.
bool has_topology() {
  return access("/sys/devices/system/cpu/cpu0/topology", F_OK) == 0 ||
         access("/sys/bus/cpu/devices/cpu0/topology", F_OK) == 0;
}

Platform read_platform() {
  Platform platform;
  platform.why_none = cl().missing;
  if (platform.why_none.empty() && !has_topology())
    platform.why_none =
        "/sys has no topology of the processors, without which drivers of OpenCL "
        "end the process";
  if (!platform.why_none.empty()) return platform;
  const SignalsKept kept;
  cl_uint count = 0;
  const cl_int error = cl().clGetPlatformIDs(0, nullptr, &count);
  if (error != CL_SUCCESS || count == 0) {
    platform.why_none =
        "OpenCL knows no platform; a driver comes with a package such as "
        "pocl-opencl-icd";
    return platform;
  }
  std::vector<cl_platform_id> ids(count);
  check(cl().clGetPlatformIDs(count, ids.data(), nullptr), "clGetPlatformIDs");
  for (cl_platform_id id : ids) add_devices(id, &platform);
  if (platform.devices.empty())
    platform.why_none = "no OpenCL platform has a device to compile for";
  return platform;
}

}  // namespace

const Platform& platform() {
  static const Platform read = read_platform();
  return read;
}

}  // namespace backplane::opencl
