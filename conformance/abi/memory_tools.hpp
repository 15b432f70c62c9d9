// What several files of memory cases share: buffers whose bytes are known, and a second opening of
// the device.
#pragma once

#include <string>
#include <vector>

#include "run/subject.hpp"

namespace backplane::conformance {

// Ends the case where the plugin leaves an optional function out.
template <class Function>
void need(Function function, const char* name) {
  if (function == nullptr) unsupported(std::string("the plugin does without ") + name);
}

// Ends the case where a buffer of this size cannot be had and need not be.
void need_buffers_of(const Subject& subject, uint64_t size);

// A buffer full of known bytes, and what is known of it.
struct Filled {
  Owned<bp_stream_t> stream;
  Owned<bp_buffer_t> buffer;
  std::string bytes;
};
// Ends the case where no buffer may be that large.
Filled filled(Subject& subject, uint64_t size, uint64_t salt = 0);
// All of the buffer's bytes as they are now.
std::string contents(Subject& subject, const Filled& filled);
void require_unchanged(Subject& subject, const Filled& filled, const std::string& after);

// "write of 3 bytes at offset 5"
struct Range {
  uint64_t offset;
  uint64_t size;
};
std::string named(const Range& range, const char* call);

// Sizes around every power of two from 256 to `largest`, which is one.
std::vector<uint64_t> size_classes(uint64_t largest);

// The host's address of a buffer that has one.
char* mapped(Subject& subject, bp_buffer_t* buffer);
// A buffer over memory of the suite's; ends the case where that is not possible.
Owned<bp_buffer_t> imported(Subject& subject, void* bytes, uint64_t size);
bool is_host_addressable(const Subject& subject);

// While it lives, the host has no memory.
class NoMemory {
 public:
  explicit NoMemory(SuiteHost& host) : host_(host) { host_.refuse_memory(true); }
  ~NoMemory() { host_.refuse_memory(false); }
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;

 private:
  SuiteHost& host_;
};

// The same device, opened once more; what is made here ends before it.
class SecondOpen {
 public:
  // `memory_limit`: bp.memory-limit, 0: none.
  explicit SecondOpen(Subject& subject, uint64_t memory_limit = 0);
  ~SecondOpen();
  SecondOpen(const SecondOpen&) = delete;
  SecondOpen& operator=(const SecondOpen&) = delete;

  bp_device_t* device() const { return device_; }
  bp_stream_t* stream() const { return stream_; }  // NULL on a synchronous device
  // NULL when the device has no memory for it; any other failure ends the case.
  Owned<bp_buffer_t> buffer_or_none(uint64_t size);
  Owned<bp_buffer_t> buffer(uint64_t size);

 private:
  Subject& subject_;
  bp_device_t* device_ = nullptr;
  bp_stream_t* stream_ = nullptr;
};

// Runs `work` with 0 to `count` - 1, each on a thread of its own; the first that fails ends the
// case.
void in_threads(uint64_t count, const std::function<void(uint64_t)>& work);

}  // namespace backplane::conformance
