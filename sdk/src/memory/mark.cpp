#include "memory/mark.hpp"

#include <algorithm>

namespace backplane {

EventCache::~EventCache() {
  for (bp_event_t* event : idle_) device_->stream()->event_destroy(event);
}

bp_event_t* EventCache::take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      bp_event_t* const event = idle_.back();
      idle_.pop_back();
      return event;
    }
  }
  bp_event_t* event = nullptr;
  const bp_status_t code = device_->stream()->event_create(device_->handle(), 0, &event);
  return code == BP_OK ? event : nullptr;
}

void EventCache::give(bp_event_t* event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(event);
}

void record_mark(Mark& mark, EventCache& cache, uint64_t sequence) {
  if (mark.event != nullptr) return;
  const Stream::Turn turn = mark.stream->try_turn();
  if (!turn.has_it()) return;
  bp_event_t* const event = cache.take();
  if (event == nullptr) return;
  if (cache.device().stream()->event_record(event, turn.handle()) != BP_OK) {
    cache.give(event);
    return;
  }
  mark.event = std::shared_ptr<bp_event_t>(event, [&cache](bp_event_t* e) { cache.give(e); });
  mark.sequence = sequence;
}

bool is_reached(const Mark& mark, const Device& device) {
  if (mark.stream->has_ended()) return true;
  return mark.event != nullptr && device.stream()->event_query(mark.event.get()) == BP_OK;
}

void wait_for(const Mark& mark, const Device& device, uint64_t timeout_ns) {
  if (mark.event != nullptr && !mark.stream->has_ended())
    device.stream()->event_synchronize(mark.event.get(), timeout_ns);
}

void merge_marks(std::vector<Mark>& into, const std::vector<Mark>& from) {
  for (const Mark& mark : from) {
    const auto same = std::find_if(into.begin(), into.end(),
                                   [&mark](const Mark& m) { return m.stream == mark.stream; });
    if (same == into.end())
      into.push_back(mark);
    else if (same->event != nullptr && (mark.event == nullptr || mark.sequence > same->sequence))
      *same = mark;
  }
}

}  // namespace backplane
