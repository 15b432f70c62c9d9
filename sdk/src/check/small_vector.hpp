// A vector of plain values whose first few need no heap.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace backplane::check {

template <class T, size_t InPlace>
class SmallVector {
  static_assert(std::is_trivially_copyable_v<T>, "values are copied as bytes");

 public:
  SmallVector() {}  // leaves the values in place as they are: launch has many of them

  void push_back(const T& value) {
    if (size_ < InPlace) {
      in_place_[size_] = value;
    } else {
      if (size_ == InPlace) heap_.assign(in_place_.begin(), in_place_.end());
      heap_.push_back(value);
    }
    ++size_;
  }

  size_t size() const { return size_; }
  T* data() { return size_ <= InPlace ? in_place_.data() : heap_.data(); }
  const T* data() const { return size_ <= InPlace ? in_place_.data() : heap_.data(); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](size_t index) { return data()[index]; }
  const T& operator[](size_t index) const { return data()[index]; }

 private:
  std::array<T, InPlace> in_place_;
  std::vector<T> heap_;
  size_t size_ = 0;
};

}  // namespace backplane::check
