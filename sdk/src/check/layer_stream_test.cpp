// The plugin's faults of streams and events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr uint64_t kForEver = UINT64_MAX;

void do_nothing(void*, bp_status_t) {}

class StreamFaults : public ::testing::Test {
 protected:
  void start() {
    checked_.start();
    device_ = checked_.device(fake::kAsynchronous);
    stream_ = checked_.make_stream(device_);
    buffer_ = checked_.make_buffer(device_);
    event_ = checked_.make_event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  }
  void TearDown() override {
    if (event_ != nullptr) api().event_destroy(event_);
    if (buffer_ != nullptr) checked_.memory().buffer_destroy(buffer_);
    if (stream_ != nullptr) api().stream_destroy(stream_);
  }
  const bp_stream_api_t& api() { return checked_.stream(); }
  bp_status_t write() { return checked_.memory().write(stream_, buffer_, 0, "", 1); }
  bp_status_t synchronize() { return api().stream_synchronize(stream_, kForEver); }
  auto& tables() { return checked_.plugin(); }

  Checked checked_;
  bp_device_t* device_ = nullptr;
  bp_stream_t* stream_ = nullptr;
  bp_buffer_t* buffer_ = nullptr;
  bp_event_t* event_ = nullptr;
};

bp_status_t cancelled_write(bp_stream_t*, bp_buffer_t* target, uint64_t, const void*, uint64_t) {
  return fake::explained(target->device, BP_STATUS_CANCELLED, "waited too long");
}

TEST_F(StreamFaults, AStreamThatWaitsForNothingIsCancelled) {
  tables().memory.write = cancelled_write;
  start();
  EXPECT_EQ(write(), BP_STATUS_CANCELLED);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-6 write: returned CANCELLED, which is none of OK, "
                          "INVALID_ARGUMENT, OUT_OF_MEMORY, DEVICE_LOST, INTERNAL"));
}

TEST_F(StreamFaults, AStreamThatFailedIsSoundAgain) {
  tables().memory.write = cancelled_write;
  tables().stream.stream_synchronize = [](bp_stream_t*, uint64_t) { return BP_OK; };
  start();
  EXPECT_EQ(api().event_wait(event_, stream_), BP_OK);
  EXPECT_EQ(synchronize(), BP_OK);
  EXPECT_EQ(write(), BP_STATUS_CANCELLED);  // the stream's own, since it waits
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  EXPECT_EQ(synchronize(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex("BP-STREAM-1 stream_synchronize: returned OK for stream "
                                       "[0-9]+, which had failed with CANCELLED")));
}

TEST_F(StreamFaults, AStreamThatFailedFailsOtherwise) {
  tables().memory.write = cancelled_write;
  tables().stream.stream_synchronize = [](bp_stream_t* stream, uint64_t) {
    return fake::explained(stream->device, BP_STATUS_CORRUPT, "now this");
  };
  start();
  EXPECT_EQ(api().event_wait(event_, stream_), BP_OK);
  EXPECT_EQ(write(), BP_STATUS_CANCELLED);
  EXPECT_EQ(synchronize(), BP_STATUS_CORRUPT);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-6 stream_synchronize: returned CORRUPT, which is none of OK, "
                          "INVALID_ARGUMENT, OUT_OF_MEMORY, TIMEOUT, DEVICE_LOST, INTERNAL, "
                          "CANCELLED"));
}

TEST_F(StreamFaults, AFailureOfAStreamIsNotExplained) {
  tables().stream.stream_synchronize = [](bp_stream_t*, uint64_t) {
    return bp_status_t{BP_STATUS_DEVICE_LOST};
  };
  start();
  EXPECT_EQ(synchronize(), BP_STATUS_DEVICE_LOST);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-5 stream_synchronize: returned DEVICE_LOST and did not explain "
                          "it"));
}

TEST_F(StreamFaults, AQueryTimesOut) {
  tables().stream.event_query = [](bp_event_t*) { return bp_status_t{BP_STATUS_TIMEOUT}; };
  start();
  EXPECT_EQ(api().event_query(event_), BP_STATUS_TIMEOUT);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex("BP-BASE-6 event_query: returned TIMEOUT, which .*")));
}

TEST_F(StreamFaults, ANullStreamIsTaken) {
  tables().memory.write = [](bp_stream_t*, bp_buffer_t*, uint64_t, const void*, uint64_t) {
    return BP_OK;
  };
  tables().stream.stream_synchronize = [](bp_stream_t*, uint64_t) { return BP_OK; };
  start();
  EXPECT_EQ(checked_.memory().write(nullptr, buffer_, 0, "", 1), BP_OK);
  EXPECT_EQ(api().stream_synchronize(nullptr, 0), BP_OK);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-STREAM-11 write: returned OK for a NULL stream on a device with streams",
                  "BP-STREAM-11 stream_synchronize: returned OK for a NULL stream on a device with "
                  "streams"));
}

// ---- host calls

struct KeptCall {
  void (*function)(void*, bp_status_t);
  void* argument;
} kept_call;

bp_status_t keep_host_call(bp_stream_t*, void (*function)(void*, bp_status_t), void* argument) {
  kept_call = {function, argument};
  return BP_OK;
}

void count(void* argument, bp_status_t) { ++*static_cast<int*>(argument); }

TEST_F(StreamFaults, AHostCallComesTwice) {
  tables().stream.host_call = keep_host_call;
  start();
  int calls = 0;
  EXPECT_EQ(api().host_call(stream_, count, &calls), BP_OK);
  kept_call.function(kept_call.argument, BP_OK);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  kept_call.function(kept_call.argument, BP_OK);
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-STREAM-7 host_call: called a function a second time, or one that it "
                          "was never given"));
}

void call_again(void* argument, bp_status_t) {
  if (++*static_cast<int*>(argument) == 1) kept_call.function(kept_call.argument, BP_OK);
}

TEST_F(StreamFaults, AHostCallComesAgainWhileItRuns) {
  tables().stream.host_call = keep_host_call;
  start();
  int calls = 0;
  EXPECT_EQ(api().host_call(stream_, call_again, &calls), BP_OK);
  kept_call.function(kept_call.argument, BP_OK);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(checked_.take_violations().size(), 1u);
}

TEST_F(StreamFaults, AHostCallNeverComes) {
  tables().stream.host_call = keep_host_call;
  start();
  int calls = 0;
  EXPECT_EQ(api().host_call(stream_, count, &calls), BP_OK);
  api().stream_destroy(stream_);
  EXPECT_EQ(calls, 0);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-STREAM-7 stream_destroy: ended with 1 of the functions given to "
                          "host_call never called"));
  kept_call.function(kept_call.argument, BP_OK);  // and then too late
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(checked_.take_violations().size(), 1u);
  stream_ = nullptr;
}

TEST_F(StreamFaults, AHostCallThatWasRefusedNeedNotCome) {
  tables().stream.host_call = [](bp_stream_t* stream, void (*)(void*, bp_status_t), void*) {
    return fake::explained(stream->device, BP_STATUS_UNSUPPORTED, "none here");
  };
  start();
  EXPECT_EQ(api().host_call(stream_, do_nothing, nullptr), BP_STATUS_UNSUPPORTED);
  api().stream_destroy(stream_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  stream_ = nullptr;
}

TEST_F(StreamFaults, AHostCallHidesTheStreamsFailure) {
  tables().stream.host_call = keep_host_call;
  tables().memory.write = cancelled_write;
  start();
  EXPECT_EQ(api().event_wait(event_, stream_), BP_OK);
  EXPECT_EQ(write(), BP_STATUS_CANCELLED);
  EXPECT_EQ(api().host_call(stream_, do_nothing, nullptr), BP_OK);
  kept_call.function(kept_call.argument, BP_OK);
  EXPECT_EQ(api().host_call(stream_, do_nothing, nullptr), BP_OK);
  kept_call.function(kept_call.argument, BP_STATUS_TIMEOUT);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-STREAM-7 host_call: called a function with OK on a stream that had "
                          "failed with CANCELLED",
                          "BP-STREAM-7 host_call: called a function with TIMEOUT, with which no "
                          "stream fails"));
}

TEST_F(StreamFaults, AStreamEndsWhileItsHostCallRuns) {
  tables().stream.host_call = keep_host_call;
  tables().stream.stream_destroy = [](bp_stream_t* stream) { delete stream; };
  start();
  static Checked* checked = nullptr;
  static bp_stream_t* stream = nullptr;
  checked = &checked_;
  stream = stream_;
  EXPECT_EQ(
      api().host_call(
          stream_, [](void*, bp_status_t) { checked->stream().stream_destroy(stream); }, nullptr),
      BP_OK);
  kept_call.function(kept_call.argument, BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-STREAM-14 stream_destroy: returned while a function that it calls "
                          "still runs"));
  stream_ = nullptr;
}

// What a host call may do goes through the layer while the plugin is inside another call.
TEST_F(StreamFaults, AHostCallInsideASignalIsNoFault) {
  tables().stream.host_call = keep_host_call;
  tables().stream.event_signal = [](bp_event_t*, bp_status_t) {
    kept_call.function(kept_call.argument, BP_OK);
    return BP_OK;
  };
  start();
  struct Asked {
    const bp_stream_api_t& api;
    bp_event_t* event;
  } asked = {api(), event_};
  EXPECT_EQ(api().host_call(
                stream_,
                [](void* argument, bp_status_t) {
                  const auto& [api, event] = *static_cast<Asked*>(argument);
                  EXPECT_EQ(api.event_query(event), BP_STATUS_NOT_READY);
                },
                &asked),
            BP_OK);
  EXPECT_EQ(api().event_signal(event_, BP_OK), BP_OK);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

// The calls that the host's function makes do not take the explanation of the one around them.
TEST_F(StreamFaults, AnExplanationAfterAHostCallIsHeard) {
  tables().stream.host_call = keep_host_call;
  tables().stream.event_signal = [](bp_event_t* event, bp_status_t) {
    kept_call.function(kept_call.argument, BP_OK);
    return fake::explained(event->device, BP_STATUS_INTERNAL, "not after that");
  };
  start();
  struct Asked {
    const bp_stream_api_t& api;
    bp_event_t* event;
  } asked = {api(), event_};
  EXPECT_EQ(api().host_call(
                stream_,
                [](void* argument, bp_status_t) {
                  const auto& [api, event] = *static_cast<Asked*>(argument);
                  EXPECT_EQ(api.event_query(event), BP_STATUS_NOT_READY);
                },
                &asked),
            BP_OK);
  EXPECT_EQ(api().event_signal(event_, BP_OK), BP_STATUS_INTERNAL);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

}  // namespace
}  // namespace backplane::check
