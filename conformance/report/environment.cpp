#include "report/environment.hpp"

#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "run/expectations.hpp"

namespace backplane::conformance {
namespace {

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

std::string kernel_text() {
  utsname facts = {};
  if (uname(&facts) != 0) return "unknown";
  return std::string(facts.sysname) + " " + facts.release + " " + facts.machine;
}

std::string compiler_text() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

Environment this_environment() {
  const std::string count = std::to_string(std::thread::hardware_concurrency());
  return {today_text(), processor_model() + " (" + count + " logical)", kernel_text(),
          compiler_text(), suite_version()};
}

const char* suite_version() { return BACKPLANE_VERSION; }

}  // namespace backplane::conformance
