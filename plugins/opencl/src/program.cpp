#include "program.hpp"

#include <backplane/plugin.hpp>

namespace backplane::opencl {

namespace {

constexpr size_t kLogKept = 2000;  // characters of a build log that a message has

std::string build_log(cl_program program, cl_device_id device) {
  size_t size = 0;
  cl().clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
  std::string log(size, '\0');
  cl().clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
  log.resize(std::min(log.find('\0'), log.size()));
  return log.size() <= kLogKept ? log : "... " + log.substr(log.size() - kLogKept);
}

}  // namespace

KernelHandle Programs::kernel(const Source& source, const std::string& options, const char* name) {
  const cl_program built = program(source, options);
  cl_int error = CL_SUCCESS;
  const cl_kernel made = cl().clCreateKernel(built, name, &error);
  check(error, "clCreateKernel");
  return KernelHandle(made);
}

cl_program Programs::program(const Source& source, const std::string& options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string key = std::string(source.name) + ' ' + options;
  auto found = built_.find(key);
  if (found == built_.end()) found = built_.emplace(key, build(source, options)).first;
  return found->second.get();
}

// -cl-std=CL1.2 and nothing that lets the compiler change results.
Program Programs::build(const Source& source, const std::string& options) const {
  cl_int error = CL_SUCCESS;
  Program made(cl().clCreateProgramWithSource(context_, 1, const_cast<const char**>(&source.text),
                                              nullptr, &error));
  check(error, "clCreateProgramWithSource");
  std::string all = "-cl-std=CL1.2 " + options;
  if (facts_.divides_exactly) all += " -cl-fp32-correctly-rounded-divide-sqrt";
  error = cl().clBuildProgram(made.get(), 1, &facts_.id, all.c_str(), nullptr, nullptr);
  if (error == CL_BUILD_PROGRAM_FAILURE)
    plugin::fail(BP_STATUS_INTERNAL, std::string(source.name) + " with \"" + all +
                                         "\" does not compile for " + facts_.name + ": " +
                                         build_log(made.get(), facts_.id));
  check(error, "clBuildProgram");
  return made;
}

}  // namespace backplane::opencl
