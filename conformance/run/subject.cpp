#include "run/subject.hpp"

#include <algorithm>
#include <utility>

#include "run/random.hpp"
#include "support/status.hpp"

namespace backplane::conformance {
namespace {

std::string word_for(bp_status_t status) {
  return is_known_status(status) ? status_name(status) : "status " + std::to_string(status);
}

}  // namespace

void fail(const std::string& text) { throw CaseEnd{Verdict::kFail, text}; }
void unsupported(const std::string& text) { throw CaseEnd{Verdict::kUnsupported, text}; }
void not_applicable(const std::string& text) {
  throw CaseEnd{Verdict::kSkipped, "not applicable (" + text + ")"};
}

void require(bool holds, const std::string& text_if_not) {
  if (!holds) fail(text_if_not);
}

void require_status(bp_status_t came, bp_status_t wanted, const std::string& what) {
  require(came == wanted,
          what + ": " + status_name(wanted) + " was wanted, " + word_for(came) + " came");
}

Subject::Subject(std::string path, uint64_t seed) : path_(std::move(path)), seed_(seed) {}

void Subject::open(uint32_t index) {
  close();
  info_ = plugin_->device_info(host_.table(), index);
  require(info_ != nullptr, "device_info(" + std::to_string(index) + ") gave NULL");
  bp_device_t* device = nullptr;
  check(plugin_->device_open(host_.table(), index, nullptr, 0, &device), "device_open");
  device_ = device;
  device_index_ = index;
}

void Subject::close() {
  if (device_ != nullptr) plugin_->device_close(std::exchange(device_, nullptr));
}

void Subject::check(bp_status_t status, const std::string& call) {
  if (status != BP_OK) fail(call + " failed with " + word_for(status) + words());
}

std::string Subject::words() {
  const std::string text = host_.take_explanation();
  return text.empty() ? "" : " (\"" + text + "\")";
}

Owned<bp_buffer_t> Subject::buffer(uint64_t size, bp_memory_kind_t kind) {
  if (size > info_->max_buffer_size)
    not_applicable("it needs a buffer of " + std::to_string(size) + " bytes, max_buffer_size is " +
                   std::to_string(info_->max_buffer_size));
  bp_buffer_t* made = nullptr;
  check(memory().buffer_create(device_, kind, size, &made),
        "buffer_create of " + std::to_string(size) + " bytes");
  return own(made);
}

Owned<bp_buffer_t> Subject::own(bp_buffer_t* made) {
  return {made, [this](bp_buffer_t* ended) {
            settle();
            memory().buffer_destroy(ended);
          }};
}

Owned<bp_stream_t> Subject::stream(bp_stream_flags_t flags) {
  if (is_synchronous()) return {nullptr, [](bp_stream_t*) {}};
  bp_stream_t* made = nullptr;
  check(streams().stream_create(device_, flags, &made), "stream_create");
  const std::lock_guard<std::mutex> lock(streams_mutex_);
  streams_.push_back(made);
  return {made, [this](bp_stream_t* ended) {
            {
              const std::lock_guard<std::mutex> ending(streams_mutex_);
              streams_.erase(std::find(streams_.begin(), streams_.end(), ended));
            }
            streams().stream_destroy(ended);
          }};
}

void Subject::settle() {
  const std::lock_guard<std::mutex> lock(streams_mutex_);
  for (bp_stream_t* stream : streams_) streams().stream_synchronize(stream, kPatienceNs);
}

Owned<bp_event_t> Subject::event(bp_event_flags_t flags) {
  bp_event_t* made = nullptr;
  check(streams().event_create(device_, flags, &made), "event_create");
  return {made, [this](bp_event_t* ended) { streams().event_destroy(ended); }};
}

void Subject::finish(bp_stream_t* stream) {
  if (is_synchronous()) return;
  check(streams().stream_synchronize(stream, kPatienceNs), "stream_synchronize");
}

void Subject::write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                    const std::string& bytes) {
  check(memory().write(stream, target, offset, bytes.data(), bytes.size()), "write");
}

std::string Subject::read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                          uint64_t size) {
  std::string bytes(size, '\xee');
  check(memory().read(stream, source, offset, bytes.data(), size), "read");
  finish(stream);
  return bytes;
}

std::string Subject::pattern(uint64_t size, uint64_t salt) const {
  std::string bytes(size, '\0');
  for (uint64_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(mix(mix(seed_ + (salt << 20)) + i));
  return bytes;
}

void need_streams(const Subject& subject) {
  if (subject.is_synchronous()) not_applicable("synchronous");
}

void require_equal(const std::string& came, const std::string& wanted, const std::string& what) {
  require(came.size() == wanted.size(), what + ": " + std::to_string(wanted.size()) +
                                            " bytes were wanted, " + std::to_string(came.size()) +
                                            " came");
  const auto [at, other] = std::mismatch(came.begin(), came.end(), wanted.begin());
  if (at == came.end()) return;
  const auto number = [](char c) { return std::to_string(static_cast<unsigned char>(c)); };
  fail(what + ": byte " + std::to_string(at - came.begin()) + " of " + std::to_string(came.size()) +
       " is " + number(*at) + ", not " + number(*other));
}

}  // namespace backplane::conformance
