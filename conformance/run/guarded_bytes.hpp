// Memory that ends where a page does, so that a byte too far is seen.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "run/subject.hpp"

namespace backplane::conformance {

// Bytes whose last one, or first one, touches a page that nobody may read or write. At most a page
// of them, or as many pages as are asked for.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t pages = 1)
      : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))), room_(pages * page_) {
    map_ = static_cast<char*>(
        mmap(nullptr, room_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    require(map_ != MAP_FAILED && mprotect(map_ + page_, room_, PROT_READ | PROT_WRITE) == 0,
            "the suite could not set up a guarded page");
  }
  ~GuardedBytes() { munmap(map_, room_ + 2 * page_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  char* at_end(uint64_t size) const { return map_ + page_ + room_ - size; }
  char* at_start() const { return map_ + page_; }
  uint64_t size() const { return room_; }
  static size_t pages_for(uint64_t size) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return size > page ? (size + page - 1) / page : 1;
  }
  void make_read_only() { allow(PROT_READ); }
  void make_unreachable() { allow(PROT_NONE); }

 private:
  void allow(int what) {
    require(mprotect(map_ + page_, room_, what) == 0, "the suite could not protect a guarded page");
  }

  size_t page_;
  size_t room_;
  char* map_;
};

// A growing struct at the very end of the page, followed by `later` bytes of fields that only a
// host to come has, and sets to something.
template <class Struct>
const Struct* at_the_end(const GuardedBytes& page, Struct value, uint32_t later) {
  value.struct_size += later;
  char* const start = page.at_end(sizeof value + later);
  std::memset(start + sizeof value, 0xa5, later);
  std::memcpy(start, &value, sizeof value);
  return reinterpret_cast<const Struct*>(start);
}

}  // namespace backplane::conformance
