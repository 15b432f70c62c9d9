// An open file descriptor, closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace backplane {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor() { reset(); }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void reset() {
    if (is_open()) close(value_);
    value_ = -1;
  }

 private:
  int value_ = -1;
};

}  // namespace backplane
