// The devices of every OpenCL platform of this machine, in the order of platforms.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "library.hpp"

namespace backplane::opencl {

constexpr size_t kLargestGroup = 64;  // work items in a group of any kernel here

// What a device says of itself, read once.
struct DeviceFacts {
  cl_device_id id = nullptr;
  cl_device_type type = 0;
  std::string platform;  // "Portable Computing Language"
  std::string name;
  std::string version;  // "OpenCL 3.0 PoCL HSTR: ..."
  std::string driver_version;
  std::string architecture;  // with the platform's name
  std::string uuid;
  cl_uint vendor_id = 0;
  cl_ulong memory_size = 0;
  cl_ulong largest_buffer = 0;
  cl_ulong cache_size = 0;  // of global memory
  cl_uint alignment = 0;    // of a buffer, in bytes
  bool shares_host_memory = false;
  bool has_float64 = false;
  bool keeps_subnormals = false;
  bool divides_exactly = false;  // division and square root correctly rounded
  bool is_full_profile = false;  // exp, pow ... within the bounds of OpenCL's full profile
};

struct Platform {
  std::vector<DeviceFacts> devices;
  std::string why_none;  // when there are no devices
};

// Read at the first call; starts the drivers' threads. The process's signal handlers and this
// thread's signal mask are as before.
const Platform& platform();

}  // namespace backplane::opencl
