// Programs of OpenCL C, built when a kernel first needs them and shared by the kernels of an open
// device.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "platform.hpp"

namespace backplane::opencl {

// A .cl file, embedded; kernels/NAME.cl is `kNameSource`.
struct Source {
  const char* name;  // "elementwise.cl", for messages
  const char* text;
};

class Programs {
 public:
  Programs(cl_context context, const DeviceFacts& facts) : context_(context), facts_(facts) {}

  // A kernel of its own, of the program that `source` is with `options`. Any thread; builds at most
  // once. Throws with the end of the build log.
  KernelHandle kernel(const Source& source, const std::string& options, const char* name);

 private:
  cl_program program(const Source& source, const std::string& options);
  Program build(const Source& source, const std::string& options) const;

  const cl_context context_;
  const DeviceFacts& facts_;
  std::mutex mutex_;
  std::map<std::string, Program> built_;  // by name and options
};

}  // namespace backplane::opencl
