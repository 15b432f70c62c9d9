#include "chip.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace backplane::cpu {

namespace {

uint64_t pages(int name) {
  const int64_t count = sysconf(name);
  return count > 0 ? static_cast<uint64_t>(count) : 0;
}

uint64_t page_size() { return std::max<uint64_t>(pages(_SC_PAGESIZE), 4096); }

// What "MemAvailable:     123 kB" says: free memory and what the system would give up for it.
uint64_t kernel_estimate() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word) {
    uint64_t kilobytes = 0;
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return pages(_SC_AVPHYS_PAGES) * page_size();
}

}  // namespace

std::string chip_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "CPU";
}

std::string chip_architecture() {
  utsname system = {};
  std::string machine = uname(&system) == 0 ? system.machine : "unknown";
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return machine + "-avx512";
  if (__builtin_cpu_supports("avx2")) return machine + "-avx2";
#endif
  return machine;
}

uint64_t physical_memory() { return pages(_SC_PHYS_PAGES) * page_size(); }

uint64_t available_memory() { return std::min(kernel_estimate(), physical_memory()); }

}  // namespace backplane::cpu
