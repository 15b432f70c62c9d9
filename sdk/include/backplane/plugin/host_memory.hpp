// The memory table of a synchronous device whose memory is the host's own: every function of
// memory.h but usage, with its ranges checked. All bytes come from bp_host_t::allocate.
#ifndef BACKPLANE_PLUGIN_HOST_MEMORY_HPP
#define BACKPLANE_PLUGIN_HOST_MEMORY_HPP

#include <backplane/memory.h>

#include <backplane/plugin/error.hpp>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace backplane::plugin {

// Makes and ends an object in memory that the host counts. [BP-MEM-14]
template <class Object, class... Arguments>
Object* host_new(const bp_host_t* host, Arguments&&... arguments) {
  void* memory = host->allocate(host->self, sizeof(Object), alignof(Object));
  if (memory == nullptr) throw std::bad_alloc();
  try {
    return new (memory) Object(std::forward<Arguments>(arguments)...);
  } catch (...) {
    host->deallocate(host->self, memory);
    throw;
  }
}
template <class Object>
void host_delete(const bp_host_t* host, Object* object) noexcept {
  if (object == nullptr) return;
  object->~Object();
  host->deallocate(host->self, object);
}

// For containers of a kernel: std::vector<float, HostAllocator<float>> packed(node.host()).
template <class T>
class HostAllocator {
 public:
  using value_type = T;
  explicit HostAllocator(const bp_host_t* host) : host_(host) {}
  template <class U>
  HostAllocator(const HostAllocator<U>& other) : host_(other.host()) {}
  const bp_host_t* host() const { return host_; }
  T* allocate(size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    void* memory = host_->allocate(host_->self, count * sizeof(T), alignof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* pointer, size_t) { host_->deallocate(host_->self, pointer); }
  template <class U>
  bool operator==(const HostAllocator<U>& other) const {
    return host_ == other.host();
  }
  template <class U>
  bool operator!=(const HostAllocator<U>& other) const {
    return host_ != other.host();
  }

 private:
  const bp_host_t* host_;
};

struct Borrowed {
  uintptr_t address;
  uint64_t size;
};

// A range of the process's memory; owns it if it was made by buffer_create.
class Buffer {
 public:
  static constexpr uint64_t kAlignment = 64;
  static constexpr uint64_t kMaxSize = UINT64_MAX / 4;

  // Bytes of its own, on which kernels run (DEVICE) or not (STAGING).
  Buffer(const bp_host_t* host, bp_memory_kind_t kind, uint64_t size)
      : host_(host),
        owned_(host->allocate(host->self, size, kAlignment)),
        kind_(kind),
        size_(size) {
    if (owned_ == nullptr)
      fail(BP_STATUS_OUT_OF_MEMORY, "no memory for a buffer of " + std::to_string(size) + " bytes");
    address_ = reinterpret_cast<uintptr_t>(owned_);
  }
  // Bytes of somebody else.
  Buffer(const bp_host_t* host, Borrowed bytes)
      : host_(host), address_(bytes.address), size_(bytes.size) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { host_->deallocate(host_->self, owned_); }

  const bp_host_t* host() const { return host_; }
  uintptr_t address() const { return address_; }
  bp_memory_kind_t kind() const { return kind_; }
  bool is_host_space() const { return size_ == UINT64_MAX; }

  // The bytes of a range, if it is inside. [BP-MEM-4]
  char* range(uint64_t offset, uint64_t size) const {
    if (offset > size_ || size > size_ - offset)
      fail(BP_STATUS_INVALID_ARGUMENT, std::to_string(size) + " bytes at offset " +
                                           std::to_string(offset) + " leave a buffer of " +
                                           std::to_string(size_) + " bytes");
    // The host's whole address space is a buffer, too: offsets are addresses there.
    return reinterpret_cast<char*>(address_ + offset);  // NOLINT(performance-no-int-to-ptr)
  }
  // The same of a buffer on which work runs.
  char* work_range(uint64_t offset, uint64_t size) const {
    if (kind_ == BP_MEMORY_STAGING)
      fail(BP_STATUS_INVALID_ARGUMENT, "a staging buffer is for map, copy and destroy only");
    return range(offset, size);
  }

 private:
  const bp_host_t* host_;
  void* owned_ = nullptr;
  bp_memory_kind_t kind_ = BP_MEMORY_DEVICE;
  uintptr_t address_ = 0;
  uint64_t size_;
};

// What a bp_device_t is here.
struct Device {
  explicit Device(const bp_host_t* its_host)
      : host(its_host), space(its_host, Borrowed{0, UINT64_MAX}) {}
  const bp_host_t* host;
  Buffer space;  // all of the process's memory
};

inline Device& device_of(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }
inline Buffer& buffer_of(bp_buffer_t* buffer) { return *reinterpret_cast<Buffer*>(buffer); }
inline const Buffer& buffer_of(const bp_buffer_t* buffer) {
  return *reinterpret_cast<const Buffer*>(buffer);
}

struct HostMemory {
  static constexpr bp_memory_api_t table() {
    bp_memory_api_t table = {};
    table.struct_size = sizeof(table);
    table.buffer_create = buffer_create;
    table.buffer_destroy = buffer_destroy;
    table.write = write;
    table.read = read;
    table.copy = copy;
    table.fill = fill;
    table.map = map;
    table.buffer_import = buffer_import;
    table.buffer_export = buffer_export;
    table.host_space = host_space;
    return table;
  }

  static bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                   bp_buffer_t** out_buffer) {
    const bp_host_t* host = device_of(device).host;
    return guarded(host, [&] {
      if (kind != BP_MEMORY_DEVICE && kind != BP_MEMORY_STAGING)
        fail(BP_STATUS_UNSUPPORTED, "memory of unknown kind " + std::to_string(kind));
      check_size(size);
      *out_buffer = reinterpret_cast<bp_buffer_t*>(host_new<Buffer>(host, host, kind, size));
    });
  }

  static void buffer_destroy(bp_buffer_t* buffer) {
    if (buffer != nullptr) host_delete(buffer_of(buffer).host(), &buffer_of(buffer));
  }

  static bp_status_t write(bp_stream_t*, bp_buffer_t* target, uint64_t offset, const void* source,
                           uint64_t size) {
    return guarded(buffer_of(target).host(), [&] {
      char* bytes = buffer_of(target).work_range(offset, size);
      if (size != 0) std::memcpy(bytes, source, size);
    });
  }

  static bp_status_t read(bp_stream_t*, const bp_buffer_t* source, uint64_t offset, void* target,
                          uint64_t size) {
    return guarded(buffer_of(source).host(), [&] {
      const char* bytes = buffer_of(source).work_range(offset, size);
      if (size != 0) std::memcpy(target, bytes, size);
    });
  }

  static bp_status_t copy(bp_stream_t*, bp_buffer_t* target, uint64_t target_offset,
                          const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
    return guarded(buffer_of(target).host(), [&] {
      char* to = buffer_of(target).range(target_offset, size);
      const char* from = buffer_of(source).range(source_offset, size);
      const auto to_address = reinterpret_cast<uintptr_t>(to);
      const auto from_address = reinterpret_cast<uintptr_t>(from);
      if (to_address < from_address + size && from_address < to_address + size)
        fail(BP_STATUS_INVALID_ARGUMENT, "source and target of a copy overlap");
      if (size != 0) std::memcpy(to, from, size);
    });
  }

  static bp_status_t fill(bp_stream_t*, bp_buffer_t* target, uint64_t offset, uint64_t size,
                          const void* pattern, uint32_t pattern_size) {
    return guarded(buffer_of(target).host(), [&] {
      if (pattern_size != 1 && pattern_size != 2 && pattern_size != 4 && pattern_size != 8)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "a pattern of " + std::to_string(pattern_size) + " bytes; 1, 2, 4 and 8 are possible");
      if (offset % pattern_size != 0 || size % pattern_size != 0)
        fail(BP_STATUS_INVALID_ARGUMENT, "offset and size of a fill are multiples of its pattern");
      char* bytes = buffer_of(target).work_range(offset, size);
      for (uint64_t done = 0; done < size; done += pattern_size)
        std::memcpy(bytes + done, pattern, pattern_size);
    });
  }

  static bp_status_t map(bp_buffer_t* buffer, void** out_pointer) {
    return guarded(buffer_of(buffer).host(), [&] {
      refuse_host_space(buffer_of(buffer), "mapped");
      *out_pointer = buffer_of(buffer).range(0, 0);
    });
  }

  static bp_status_t buffer_import(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                                   uint64_t size, bp_buffer_t** out_buffer) {
    const bp_host_t* host = device_of(device).host;
    return guarded(host, [&] {
      require_pointer(kind);
      check_size(size);
      if (handle == 0) fail(BP_STATUS_INVALID_ARGUMENT, "NULL cannot be imported");
      if (handle % alignof(double) != 0)
        fail(BP_STATUS_UNSUPPORTED, "memory to import must lie at a multiple of 8");
      *out_buffer = reinterpret_cast<bp_buffer_t*>(
          host_new<Buffer>(host, host, Borrowed{static_cast<uintptr_t>(handle), size}));
    });
  }

  static bp_status_t buffer_export(bp_buffer_t* buffer, bp_handle_kind_t kind,
                                   uint64_t* out_handle) {
    return guarded(buffer_of(buffer).host(), [&] {
      require_pointer(kind);
      refuse_host_space(buffer_of(buffer), "exported");
      *out_handle = buffer_of(buffer).address();
    });
  }

  static bp_buffer_t* host_space(bp_device_t* device) {
    return reinterpret_cast<bp_buffer_t*>(&device_of(device).space);
  }

 private:
  static void check_size(uint64_t size) {
    if (size == 0 || size > Buffer::kMaxSize)
      fail(BP_STATUS_INVALID_ARGUMENT, "a buffer of " + std::to_string(size) + " bytes; 1 to " +
                                           std::to_string(Buffer::kMaxSize) + " are possible");
  }
  static void require_pointer(bp_handle_kind_t kind) {
    if (kind != BP_HANDLE_HOST_POINTER)
      fail(BP_STATUS_UNSUPPORTED,
           "handles of kind " + std::to_string(kind) + "; only host pointers (0) are known");
  }
  static void refuse_host_space(const Buffer& buffer, const char* what) {
    if (buffer.is_host_space())
      fail(BP_STATUS_INVALID_ARGUMENT, std::string("host_space is never ") + what);
  }
};

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_HOST_MEMORY_HPP
