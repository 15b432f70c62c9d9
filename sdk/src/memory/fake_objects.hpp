// What the fake plugin's handles stand for. Its own files only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>

#include "memory/fake_device.hpp"

namespace backplane::fake {

struct FakeDevice {
  Chip* chip;
  const bp_host_t* host;
};

struct FakeBuffer {
  FakeDevice* device;
  bp_memory_kind_t kind;
  std::vector<char> owned;
  char* data;
  uint64_t size;
};

struct FakeMark {
  bool is_reached = false;
  bp_status_t status = BP_OK;
  uint64_t ns = 0;
};

struct FakeEvent {
  FakeDevice* device;
  bp_event_flags_t flags;
  std::shared_ptr<FakeMark> mark;  // nullptr: never recorded
};

struct Task {
  std::function<bp_status_t()> run;
  std::shared_ptr<FakeMark> waits_for;
  std::shared_ptr<FakeMark> marks;
  void (*call)(void*, bp_status_t) = nullptr;
  void* argument = nullptr;
};

struct FakeStream {
  FakeDevice* device;
  bp_stream_flags_t flags;
  std::deque<Task> tasks;
  bool is_busy = false;
  bool is_ending = false;
  bp_status_t status = BP_OK;
  std::thread thread;
};

// One lock for all streams and events of all fakes: simple, and right.
std::mutex& world();
std::condition_variable& changed();
bool step(FakeStream& stream, std::unique_lock<std::mutex>& lock);

// Runs it now without a stream, later with one.
bp_status_t give(FakeDevice* device, FakeStream* stream, std::function<bp_status_t()> run);
bp_status_t refuse(const FakeDevice* device, bp_status_t status, const char* text);
extern const bp_stream_api_t kStreamTable;
extern const bp_kernel_api_t kKernelTable;  // fake_kernel.cpp

template <class T, class Handle>
T* as(Handle* handle) {
  return reinterpret_cast<T*>(const_cast<std::remove_const_t<Handle>*>(handle));
}

// What fake_stream.cpp may see of a Chip.
struct Access {
  static std::atomic<int>& fail_work(Chip& chip) { return chip.fail_work_; }
  static std::atomic<int>& live_events(Chip& chip) { return chip.live_events_; }
  static std::vector<FakeStream*>& streams(Chip& chip) { return chip.streams_; }
  static std::atomic<int>& fail_buffer_create(Chip& chip) { return chip.fail_buffer_create_; }
  static std::atomic<int>& buffer_creates(Chip& chip) { return chip.buffer_creates_; }
  static std::atomic<int>& live_buffers(Chip& chip) { return chip.live_buffers_; }
  static std::atomic<int>& live_kernels(Chip& chip) { return chip.live_kernels_; }
  static std::atomic<int>& kernel_creates(Chip& chip) { return chip.kernel_creates_; }
  static std::atomic<int>& launches(Chip& chip) { return chip.launches_; }
  static std::atomic<uint64_t>& reserved(Chip& chip) { return chip.reserved_; }
};

}  // namespace backplane::fake
