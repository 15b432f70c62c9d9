// libbp_chaos.so: the cpu plugin as a host must be able to bear it. Buffers cannot be touched but
// by the plugin's own work; calls, and work, fail at random with a status that the ABI allows;
// three devices are unlike each other.
#pragma once

#include <atomic>
#include <initializer_list>
#include <mutex>
#include <vector>

#include "base.hpp"

namespace backplane::selftest::chaos {

// How one device differs from the cpu plugin's.
struct Manner {
  uint32_t cpu_device;  // 0: synchronous, 1: with streams
  uint64_t offset_alignment;
  uint64_t tensor_padding;  // all of it is overwritten behind every output
  uint64_t max_buffer_size;
};
constexpr uint32_t kDeviceCount = 3;

struct Device {
  bp_device_t* inner;
  const bp_host_t* host;
  const Manner& manner;
  std::atomic<int> objects{0};  // that live

  bool has_streams() const { return manner.cpu_device == 1; }
};

// Pages that are PROT_NONE but while somebody uses them.
class Buffer {
 public:
  Buffer(Device& on, bp_buffer_t* around, char* first_page, uint64_t whole_pages)
      : device(on), inner(around), pages_(first_page), size_(whole_pages) {
    ++device.objects;
  }
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void begin_use();
  void end_use();

  Device& device;
  bp_buffer_t* const inner;

 private:
  char* pages_;
  uint64_t size_;
  std::mutex mutex_;
  int users_ = 0;
};

// Streams, events and kernels: the cpu plugin's, and whose they are.
template <class Handle>
struct Wrapped {
  Device& device;
  Handle* inner;

  Wrapped(Device& on, Handle* made) : device(on), inner(made) { ++device.objects; }
  ~Wrapped() { --device.objects; }
  Wrapped(const Wrapped&) = delete;
  Wrapped& operator=(const Wrapped&) = delete;
};
using Stream = Wrapped<bp_stream_t>;
using Event = Wrapped<bp_event_t>;
struct Kernel : Wrapped<bp_kernel_t> {
  Kernel(Device& on, bp_kernel_t* made, const bp_node_t& node);
  size_t input_count;
  size_t output_count;  // with those for the sizes of BOUNDED outputs
};

template <class Object, class Handle>
Object& as(Handle* handle) {
  return *reinterpret_cast<Object*>(handle);
}
inline bp_stream_t* inner_of(bp_stream_t* stream) {
  return stream != nullptr ? as<Stream>(stream).inner : nullptr;
}

// BACKPLANE_CHAOS_RATE times in a thousand: explains, and returns INVALID_ARGUMENT, OUT_OF_MEMORY,
// INTERNAL or one of `more`. Else BP_OK.
bp_status_t bad_luck(const Device& device, const char* function,
                     std::initializer_list<bp_status_t> more = {});

// Does `work`, given to `stream`, with these buffers in reach. As often as calls, the work fails.
using Buffers = std::vector<Buffer*>;
template <class Work>
bp_status_t with_buffers(Device& device, bp_stream_t* stream, Buffers buffers, Work work);

// As with_buffers: begins and ends the use in the order of the stream. A failure of begin gave
// nothing; end comes in any case.
bp_status_t begin_use(bp_stream_t* stream, const Buffers& buffers);
void end_use(bp_stream_t* stream, Buffers buffers);
bp_status_t fail_the_work(Device& device, bp_stream_t* stream);

template <class Work>
bp_status_t with_buffers(Device& device, bp_stream_t* stream, Buffers buffers, Work work) {
  bp_status_t status = begin_use(stream, buffers);
  if (status != BP_OK) return status;
  status = work();
  end_use(stream, std::move(buffers));
  return status == BP_OK && stream != nullptr ? fail_the_work(device, stream) : status;
}

void plant_memory(bp_memory_api_t* table);
void plant_work(bp_stream_api_t* streams, bp_kernel_api_t* kernels);

}  // namespace backplane::selftest::chaos
