// For tests only: a host that remembers what it was told, counts the memory it gave, and can be
// made to refuse some; and a device of the plugin, opened on it.
#pragma once

#include <backplane/backplane.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "device.hpp"
#include "stream.hpp"
#include "tables.hpp"

namespace backplane::cpu::testing {

class TestHost {
 public:
  TestHost() {
    table_ = {
        sizeof(bp_host_t), {BP_ABI_MAJOR, BP_ABI_MINOR}, this, explain, log, allocate, deallocate,
        extension};
  }
  ~TestHost() { EXPECT_EQ(live_blocks_, 0) << "memory of the host's was not given back"; }
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  bp_host_t* table() { return &table_; }
  int64_t live_blocks() const { return live_blocks_; }

  // The n-th allocation from now on fails, 0 the next; -1: none.
  void fail_allocation(int64_t number) { allocations_until_failure_ = number; }

  // The last explanation on this thread since the last call of this.
  static std::string take_text() { return std::exchange(text(), std::string()); }

 private:
  static std::string& text() {
    thread_local std::string last;
    return last;
  }
  static void explain(void*, const char* said) { text() = said; }
  static void log(void*, bp_log_level_t, const char*) {}
  static void* allocate(void* self, uint64_t size, uint64_t alignment) {
    auto& host = *static_cast<TestHost*>(self);
    EXPECT_GT(size, 0u);
    if (host.allocations_until_failure_ >= 0 && host.allocations_until_failure_-- == 0)
      return nullptr;
    const uint64_t unit = alignment < sizeof(void*) ? sizeof(void*) : alignment;
    if (size > uint64_t{1} << 40) return nullptr;
    void* pointer = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (pointer != nullptr) ++host.live_blocks_;
    return pointer;
  }
  static void deallocate(void* self, void* pointer) {
    if (pointer != nullptr) --static_cast<TestHost*>(self)->live_blocks_;
    std::free(pointer);
  }
  static const void* extension(void*, const char*) { return nullptr; }

  bp_host_t table_ = {};
  std::atomic<int64_t> live_blocks_{0};
  std::atomic<int64_t> allocations_until_failure_{-1};
};

class OpenDevice {
 public:
  explicit OpenDevice(uint32_t index, std::initializer_list<bp_option_t> options = {})
      : is_synchronous_(index == kSynchronousDevice) {
    EXPECT_EQ(device_open(host.table(), index, options.begin(),
                          static_cast<uint32_t>(options.size()), &device_),
              BP_OK);
  }
  ~OpenDevice() { device_close(device_); }
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  bp_device_t* get() const { return device_; }
  bool is_synchronous() const { return is_synchronous_; }

  bp_buffer_t* buffer(uint64_t size, bp_memory_kind_t kind = BP_MEMORY_DEVICE) const {
    bp_buffer_t* made = nullptr;
    EXPECT_EQ(kMemoryApi.buffer_create(device_, kind, size, &made), BP_OK);
    return made;
  }

  TestHost host;

 private:
  bool is_synchronous_;
  bp_device_t* device_ = nullptr;
};

// The bytes of a buffer, by its address.
inline char* bytes_of(bp_buffer_t* buffer) {
  void* pointer = nullptr;
  EXPECT_EQ(kMemoryApi.map(buffer, &pointer), BP_OK);
  return static_cast<char*>(pointer);
}

}  // namespace backplane::cpu::testing
