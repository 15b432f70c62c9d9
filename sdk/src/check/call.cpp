#include "check/call.hpp"

namespace backplane::check {
namespace {

thread_local Call* current = nullptr;

bool needs_a_text(bp_status_t status) {
  return status != BP_OK && status != BP_STATUS_NOT_READY && status != BP_STATUS_TIMEOUT;
}

// What calls on the stream may return on its behalf.
StatusSet failures_of(const Stream& stream) {
  const bp_status_t known = stream.failure;
  if (known != BP_OK) return {known};
  return stream.has_waited ? kAnyWork : kAnyCall;
}

}  // namespace

Call::Call(State& state, Function function)
    : state_(state), rules_(rules_of(function)), outer_(current) {
  current = this;
}

Call::~Call() {
  current = outer_;
  if (occupied_ != nullptr) *occupied_ = nullptr;
  if (recorded_ != nullptr) *recorded_ = nullptr;
  for (Object* object : used_) Objects::release(*object);
}

Object* Call::use_object(const void* handle, Kind kind, const char* argument,
                         const Device* device) {
  Object* object = state_.objects.use(handle, kind, rules_.name);
  if (object == nullptr) {
    refuse("BP-HOST-3", std::string(argument) + " " + state_.objects.why_not(handle, kind));
    return nullptr;
  }
  used_.push_back(object);
  const Device* owner = kind == Kind::kDevice ? static_cast<Device*>(object) : object->device;
  if (host_ == nullptr) host_ = &owner->host.caller();
  if (device != nullptr && owner != device) {
    refuse("BP-HOST-3", std::string(argument) + " is " + object->name() + ", of " + owner->name() +
                            "; the call is about " + device->name());
    return nullptr;
  }
  return object;
}

Stream* Call::use_stream(const bp_stream_t* handle, const Device* device) {
  if (handle == nullptr) {
    is_stream_missing_ = device == nullptr || !device->is_synchronous();
    return nullptr;
  }
  stream_ = use<Stream>(handle, "stream", device);
  if (stream_ != nullptr) may_carry(failures_of(*stream_));
  return stream_;
}

Stream* Call::enter_stream(const bp_stream_t* handle, const Device* device) {
  Stream* stream = use_stream(handle, device);
  if (stream == nullptr) return nullptr;
  const char* other = nullptr;
  if (stream->occupant.compare_exchange_strong(other, rules_.name)) {
    occupied_ = &stream->occupant;
  } else {
    refuse("BP-HOST-11", stream->name() + " is in " + other + " on another thread");
  }
  return stream;
}

Event* Call::record_event(const bp_event_t* handle) {
  Event* event = use<Event>(handle, "event");
  if (event == nullptr) return nullptr;
  const char* other = nullptr;
  if (event->recorder.compare_exchange_strong(other, rules_.name)) {
    recorded_ = &event->recorder;
  } else {
    refuse("BP-HOST-11", event->name() + " is in " + other + " on another thread");
  }
  return event;
}

Order::Access Call::access(Buffer& buffer, uint64_t offset, uint64_t size, bool is_write) {
  const uint64_t begin = buffer.address + offset;
  return {buffer.has_address ? &state_.order.addresses : &buffer.history, begin, begin + size,
          is_write, buffer.number};
}

void Call::note_work(Stream* stream, const std::string& op, const Order::Access* accesses,
                     size_t count) {
  if (stream == nullptr) return;
  const std::optional<std::string> wrong =
      state_.order.give(stream->lane, {rules_.name, op}, accesses, count);
  if (wrong.has_value()) blame("BP-HOST-15", *wrong);
}

void Call::refuse(const char* rule, const std::string& text) {
  state_.report(rule, rules_.name, text);
  refuse(std::string(rule) + ": " + text);
}

void Call::refuse(const std::string& text) {
  is_refused_ = true;
  explain(text);
}

void Call::blame(const char* rule, const std::string& text) {
  state_.report(rule, rules_.name, text);
}

void Call::blame(const Refusal& refusal) {
  if (refusal.rule != nullptr) blame(refusal.rule, refusal.text);
}

void Call::explain(const std::string& text) const {
  if (host_ != nullptr)
    host_->explain(host_->self, (std::string(rules_.name) + ": " + text).c_str());
}

void Call::note_explanation() {
  if (current != nullptr) current->is_explained_ = true;
}

void Call::add_object(std::unique_ptr<Object> object) {
  const Kind kind = object->kind;
  if (state_.objects.add(std::move(object))) blame_for_equal_handle(kind);
}

const Buffer& Call::adopt_host_space(std::unique_ptr<Buffer> buffer) {
  const auto [adopted, is_equal] = state_.objects.add_host_space(std::move(buffer));
  if (is_equal) blame_for_equal_handle(Kind::kBuffer);
  return *adopted;
}

void Call::blame_for_equal_handle(Kind kind) {
  blame("BP-BASE-7",
        std::string("gave a handle that equals that of another live ") + kind_name(kind));
}

void Call::begin() {
  if (state_.options.entering != nullptr) state_.options.entering(state_.options.user, rules_.name);
}

void Call::end(const ProcessState& before) {
  const std::string difference = before.difference();
  if (!difference.empty()) blame("BP-BASE-9", difference);
  if (rules_.watch < Watch::kProcess) return;
  for (const Refusal& change : state_.constants.changes()) blame(change);
}

void Call::threw(const char* what) {
  has_thrown_ = true;
  blame("BP-BASE-4", std::string("an exception left it: ") + what);
  explain(std::string("BP-BASE-4: an exception left it: ") + what);
}

bp_status_t Call::judge(bp_status_t status) {
  if (!rules_.allows(status) && !carried_.has(status)) {
    blame("BP-BASE-6", "returned " + status_word(status) + ", which is none of OK, " +
                           failures_allowed(rules_, carried_));
  } else if (!rules_.allows(status) && stream_ != nullptr) {
    stream_->failure = status;  // it can be nothing else
  }
  const bool is_not_offered =
      status == BP_STATUS_UNSUPPORTED && rules_.fails.has(BP_STATUS_UNSUPPORTED);
  if (is_stream_missing_ && status != BP_STATUS_INVALID_ARGUMENT && !is_not_offered)
    blame("BP-STREAM-11",
          "returned " + status_word(status) + " for a NULL stream on a device with streams");
  judge_explanation(status);
  return status;
}

void Call::judge_explanation(bp_status_t status) {
  const bool has_no_host = is_stream_missing_ && host_ == nullptr;  // NULL was its only handle
  if (needs_a_text(status) && !is_explained_ && !has_no_host)
    blame("BP-BASE-5", "returned " + status_word(status) + " and did not explain it");
}

}  // namespace backplane::check
