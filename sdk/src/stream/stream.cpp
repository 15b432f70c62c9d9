#include "stream/stream.hpp"

#include "stream/event.hpp"

namespace backplane {
namespace {

// Streams are timed by the plugin only where it can tell the time between events.
bp_stream_flags_t plugin_flags(const Device& device, bp_stream_flags_t flags) {
  return has_device_time(device) ? flags : flags & ~bp_stream_flags_t{BP_STREAM_FLAG_TIMED};
}

}  // namespace

Result<std::shared_ptr<Stream>> Stream::create(const std::shared_ptr<Device>& device,
                                               bp_stream_flags_t flags) {
  if ((flags & ~bp_stream_flags_t{BP_STREAM_FLAG_TIMED}) != 0)
    return unsupported("a stream with flags " + std::to_string(flags) + ": only TIMED is known");
  const bp_stream_api_t* api = device->stream();
  std::shared_ptr<Stream> stream(new Stream(device, (flags & BP_STREAM_FLAG_TIMED) != 0));
  if (api == nullptr) return stream;
  const bp_status_t code =
      api->stream_create(device->handle(), plugin_flags(*device, flags), &stream->handle_);
  if (code != BP_OK) {
    stream->handle_ = nullptr;
    return device->status(code, "stream_create");
  }
  return stream;
}

Stream::~Stream() { end(); }

void Stream::end() {
  helper_.finish();  // host calls first: the stream waits for what they signal [BP-HOST-10]
  const std::lock_guard<std::mutex> lock(order_);
  if (has_ended()) return;
  keep_waiters_out();
  if (handle_ != nullptr) device_->stream()->stream_destroy(handle_);
  handle_ = nullptr;
  has_ended_.store(true, std::memory_order_release);
  device_.reset();
}

Stream::Turn Stream::turn() {
  if (handle_ == nullptr) return {this, {}};
  return {this, std::unique_lock<std::mutex>(order_)};
}

Stream::Turn Stream::try_turn() {
  if (has_ended()) return {};
  std::unique_lock<std::mutex> lock(order_, std::try_to_lock);
  if (!lock.owns_lock() || has_ended()) return {};
  return {this, std::move(lock)};
}

// False when the stream ends or has ended: there is nothing left to wait for.
bool Stream::begin_to_wait() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waiters_ < 0) return false;
  ++waiters_;
  return true;
}

void Stream::end_of_wait() {
  const std::lock_guard<std::mutex> lock(mutex_);
  --waiters_;
  waiters_changed_.notify_all();
}

void Stream::keep_waiters_out() {
  std::unique_lock<std::mutex> lock(mutex_);
  waiters_changed_.wait(lock, [this] { return waiters_ == 0; });
  waiters_ = -1;
}

Status Stream::synchronize(uint64_t timeout_ns) {
  if (!begin_to_wait()) return {};
  Status done;
  if (handle_ != nullptr) {
    const bp_status_t code = device_->stream()->stream_synchronize(handle_, timeout_ns);
    done = code == BP_STATUS_TIMEOUT ? Status(code, "the stream's work is not done yet")
                                     : device_->status(code, "stream_synchronize");
  }
  end_of_wait();
  return done;
}

}  // namespace backplane
