#include "counts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace backplane::opencl::layer {

namespace {

constexpr const char* kKindNames[kKindCount] = {"context", "queue", "memory",    "program",
                                                "kernel",  "event", "user_event"};

std::string member(const std::string& name, const std::string& value) {
  return '"' + name + "\":" + value;
}

void add_member(std::string* object, const std::string& name, const std::string& value) {
  if (!object->empty()) *object += ',';
  *object += member(name, value);
}

}  // namespace

void Counts::add_program(cl_program program, bool is_source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_source_[program] = is_source;  // whatever had this handle before is gone
}

void Counts::add_build(cl_program program) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++(is_source_[program] ? built_from_source_ : built_from_binary_);
}

uint64_t Counts::calls(const std::string& function) const {
  for (const Function& each : functions_)
    if (function == each.name) return each.calls;
  return 0;
}

std::string Counts::json() const {
  std::string live;
  for (uint32_t kind = 0; kind < kKindCount; ++kind)
    add_member(&live, kKindNames[kind], std::to_string(live_[kind]));
  std::string calls;
  for (const Function& each : functions_)
    if (each.calls != 0) add_member(&calls, each.name, std::to_string(each.calls));
  std::string object;
  add_member(&object, "pid", std::to_string(getpid()));
  add_member(&object, "program", std::string("\"") + program_invocation_short_name + '"');
  add_member(&object, "built_from_source", std::to_string(built_from_source_));
  add_member(&object, "built_from_binary", std::to_string(built_from_binary_));
  add_member(&object, "live", '{' + live + '}');
  add_member(&object, "calls", '{' + calls + '}');
  return '{' + object + '}';
}

void append_line(const std::string& path, const std::string& line) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string bytes = line + '\n';
  const bool is_written =
      file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (!is_written) std::perror(path.c_str());
  if (file >= 0) close(file);
}

}  // namespace backplane::opencl::layer
