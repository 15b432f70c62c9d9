// Addresses that nothing else in the process has, and that nobody can touch: names for the bytes of
// a buffer whose own address the host cannot see.
#pragma once

#include <cstdint>

namespace backplane {

class AddressRange {
 public:
  AddressRange() = default;
  explicit AddressRange(uint64_t size);  // begin() is 0 when the process has no room left
  ~AddressRange();
  AddressRange(AddressRange&& other) noexcept;
  AddressRange& operator=(AddressRange&& other) noexcept;

  uint64_t begin() const { return begin_; }

 private:
  uint64_t begin_ = 0;
  uint64_t size_ = 0;
};

}  // namespace backplane
