// An event of a device with streams: names the mark that was recorded last, so it may go or move
// while others wait for that mark. What a mark is, is the plugin's own.
#ifndef BACKPLANE_PLUGIN_EVENT_HPP
#define BACKPLANE_PLUGIN_EVENT_HPP

#include <backplane/stream.h>

#include <backplane/plugin/error.hpp>
#include <backplane/plugin/test_hooks.hpp>
#include <mutex>
#include <string>
#include <utility>

namespace backplane::plugin {

// `MarkPtr` is a shared pointer.
template <class Device, class MarkPtr>
class Event {
 public:
  // `mark` is what a host-signalled event waits for; nullptr for any other. It counts in `live`.
  Event(Device& device, bp_event_flags_t flags, MarkPtr mark, std::atomic<uint64_t>& live)
      : device_(device), flags_(flags), mark_(std::move(mark)), counted_(live) {}

  Device& device() const { return device_; }
  bool is_timed() const { return (flags_ & BP_EVENT_FLAG_TIMED) != 0; }
  bool is_host_signaled() const { return (flags_ & BP_EVENT_FLAG_HOST_SIGNALED) != 0; }

  // The mark that stands; nullptr: never recorded, which counts as reached.
  MarkPtr mark() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return mark_;
  }
  void set_mark(MarkPtr mark) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mark_.swap(mark);
  }

 private:
  Device& device_;
  const bp_event_flags_t flags_;
  std::mutex mutex_;
  MarkPtr mark_;
  const Counted counted_;
};

// Refuses flags that this version does not know. [BP-STREAM-13]
inline void check_event_flags(bp_event_flags_t flags) {
  constexpr bp_event_flags_t kKnown = BP_EVENT_FLAG_TIMED | BP_EVENT_FLAG_HOST_SIGNALED;
  if ((flags & ~kKnown) != 0)
    fail(BP_STATUS_UNSUPPORTED, "event_create: unknown flags in " + std::to_string(flags));
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_EVENT_HPP
