// The host that a plugin under test meets: counts what is asked of it, and can refuse memory.
#pragma once

#include <backplane/host.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace backplane::conformance {

class SuiteHost {
 public:
  SuiteHost();
  SuiteHost(const SuiteHost&) = delete;
  SuiteHost& operator=(const SuiteHost&) = delete;

  const bp_host_t* table() const { return &table_; }

  // The text that the plugin gave to explain on this thread since the last call of this function.
  std::string take_explanation();
  std::vector<std::string> take_log_lines();

  uint64_t allocated_bytes() const { return allocated_bytes_; }
  // While set, allocate gives NULL.
  void refuse_memory(bool refuse) { allocations_left_ = refuse ? 0 : INT64_MAX; }
  // So many more are granted before that.
  void refuse_memory_after(uint64_t count) { allocations_left_ = static_cast<int64_t>(count); }

 private:
  static void explain(void* self, const char* text);
  static void log(void* self, bp_log_level_t level, const char* text);
  static void* allocate(void* self, uint64_t size, uint64_t alignment);
  static void deallocate(void* self, void* pointer);
  static const void* get_extension(void* self, const char* extension_id);

  std::atomic<uint64_t> allocated_bytes_{0};
  std::atomic<int64_t> allocations_left_{INT64_MAX};
  std::mutex log_mutex_;
  std::vector<std::string> log_lines_;
  bp_host_t table_ = {};
};

// While it lives, the host refuses all but the next `count` allocations.
class ScarceMemory {
 public:
  ScarceMemory(SuiteHost& host, uint64_t count) : host_(host) { host_.refuse_memory_after(count); }
  ~ScarceMemory() { host_.refuse_memory(false); }
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;

 private:
  SuiteHost& host_;
};

}  // namespace backplane::conformance
