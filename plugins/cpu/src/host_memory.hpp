// Memory for whatever grows with the work given: it comes from the host, which counts it and may
// refuse it. [BP-MEM-14]
#pragma once

#include <backplane/plugin.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace backplane::cpu {

inline void* allocate(const bp_host_t* host, uint64_t size, uint64_t alignment) {
  void* pointer = host->allocate(host->self, size, alignment);
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

// Bytes of the host's, given back by the destructor.
class HostBytes {
 public:
  HostBytes() = default;
  HostBytes(const bp_host_t* host, uint64_t size, uint64_t alignment = alignof(std::max_align_t))
      : host_(host), data_(size == 0 ? nullptr : allocate(host, size, alignment)) {}
  HostBytes(HostBytes&& other) noexcept
      : host_(other.host_), data_(std::exchange(other.data_, nullptr)) {}
  HostBytes& operator=(HostBytes&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(data_, other.data_);
    return *this;
  }
  HostBytes(const HostBytes&) = delete;
  HostBytes& operator=(const HostBytes&) = delete;
  ~HostBytes() {
    if (data_ != nullptr) host_->deallocate(host_->self, data_);
  }

  char* data() const { return static_cast<char*>(data_); }

 private:
  const bp_host_t* host_ = nullptr;
  void* data_ = nullptr;
};

// The same for objects of the standard library: std::allocate_shared, containers.
template <class T>
class HostAllocator {
 public:
  using value_type = T;
  explicit HostAllocator(const bp_host_t* host) : host_(host) {}
  template <class U>
  HostAllocator(const HostAllocator<U>& other) : host_(other.host()) {}

  T* allocate(size_t count) {
    return static_cast<T*>(cpu::allocate(host_, count * sizeof(T), alignof(T)));
  }
  void deallocate(T* pointer, size_t) { host_->deallocate(host_->self, pointer); }
  const bp_host_t* host() const { return host_; }
  bool operator==(const HostAllocator& other) const { return host_ == other.host_; }
  bool operator!=(const HostAllocator& other) const { return host_ != other.host_; }

 private:
  const bp_host_t* host_;
};

}  // namespace backplane::cpu
