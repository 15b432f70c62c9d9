// One call through the layer: finds the objects behind its handles, goes into the plugin, and looks
// at what comes back. It blames whoever broke a rule.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "check/functions.hpp"
#include "check/objects.hpp"
#include "check/process_state.hpp"
#include "check/small_vector.hpp"
#include "check/state.hpp"

namespace backplane::check {

class Call {
 public:
  Call(State& state, Function function);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // ---- before: what the host gives

  // The live object behind a handle, kept alive until the call ends. nullptr: the host was blamed
  // and the call is refused. `device`: the one that it must belong to, nullptr: any.
  template <class T>
  T* use(const typename T::Handle* handle, const char* argument, const Device* device = nullptr) {
    return static_cast<T*>(use_object(handle, T::kKind, argument, device));
  }
  // As use(); NULL is passed on, for a device with streams to answer INVALID_ARGUMENT.
  Stream* use_stream(const bp_stream_t* handle, const Device* device);
  // As use_stream(), by the only thread in a stream-ordered call of it.
  Stream* enter_stream(const bp_stream_t* handle, const Device* device);
  // As use(), by the only thread that records it.
  Event* record_event(const bp_event_t* handle);

  // The host broke a rule: the call will not reach the plugin.
  void refuse(const char* rule, const std::string& text);
  // The host's mistake that no rule names; it is told why.
  void refuse(const std::string& text);
  bool is_refused() const { return is_refused_; }
  static constexpr bp_status_t kRefusal = BP_STATUS_INVALID_ARGUMENT;

  // The call may report what its stream or event failed with, besides its own failures.
  void may_carry(StatusSet failures) { carried_ = failures; }

  // The call has given work to a stream: blames the host where nothing orders it after what it
  // touches. `op`: of a kernel, or "".
  void note_work(Stream* stream, const std::string& op, const Order::Access* accesses,
                 size_t count);
  Order::Access access(Buffer& buffer, uint64_t offset, uint64_t size, bool is_write);

  // ---- the call

  // Calls into the plugin. What is thrown becomes INTERNAL, NULL or 0; a status is judged.
  template <class Body>
  auto run(Body&& body) -> decltype(body());

  // ---- after: what the plugin gives

  void blame(const char* rule, const std::string& text);
  void blame(const Refusal& refusal);  // does nothing without a rule

  // Takes up an object that the plugin has made; it has a handle then.
  template <class T>
  const T& adopt(std::unique_ptr<T> object) {
    const T& adopted = *object;
    add_object(std::move(object));
    return adopted;
  }
  // As adopt(); but a device's host_space is one object, however often it is asked for.
  const Buffer& adopt_host_space(std::unique_ptr<Buffer> buffer);

  // Gives the host a text for the failure that the layer makes of the call: through its own table,
  // which is that of the call's device unless it is set.
  void explain(const std::string& text) const;
  void set_host(const bp_host_t& host) { host_ = &host; }
  // The plugin explained the call that this thread is in.
  static void note_explanation();

 private:
  Object* use_object(const void* handle, Kind kind, const char* argument, const Device* device);
  void add_object(std::unique_ptr<Object> object);
  void blame_for_equal_handle(Kind kind);
  template <class Body>
  void guarded(Body&& body);
  // The plugin alone: neither what the layer looks at before nor what it does after counts.
  template <class Body>
  void timed(Body&& body);
  void begin();
  void end(const ProcessState& before);
  void threw(const char* what);
  bp_status_t judge(bp_status_t status);
  void judge_explanation(bp_status_t status);

  State& state_;
  const FunctionRules& rules_;
  Call* const outer_;  // of this thread: the call whose plugin code made this one
  SmallVector<Object*, 20> used_;
  const bp_host_t* host_ = nullptr;
  Stream* stream_ = nullptr;
  std::atomic<const char*>* occupied_ = nullptr;
  std::atomic<const char*>* recorded_ = nullptr;
  StatusSet carried_ = {};
  bool is_refused_ = false;
  bool is_stream_missing_ = false;
  bool is_explained_ = false;
  bool has_thrown_ = false;
};

template <class Body>
auto Call::run(Body&& body) -> decltype(body()) {
  using Answer = decltype(body());
  begin();
  const ProcessState before(rules_.watch);
  if constexpr (std::is_void_v<Answer>) {
    timed(body);
    end(before);
  } else {
    Answer answer = {};
    timed([&] { answer = body(); });
    end(before);
    if constexpr (std::is_same_v<Answer, bp_status_t>)
      return has_thrown_ ? BP_STATUS_INTERNAL : judge(answer);
    else
      return answer;
  }
}

template <class Body>
void Call::timed(Body&& body) {
  if (!state_.options.times) return guarded(body);
  const Times::Clock::time_point start = Times::Clock::now();
  guarded(body);
  state_.times.add(rules_.function, Times::Clock::now() - start);
}

template <class Body>
void Call::guarded(Body&& body) {
  try {
    body();
  } catch (const std::exception& error) {
    threw(error.what());
  } catch (...) {
    threw("no std::exception");
  }
}

// Ends an object: no later call finds it, then the plugin destroys it. NULL goes to the plugin,
// too. nullptr when nothing was destroyed.
template <class T>
std::unique_ptr<Object> destroy(State& state, Call& call, typename T::Handle* handle,
                                void (*of_plugin)(typename T::Handle*)) {
  if (handle == nullptr) {
    call.run([&] { of_plugin(nullptr); });
    return nullptr;
  }
  Objects::Taken taken = state.objects.take(handle, T::kKind);
  call.blame(taken.refusal);
  if (taken.object != nullptr)
    call.run([&] { of_plugin(inner(static_cast<const T*>(taken.object.get()))); });
  return std::move(taken.object);
}

}  // namespace backplane::check
