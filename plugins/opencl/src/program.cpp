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

// What the driver would take instead of the source; "" when it does not say.
std::string binary_of(cl_program program) {
  size_t size = 0;
  if (cl().clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, nullptr) !=
          CL_SUCCESS ||
      size == 0)
    return "";
  std::string binary(size, '\0');
  char* target = binary.data();
  if (cl().clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof target, &target, nullptr) !=
      CL_SUCCESS)
    return "";
  return binary;
}

}  // namespace

cl_program Programs::program(const Source& source, const std::string& options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string key = std::string(source.name) + ' ' + options;
  auto found = built_.find(key);
  if (found == built_.end()) {
    ++builds_;
    found = built_.emplace(key, build(source, options)).first;
  }
  return found->second.get();
}

Program Programs::build(const Source& source, const std::string& options) const {
  const std::string all = options_of(options);
  const std::string key = cache_key(source, options);
  if (const std::optional<std::string> binary = cache_.find(key)) {
    if (Program made = from_binary(*binary, all); made.get() != nullptr) return made;
    cache_.forget(key);
  }
  Program made = from_source(source, all);
  if (const std::string binary = binary_of(made.get()); !binary.empty()) cache_.keep(key, binary);
  return made;
}

// Nothing when the driver does not take it: another version of it may have written it.
Program Programs::from_binary(const std::string& binary, const std::string& options) const {
  const size_t size = binary.size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(binary.data());
  cl_int error = CL_SUCCESS;
  Program made(
      cl().clCreateProgramWithBinary(context_, 1, &facts_.id, &size, &bytes, nullptr, &error));
  if (error != CL_SUCCESS) return Program();
  error = cl().clBuildProgram(made.get(), 1, &facts_.id, options.c_str(), nullptr, nullptr);
  return error == CL_SUCCESS ? std::move(made) : Program();
}

Program Programs::from_source(const Source& source, const std::string& options) const {
  cl_int error = CL_SUCCESS;
  Program made(cl().clCreateProgramWithSource(context_, 1, const_cast<const char**>(&source.text),
                                              nullptr, &error));
  check(error, "clCreateProgramWithSource");
  error = cl().clBuildProgram(made.get(), 1, &facts_.id, options.c_str(), nullptr, nullptr);
  if (error == CL_BUILD_PROGRAM_FAILURE)
    plugin::fail(BP_STATUS_INTERNAL, std::string(source.name) + " with \"" + options +
                                         "\" does not compile for " + facts_.name + ": " +
                                         build_log(made.get(), facts_.id));
  check(error, "clBuildProgram");
  return made;
}

// -cl-std=CL1.2 and nothing that lets the compiler change results.
std::string Programs::options_of(const std::string& options) const {
  std::string all = "-cl-std=CL1.2 " + options;
  if (facts_.divides_exactly) all += " -cl-fp32-correctly-rounded-divide-sqrt";
  return flags_.empty() ? all : all + ' ' + flags_;
}

std::string Programs::cache_key(const Source& source, const std::string& options) const {
  std::string key = "program\n";
  for (const std::string& part :
       {facts_.platform, facts_.name, facts_.version, facts_.driver_version, options_of(options),
        std::string(source.text)})
    key += part + '\n';
  return key;
}

KernelHandle make_kernel(cl_program program, const char* name) {
  cl_int error = CL_SUCCESS;
  const cl_kernel made = cl().clCreateKernel(program, name, &error);
  check(error, "clCreateKernel");
  return KernelHandle(made);
}

}  // namespace backplane::opencl
