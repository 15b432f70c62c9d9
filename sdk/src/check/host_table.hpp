// The bp_host_t that the plugin gets in place of the host's own: it passes everything on, and knows
// what is allocated, whether a call explained its failure, and when the plugin must be done with
// it.
#pragma once

#include <backplane/host.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace backplane::check {

struct State;

class HostTable {
 public:
  HostTable(State& state, const bp_host_t& caller, const char* lifetime);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  const bp_host_t* table() const { return &table_; }
  const bp_host_t& caller() const { return *caller_; }

  // In between the plugin may call it.
  void begin() { ++uses_; }
  void end() { --uses_; }
  bool is_in_use() const { return uses_ != 0; }

 private:
  static void explain(void* self, const char* text);
  static void log(void* self, bp_log_level_t level, const char* text);
  static void* allocate(void* self, uint64_t size, uint64_t alignment);
  static void deallocate(void* self, void* pointer);
  static const void* get_extension(void* self, const char* extension_id);

  // Blames the plugin when it is not.
  bool may_be_called(const char* function) const;

  State& state_;
  const bp_host_t* caller_;
  const char* lifetime_;  // "device_info": what the table was given to
  std::atomic<uint32_t> uses_{0};
  bp_host_t table_ = {};
};

// All tables given to one plugin, and the memory that it has through them. Tables stay until the
// layer ends, so that a plugin which calls one too late is seen.
class Hosts {
 public:
  // For one device_info; the same table for the same caller.
  HostTable& for_info(State& state, const bp_host_t& caller);
  // For one device_open.
  HostTable& for_open(State& state, const bp_host_t& caller);

  struct Block {
    uint64_t size = 0;
    HostTable* owner = nullptr;
    bool is_reported = false;
  };
  void add_block(void* pointer, Block block);
  // False when `caller` has not allocated it, or it was given back.
  bool remove_block(void* pointer, const bp_host_t& caller);

  // What nobody can give back any more because its table is over; each block is counted once.
  struct Leak {
    uint64_t bytes = 0;
    uint64_t blocks = 0;
  };
  Leak take_leaks();

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<HostTable>> tables_;
  std::unordered_map<const bp_host_t*, HostTable*> info_tables_;
  std::unordered_map<void*, Block> blocks_;
};

}  // namespace backplane::check
