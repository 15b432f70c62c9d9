// What this host gives its plugins: the bp_host_t table, and what came in through it.
#pragma once

#include <backplane/host.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "support/log.hpp"

namespace backplane {

class HostServices {
 public:
  // `log` must outlive this. `source` stands in the log beside every line of the plugin's.
  HostServices(const Log& log, std::string source);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  const bp_host_t* table() const { return &table_; }
  // Before a device is opened, no later: a plugin's id is known only after its query.
  void set_source(std::string source) { source_ = std::move(source); }

  // Bytes and blocks that plugins hold through bp_host_t::allocate now.
  uint64_t allocated_bytes() const { return allocated_bytes_; }
  uint64_t allocated_blocks() const { return allocated_blocks_; }

 private:
  static void* allocate(void* self, uint64_t size, uint64_t alignment);
  static void deallocate(void* self, void* pointer);
  static void log_line(void* self, bp_log_level_t level, const char* text);

  const Log& log_;
  std::string source_;
  std::atomic<uint64_t> allocated_bytes_{0};
  std::atomic<uint64_t> allocated_blocks_{0};
  bp_host_t table_ = {};
};

// The last text given to explain() on this thread since it was cleared; "" when there is none.
void clear_explanation();
const std::string& explanation();

}  // namespace backplane
