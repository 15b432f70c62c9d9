// The objects behind the handles that the layer gives to the host, and the list of those that live.
// A handle is a number that says whose, of what kind and which; it is looked up, never followed.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "check/order.hpp"

namespace backplane::check {

class HostTable;

enum class Kind : uint8_t { kDevice, kBuffer, kStream, kEvent, kKernel };
constexpr size_t kKindCount = 5;
const char* kind_name(Kind kind);

struct Device;

struct Object {
  Object(Kind kind_of_it, void* of_plugin, Device* parent)
      : kind(kind_of_it), inner(of_plugin), device(parent) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  virtual std::string name() const;  // "buffer 3"

  const Kind kind;
  void* const inner;     // the plugin's handle
  Device* const device;  // nullptr for a device
  uint64_t number = 0;   // given by Objects::add
  void* handle = nullptr;

  std::atomic<uint32_t> users{0};  // calls that have it now
  std::atomic<const char*> last_user{""};
};

struct Device : Object {
  using Handle = bp_device_t;
  static constexpr Kind kKind = Kind::kDevice;
  Device(bp_device_t* of_plugin, const bp_device_info_t& described, HostTable& given)
      : Object(kKind, of_plugin, nullptr), info(described), host(given) {}

  bool is_synchronous() const { return (info.flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0; }

  const bp_device_info_t info;
  HostTable& host;
  std::mutex answers_mutex;
  std::unordered_map<uint64_t, bp_status_t> answers;  // of supports, by question_of_node
};

struct Buffer : Object {
  using Handle = bp_buffer_t;
  static constexpr Kind kKind = Kind::kBuffer;
  Buffer(bp_buffer_t* of_plugin, Device* parent, uint64_t bytes)
      : Object(kKind, of_plugin, parent), size(bytes) {}

  const uint64_t size;
  bool is_host_space = false;
  // Where it starts in the host's address space, if that is known: of imported memory, and of
  // host_space.
  bool has_address = false;
  uint64_t address = 0;
  Order::History history;  // of its bytes, unless it has an address
};

struct Stream : Object {
  using Handle = bp_stream_t;
  static constexpr Kind kKind = Kind::kStream;
  Stream(bp_stream_t* of_plugin, Device* parent) : Object(kKind, of_plugin, parent) {}

  Order::Lane lane;
  std::atomic<const char*> occupant{nullptr};  // the stream-ordered function that is inside
  std::atomic<bool> has_waited{false};         // so it may fail with whatever an event carries
  std::atomic<bp_status_t> failure{BP_OK};     // once a call has shown it beyond doubt
};

struct Event : Object {
  using Handle = bp_event_t;
  static constexpr Kind kKind = Kind::kEvent;
  Event(bp_event_t* of_plugin, Device* parent, bp_event_flags_t flags)
      : Object(kKind, of_plugin, parent), is_closed((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0) {}

  std::atomic<bool> is_closed;  // one of the host's, not yet signalled
  Order::Mark mark;             // the last one recorded
  std::atomic<const char*> recorder{nullptr};
};

struct Kernel : Object {
  using Handle = bp_kernel_t;
  static constexpr Kind kKind = Kind::kKernel;
  Kernel(bp_kernel_t* of_plugin, Device* parent, const bp_node_t& node);

  std::string name() const override;  // "kernel 7 (MatMul)"

  const std::string op;
  const uint32_t input_count;
  const uint32_t output_count;
  uint32_t bounded_count = 0;  // outputs whose sizes the data decides
  // What kernel_info said when the kernel was made.
  bool has_info = false;
  uint64_t info_contents = 0;
  std::vector<bp_argument_flags_t> flags;  // one per input, or empty: all 0
  std::vector<bp_alias_t> in_place;
};

// The plugin's handle of an object; NULL for none.
template <class T>
typename T::Handle* inner(const T* object) {
  return object != nullptr ? static_cast<typename T::Handle*>(object->inner) : nullptr;
}

// A number as an opaque pointer, which nobody follows.
void* to_opaque(uint64_t number);

// Why a handle cannot be used: a rule of the host's, and words.
struct Refusal {
  const char* rule = nullptr;
  std::string text;
};

class Objects {
 public:
  explicit Objects(size_t slot) : slot_(slot) {}

  // The object gets its number and handle. Says whether the plugin's handle equals a live one's.
  bool add(std::unique_ptr<Object> object);
  // As add(), unless the device has this host_space already: then that one.
  struct AddedBuffer {
    const Buffer* buffer;
    bool is_equal;
  };
  AddedBuffer add_host_space(std::unique_ptr<Buffer> space);

  // The live object of that kind, kept alive until release(), or nullptr.
  Object* use(const void* handle, Kind kind, const char* function);
  static void release(Object& object);

  // Takes it out, so that no later call finds it; none while another call has it, while a device
  // has objects, and when it is host_space.
  struct Taken {
    std::unique_ptr<Object> object;
    Refusal refusal;
  };
  Taken take(const void* handle, Kind kind);

  bool has_devices() const;

  // "was destroyed", "is an event, not a buffer": what is wrong with a handle that is not live.
  std::string why_not(const void* handle, Kind kind) const;

 private:
  bool add_locked(std::unique_ptr<Object> object);
  Taken refuse_busy(const Object& object) const;
  std::string list_objects_of(const Device& device) const;
  void erase_host_spaces_of(const Device& device);
  void forget_inner(const Object& object);

  const size_t slot_;
  mutable std::shared_mutex mutex_;
  std::map<uint64_t, std::unique_ptr<Object>> live_;  // by handle, so in order of making
  std::array<std::unordered_map<const void*, uint32_t>, kKindCount> live_inner_;
};

}  // namespace backplane::check
