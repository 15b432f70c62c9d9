// The asynchronous half of the fake plugin: a stream is a thread with a queue.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>

#include "check/fake_plugin.hpp"

// A point that work waits for.
struct FakeMark {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_reached = false;
  bp_status_t status = BP_OK;
  std::chrono::steady_clock::time_point time;

  // False when it was reached before.
  bool reach(bp_status_t with) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (is_reached) return false;
    is_reached = true;
    status = with;
    time = std::chrono::steady_clock::now();
    changed.notify_all();
    return true;
  }
  // TIMEOUT when it is not reached in time.
  bp_status_t wait(uint64_t timeout_ns) {
    std::unique_lock<std::mutex> lock(mutex);
    if (timeout_ns > uint64_t{1} << 62) {
      changed.wait(lock, [this] { return is_reached; });
    } else if (!changed.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                                 [this] { return is_reached; })) {
      return BP_STATUS_TIMEOUT;
    }
    return status;
  }
};

class FakeQueue {
 public:
  // What to do, given the stream's failure so far; the answer fails the stream.
  using Task = std::function<bp_status_t(bp_status_t)>;

  FakeQueue() : thread_([this] { run(); }) {}
  ~FakeQueue() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_ending_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void give(Task task) {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  bp_status_t synchronize(uint64_t timeout_ns) {
    auto mark = std::make_shared<FakeMark>();
    give([mark](bp_status_t failure) {
      mark->reach(failure);
      return failure;
    });
    return mark->wait(timeout_ns);
  }

 private:
  void run() {
    for (;;) {
      Task task;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return is_ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      const bp_status_t status = task(failure_);
      if (failure_ == BP_OK) failure_ = status;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool is_ending_ = false;
  bp_status_t failure_ = BP_OK;
  std::thread thread_;
};

namespace backplane::check::fake {
namespace {

bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  if ((flags & ~uint32_t{BP_STREAM_FLAG_TIMED}) != 0)
    return explained(device, BP_STATUS_UNSUPPORTED, "unknown flag");
  *out_stream = new bp_stream{device, std::make_shared<FakeQueue>()};
  return BP_OK;
}

void stream_destroy(bp_stream_t* stream) { delete stream; }

// For the fake's calls that have nothing but a stream: the device is only known with one.
bp_status_t without_stream(bp_device_t* device) {
  return explained(device, BP_STATUS_INVALID_ARGUMENT, "no stream");
}

bp_status_t stream_synchronize(bp_stream_t* stream, uint64_t timeout_ns) {
  if (stream == nullptr) return BP_STATUS_INVALID_ARGUMENT;
  const bp_status_t status = stream->queue->synchronize(timeout_ns);
  return status == BP_OK ? status : explained(stream->device, status, "the stream's");
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  auto* event = new bp_event;
  event->device = device;
  event->flags = flags;
  if ((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0) event->mark = std::make_shared<FakeMark>();
  *out_event = event;
  return BP_OK;
}

std::shared_ptr<FakeMark> mark_of(bp_event_t* event) {
  const std::lock_guard<std::mutex> lock(event->mutex);
  return event->mark;
}

void event_destroy(bp_event_t* event) {
  if (event == nullptr) return;
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0) mark_of(event)->reach(BP_STATUS_CANCELLED);
  delete event;
}

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  if (stream == nullptr) return without_stream(event->device);
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0)
    return explained(event->device, BP_STATUS_INVALID_ARGUMENT, "it is signalled by the host");
  auto mark = std::make_shared<FakeMark>();
  {
    const std::lock_guard<std::mutex> lock(event->mutex);
    event->mark = mark;
  }
  stream->queue->give([mark](bp_status_t failure) {
    mark->reach(failure);
    return failure;
  });
  return BP_OK;
}

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  if (stream == nullptr) return without_stream(event->device);
  const std::shared_ptr<FakeMark> mark = mark_of(event);
  if (mark != nullptr)
    stream->queue->give([mark](bp_status_t failure) {
      return failure != BP_OK ? failure : mark->wait(UINT64_MAX);
    });
  return BP_OK;
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  const std::shared_ptr<FakeMark> mark = mark_of(event);
  const bp_status_t status = mark != nullptr ? mark->wait(timeout_ns) : BP_OK;
  return status == BP_OK ? status : explained(event->device, status, "the event's");
}

bp_status_t event_query(bp_event_t* event) {
  const bp_status_t status = event_synchronize(event, 0);
  return status == BP_STATUS_TIMEOUT ? BP_STATUS_NOT_READY : status;
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  const std::shared_ptr<FakeMark> from = mark_of(start);
  const std::shared_ptr<FakeMark> to = mark_of(end);
  if (from == nullptr || to == nullptr || from->wait(0) != BP_OK || to->wait(0) != BP_OK)
    return BP_STATUS_NOT_READY;
  *out_ns = static_cast<uint64_t>((to->time - from->time).count());
  return BP_OK;
}

bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) == 0 || !mark_of(event)->reach(status))
    return explained(event->device, BP_STATUS_INVALID_ARGUMENT, "cannot be signalled");
  return BP_OK;
}

bp_status_t host_call(bp_stream_t* stream, void (*function)(void*, bp_status_t), void* argument) {
  if (stream == nullptr) return BP_STATUS_INVALID_ARGUMENT;
  stream->queue->give([=](bp_status_t failure) {
    function(argument, failure);
    return failure;
  });
  return BP_OK;
}

}  // namespace

bp_status_t in_order(bp_stream_t* stream, std::function<void()> work) {
  if (stream == nullptr) {
    work();
  } else {
    stream->queue->give([work = std::move(work), device = stream->device](bp_status_t failure) {
      const std::lock_guard<std::mutex> lock(device->unit);
      if (failure == BP_OK) work();
      return failure;
    });
  }
  return BP_OK;
}

bp_stream_api_t honest_stream() {
  return {
      sizeof(bp_stream_api_t), stream_create, stream_destroy, stream_synchronize, event_create,
      event_destroy,           event_record,  event_wait,     event_query,        event_synchronize,
      event_elapsed,           event_signal,  host_call};
}

}  // namespace backplane::check::fake
