#include "stream/stream.hpp"

#include "stream/event.hpp"

namespace backplane {
namespace {

// Streams are timed by the plugin only where it can tell the time between events.
bp_stream_flags_t plugin_flags(const Device& device, bp_stream_flags_t flags) {
  return has_device_time(device) ? flags : flags & ~bp_stream_flags_t{BP_STREAM_FLAG_TIMED};
}

}  // namespace

Result<std::shared_ptr<Stream>> Stream::create(std::shared_ptr<Device> device,
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

Status Stream::synchronize(uint64_t timeout_ns) {
  if (handle_ == nullptr) return {};
  const bp_status_t code = device_->stream()->stream_synchronize(handle_, timeout_ns);
  if (code == BP_STATUS_TIMEOUT) return {code, "the stream's work is not done yet"};
  return device_->status(code, "stream_synchronize");
}

}  // namespace backplane
