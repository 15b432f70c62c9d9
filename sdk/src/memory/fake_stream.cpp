#include <chrono>

#include "memory/fake_objects.hpp"

namespace backplane::fake {
namespace {

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

void reach(FakeMark& mark, bp_status_t status) {
  mark.is_reached = true;
  mark.status = status;
  mark.ns = now_ns();
}

bp_status_t push(FakeStream& stream, Task task) {
  const std::lock_guard<std::mutex> lock(world());
  stream.tasks.push_back(std::move(task));
  changed().notify_all();
  return BP_OK;
}

// Work by hand is also done by whoever waits.
void work_through_all(Chip& chip, std::unique_lock<std::mutex>& lock) {
  if (chip.config().work != Work::kByHand) return;
  for (bool is_moving = true; is_moving;) {
    is_moving = false;
    for (size_t i = 0; i < Access::streams(chip).size(); ++i)
      is_moving = step(*Access::streams(chip)[i], lock) || is_moving;
  }
}

template <class Done>
bool wait_until(Chip& chip, std::unique_lock<std::mutex>& lock, uint64_t timeout_ns, Done done) {
  const bool is_for_ever = timeout_ns > uint64_t{1} << 62;
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::nanoseconds(is_for_ever ? 0 : timeout_ns);
  while (true) {
    if (!done()) work_through_all(chip, lock);
    if (done()) return true;
    if (is_for_ever)
      changed().wait(lock);
    else if (changed().wait_until(lock, end) == std::cv_status::timeout)
      return done();
  }
}

void run_thread(FakeStream* stream) {
  std::unique_lock<std::mutex> lock(world());
  while (true) {
    while (step(*stream, lock)) {
    }
    if (stream->is_ending && stream->tasks.empty()) return;
    changed().wait(lock);
  }
}

bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  auto* stream = new FakeStream;
  stream->device = as<FakeDevice>(device);
  stream->flags = flags;
  Chip& chip = *stream->device->chip;
  if (chip.config().work == Work::kByThread) stream->thread = std::thread(run_thread, stream);
  const std::lock_guard<std::mutex> lock(world());
  Access::streams(chip).push_back(stream);
  *out_stream = as<bp_stream_t>(stream);
  return BP_OK;
}

void stream_destroy(bp_stream_t* handle) {
  if (handle == nullptr) return;
  auto* stream = as<FakeStream>(handle);
  {
    std::unique_lock<std::mutex> lock(world());
    stream->is_ending = true;
    changed().notify_all();
    const auto is_done = [stream] { return stream->tasks.empty() && !stream->is_busy; };
    wait_until(*stream->device->chip, lock, UINT64_MAX, is_done);
    auto& all = Access::streams(*stream->device->chip);
    for (auto it = all.begin(); it != all.end(); ++it)
      if (*it == stream) {
        all.erase(it);
        break;
      }
  }
  if (stream->thread.joinable()) stream->thread.join();
  delete stream;
}

bp_status_t stream_synchronize(bp_stream_t* handle, uint64_t timeout_ns) {
  auto* stream = as<FakeStream>(handle);
  std::unique_lock<std::mutex> lock(world());
  const auto is_done = [stream] { return stream->tasks.empty() && !stream->is_busy; };
  if (!wait_until(*stream->device->chip, lock, timeout_ns, is_done)) return BP_STATUS_TIMEOUT;
  return stream->status == BP_OK
             ? BP_OK
             : refuse(stream->device, stream->status, "work of the stream failed");
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  auto* event = new FakeEvent{as<FakeDevice>(device), flags, nullptr};
  if ((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0) event->mark = std::make_shared<FakeMark>();
  Access::live_events(*event->device->chip)++;
  *out_event = as<bp_event_t>(event);
  return BP_OK;
}

void event_destroy(bp_event_t* handle) {
  if (handle == nullptr) return;
  auto* event = as<FakeEvent>(handle);
  const std::lock_guard<std::mutex> lock(world());
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0 && !event->mark->is_reached)
    reach(*event->mark, BP_STATUS_CANCELLED);
  changed().notify_all();
  Access::live_events(*event->device->chip)--;
  delete event;
}

bp_status_t event_record(bp_event_t* handle, bp_stream_t* stream_handle) {
  auto* event = as<FakeEvent>(handle);
  auto* stream = as<FakeStream>(stream_handle);
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0)
    return refuse(event->device, BP_STATUS_INVALID_ARGUMENT, "it is host-signalled");
  if ((event->flags & BP_EVENT_FLAG_TIMED) != 0 && (stream->flags & BP_STREAM_FLAG_TIMED) == 0)
    return refuse(event->device, BP_STATUS_INVALID_ARGUMENT, "the stream is not timed");
  Task task;
  {
    const std::lock_guard<std::mutex> lock(world());
    event->mark = task.marks = std::make_shared<FakeMark>();
  }
  return push(*stream, std::move(task));
}

bp_status_t event_wait(bp_event_t* handle, bp_stream_t* stream) {
  auto* event = as<FakeEvent>(handle);
  Task task;
  {
    const std::lock_guard<std::mutex> lock(world());
    task.waits_for = event->mark;
  }
  return task.waits_for == nullptr ? BP_OK : push(*as<FakeStream>(stream), std::move(task));
}

bp_status_t answer(const FakeEvent& event) {
  if (event.mark == nullptr || event.mark->status == BP_OK) return BP_OK;
  return refuse(event.device, event.mark->status, "the event carries a failure");
}

bp_status_t event_query(bp_event_t* handle) {
  auto* event = as<FakeEvent>(handle);
  const std::lock_guard<std::mutex> lock(world());
  if (event->mark != nullptr && !event->mark->is_reached) return BP_STATUS_NOT_READY;
  return answer(*event);
}

bp_status_t event_synchronize(bp_event_t* handle, uint64_t timeout_ns) {
  auto* event = as<FakeEvent>(handle);
  std::unique_lock<std::mutex> lock(world());
  const std::shared_ptr<FakeMark> mark = event->mark;
  if (mark == nullptr) return BP_OK;
  const auto is_reached = [&mark] { return mark->is_reached; };
  if (!wait_until(*event->device->chip, lock, timeout_ns, is_reached)) return BP_STATUS_TIMEOUT;
  return mark->status == BP_OK ? BP_OK
                               : refuse(event->device, mark->status, "the event carries a failure");
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  auto* from = as<FakeEvent>(start);
  auto* to = as<FakeEvent>(end);
  if (from->device->chip->config().elapsed == Config::Optional::kRefusing)
    return refuse(from->device, BP_STATUS_UNSUPPORTED, "no times");
  const std::lock_guard<std::mutex> lock(world());
  if (from->mark == nullptr || to->mark == nullptr)
    return refuse(from->device, BP_STATUS_INVALID_ARGUMENT, "never recorded");
  if (!from->mark->is_reached || !to->mark->is_reached) return BP_STATUS_NOT_READY;
  if (to->mark->ns < from->mark->ns)
    return refuse(from->device, BP_STATUS_INVALID_ARGUMENT, "the end came first");
  *out_ns = to->mark->ns - from->mark->ns;
  return BP_OK;
}

bp_status_t event_signal(bp_event_t* handle, bp_status_t status) {
  auto* event = as<FakeEvent>(handle);
  const std::lock_guard<std::mutex> lock(world());
  const bool is_wrong = (event->flags & BP_EVENT_FLAG_HOST_SIGNALED) == 0 ||
                        event->mark->is_reached || status == BP_STATUS_NOT_READY ||
                        status == BP_STATUS_TIMEOUT;
  if (is_wrong) return refuse(event->device, BP_STATUS_INVALID_ARGUMENT, "no such signal");
  reach(*event->mark, status);
  changed().notify_all();
  return BP_OK;
}

bp_status_t host_call(bp_stream_t* handle, void (*function)(void*, bp_status_t), void* argument) {
  auto* stream = as<FakeStream>(handle);
  if (stream->device->chip->config().host_call == Config::Optional::kRefusing)
    return refuse(stream->device, BP_STATUS_UNSUPPORTED, "no host calls");
  Task task;
  task.call = function;
  task.argument = argument;
  return push(*stream, std::move(task));
}

}  // namespace

std::mutex& world() {
  static std::mutex mutex;
  return mutex;
}

std::condition_variable& changed() {
  static std::condition_variable condition;
  return condition;
}

// Does the stream's next piece of work, unlocked; false when there is none that can be done.
bool step(FakeStream& stream, std::unique_lock<std::mutex>& lock) {
  if (stream.is_busy || stream.tasks.empty()) return false;
  const std::shared_ptr<FakeMark> waits_for = stream.tasks.front().waits_for;
  if (waits_for != nullptr && !waits_for->is_reached) return false;
  const Task task = std::move(stream.tasks.front());
  stream.tasks.pop_front();
  if (waits_for != nullptr && stream.status == BP_OK) stream.status = waits_for->status;
  stream.is_busy = true;
  const bp_status_t before = stream.status;
  lock.unlock();
  if (task.call != nullptr) task.call(task.argument, before);
  const bp_status_t result = task.run && before == BP_OK ? task.run() : before;
  lock.lock();
  stream.is_busy = false;
  stream.status = result;
  if (task.marks != nullptr) reach(*task.marks, stream.status);
  changed().notify_all();
  return true;
}

bp_status_t give(FakeDevice* device, FakeStream* stream, std::function<bp_status_t()> run) {
  std::atomic<int>& failing = Access::fail_work(*device->chip);
  const bool fails = failing > 0 && --failing == 0;
  if (stream == nullptr)
    return fails ? refuse(device, BP_STATUS_INTERNAL, "told to fail here") : run();
  Task task;
  task.run = fails ? [] { return bp_status_t{BP_STATUS_INTERNAL}; } : std::move(run);
  return push(*stream, std::move(task));
}

bool Chip::advance(size_t stream) {
  std::unique_lock<std::mutex> lock(world());
  return stream < streams_.size() && step(*streams_[stream], lock);
}

const bp_stream_api_t kStreamTable = {
    sizeof(bp_stream_api_t), stream_create, stream_destroy, stream_synchronize, event_create,
    event_destroy,           event_record,  event_wait,     event_query,        event_synchronize,
    event_elapsed,           event_signal,  host_call};

}  // namespace backplane::fake
