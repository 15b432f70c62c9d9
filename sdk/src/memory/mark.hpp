// Up to where a stream must have come before memory that it used may be used by others.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "stream/stream.hpp"

namespace backplane {

// Events of one device, used again and again. Any thread.
class EventCache {
 public:
  explicit EventCache(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  ~EventCache();
  EventCache(const EventCache&) = delete;
  EventCache& operator=(const EventCache&) = delete;

  bp_event_t* take();  // nullptr: the device has no event to give now
  void give(bp_event_t* event);
  const Device& device() const { return *device_; }

 private:
  const std::shared_ptr<Device> device_;
  std::mutex mutex_;
  std::vector<bp_event_t*> idle_;
};

struct Mark {
  std::shared_ptr<Stream> stream;
  std::shared_ptr<bp_event_t> event;  // nullptr: not recorded yet
  uint64_t sequence = 0;              // a later mark of a stream has a higher one
};

// Records the mark, now, unless it was recorded, the stream has ended, or another thread is giving
// work to it: then it stays unrecorded, and a later call may do it. `cache` outlives the mark.
void record_mark(Mark& mark, EventCache& cache, uint64_t sequence);
// Has the stream done all work up to the mark? A failed stream only once it has ended.
bool is_reached(const Mark& mark, const Device& device);
// Waits for that, at most so long.
void wait_for(const Mark& mark, const Device& device, uint64_t timeout_ns);

// What must be waited for by whoever wants both pieces of memory: one mark for each stream.
void merge_marks(std::vector<Mark>& into, const std::vector<Mark>& from);

}  // namespace backplane
