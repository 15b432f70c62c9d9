// Programs of OpenCL C, built when a kernel first needs them and shared by the kernels of an open
// device.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "cache.hpp"
#include "platform.hpp"

namespace backplane::opencl {

// A .cl file, embedded; kernels/NAME.cl is `kNameSource`.
struct Source {
  const char* name;  // "elementwise.cl", for messages
  const char* text;
};

class Programs {
 public:
  // `flags` come after the plugin's own at every build; binaries are looked for, and kept, in
  // `cache`.
  Programs(cl_context context, const DeviceFacts& facts, std::string flags, const Cache& cache)
      : context_(context), facts_(facts), flags_(std::move(flags)), cache_(cache) {}

  // The program that `source` is with `options`, built at most once; it lives as long as this. Any
  // thread. Throws with the end of the build log.
  cl_program program(const Source& source, const std::string& options);

  // Programs built so far, from source or from a binary.
  uint64_t builds() const { return builds_; }

  // What a binary of it is kept under: all that it depends on.
  std::string cache_key(const Source& source, const std::string& options) const;

 private:
  Program build(const Source& source, const std::string& options) const;
  Program from_binary(const std::string& binary, const std::string& options) const;
  Program from_source(const Source& source, const std::string& options) const;
  std::string options_of(const std::string& options) const;

  const cl_context context_;
  const DeviceFacts& facts_;
  const std::string flags_;
  const Cache& cache_;
  std::atomic<uint64_t> builds_{0};
  std::mutex mutex_;
  std::map<std::string, Program> built_;  // by name and options
};

// A kernel of its own. Throws when `program` has none of this name.
KernelHandle make_kernel(cl_program program, const char* name);

}  // namespace backplane::opencl
