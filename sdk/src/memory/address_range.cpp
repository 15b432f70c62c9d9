#include "memory/address_range.hpp"

#include <sys/mman.h>

#include <utility>

namespace backplane {

AddressRange::AddressRange(uint64_t size) : size_(size) {
  void* const found =
      mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found != MAP_FAILED) begin_ = reinterpret_cast<uint64_t>(found);
}

AddressRange::~AddressRange() {
  // The addresses are of this process, so the cast gives back what mmap gave.
  if (begin_ != 0) munmap(reinterpret_cast<void*>(begin_), size_);  // NOLINT: see above
}

AddressRange::AddressRange(AddressRange&& other) noexcept
    : begin_(std::exchange(other.begin_, 0)), size_(other.size_) {}

AddressRange& AddressRange::operator=(AddressRange&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace backplane
