// For tests only: streams, events and gates of the asynchronous device.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "test_host.hpp"

namespace backplane::cpu::testing {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kLong = 60 * kSecond;  // longer than anything takes; a test then fails

inline const bp_stream_api_t& streams() { return kStreamApi; }

class TestStream {
 public:
  explicit TestStream(const OpenDevice& device, bp_stream_flags_t flags = 0) {
    EXPECT_EQ(streams().stream_create(device.get(), flags, &stream_), BP_OK);
  }
  ~TestStream() { streams().stream_destroy(stream_); }
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;

  bp_stream_t* get() const { return stream_; }
  bp_status_t synchronize(uint64_t timeout_ns = kLong) const {
    return streams().stream_synchronize(stream_, timeout_ns);
  }

 private:
  bp_stream_t* stream_ = nullptr;
};

class TestEvent {
 public:
  explicit TestEvent(const OpenDevice& device, bp_event_flags_t flags = 0) {
    EXPECT_EQ(streams().event_create(device.get(), flags, &event_), BP_OK);
  }
  ~TestEvent() { streams().event_destroy(event_); }
  TestEvent(const TestEvent&) = delete;
  TestEvent& operator=(const TestEvent&) = delete;

  bp_event_t* get() const { return event_; }
  bp_status_t record(const TestStream& stream) const {
    return streams().event_record(event_, stream.get());
  }
  bp_status_t wait(const TestStream& stream) const {
    return streams().event_wait(event_, stream.get());
  }
  bp_status_t query() const { return streams().event_query(event_); }
  bp_status_t synchronize(uint64_t timeout_ns = kLong) const {
    return streams().event_synchronize(event_, timeout_ns);
  }
  bp_status_t signal(bp_status_t status = BP_OK) const {
    return streams().event_signal(event_, status);
  }
  void destroy() { streams().event_destroy(std::exchange(event_, nullptr)); }

 private:
  bp_event_t* event_ = nullptr;
};

// Holds a stream back until it is opened.
class Gate : public TestEvent {
 public:
  Gate(const OpenDevice& device, const TestStream& stream)
      : TestEvent(device, BP_EVENT_FLAG_HOST_SIGNALED) {
    EXPECT_EQ(wait(stream), BP_OK);
  }
  void open(bp_status_t status = BP_OK) const { EXPECT_EQ(signal(status), BP_OK); }
};

// What host calls said, in order. Outlives the streams that call it.
class Calls {
 public:
  void give(const TestStream& stream, int number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    arguments_.push_back(std::make_unique<Argument>(Argument{this, number}));
    EXPECT_EQ(streams().host_call(stream.get(), note, arguments_.back().get()), BP_OK);
  }
  std::vector<std::pair<int, bp_status_t>> seen() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return seen_;
  }

 private:
  struct Argument {
    Calls* calls;
    int number;
  };
  static void note(void* argument, bp_status_t status) {
    const auto& called = *static_cast<Argument*>(argument);
    const std::lock_guard<std::mutex> lock(called.calls->mutex_);
    called.calls->seen_.emplace_back(called.number, status);
  }

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Argument>> arguments_;
  std::vector<std::pair<int, bp_status_t>> seen_;
};

}  // namespace backplane::cpu::testing
