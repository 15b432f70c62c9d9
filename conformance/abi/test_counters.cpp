// What a device has, by the counts of "bp.test/1": nothing is left behind, nothing is made twice.
#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"
#include "abi/test_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;
constexpr uint64_t kRounds = 10;

void require_more(uint64_t now, uint64_t then, uint64_t by, const std::string& what) {
  require(now >= then && now - then == by, what + ": from " + std::to_string(then) + " to " +
                                               std::to_string(now) + ", and not " +
                                               std::to_string(by) + " more");
}

void buffers_are_counted(Subject& subject) {
  const bp_test_counters_t before = counters(subject);
  std::vector<Owned<bp_buffer_t>> all;
  for (uint64_t i = 0; i < kRounds; ++i) all.push_back(subject.buffer(kRoom));
  const bp_test_counters_t now = counters(subject);
  require_more(now.buffers, before.buffers, kRounds, "buffers");
  require(now.device_bytes >= before.device_bytes + kRounds * kRoom,
          "device_bytes grew by less than what was created");
  all.clear();
  require_same_life(counters(subject), before, "buffers were destroyed");
}

void failed_creates_leave_nothing(Subject& subject) {
  const bp_test_counters_t before = counters(subject);
  bp_buffer_t* made = nullptr;
  fail_next(subject, BP_TEST_BUFFER_CREATE, 1, BP_STATUS_OUT_OF_MEMORY);
  subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, kRoom, &made);
  subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 0, &made);
  require_same_life(counters(subject), before, "buffer_create failed");
}

void streams_and_events_are_counted(Subject& subject) {
  need_streams(subject);
  const bp_test_counters_t before = counters(subject);
  {
    const Lane a = lane(subject, kRoom);
    const Lane b = lane(subject, kRoom);
    const Owned<bp_event_t> event = subject.event();
    const Owned<bp_event_t> again = subject.event(BP_EVENT_FLAG_HOST_SIGNALED);
    for (uint64_t i = 0; i < kRounds; ++i) {
      record(subject, event.get(), a.stream.get());
      wait(subject, event.get(), b.stream.get());
      subject.write(b.stream.get(), b.buffer.get(), 0, b.bytes);
    }
    subject.finish(b.stream.get());
    const bp_test_counters_t now = counters(subject);
    require_more(now.streams, before.streams, 2, "streams");
    require_more(now.events, before.events, 2, "events");
  }
  require_same_life(counters(subject), before, "streams, events and buffers were destroyed");
}

void kernels_are_counted(Subject& subject) {
  const bp_test_counters_t before = counters(subject);
  {
    const Addition first = addition(subject, 64);
    const Addition second = addition(subject, 64);
    require_more(counters(subject).kernels, before.kernels, 2, "kernels");
  }
  require_same_life(counters(subject), before, "kernels were destroyed");
}

void launches_leave_nothing(Subject& subject) {
  need_test(subject);
  const Addition add = addition(subject, 64);
  launch(subject, add, add.stream.get());
  subject.finish(add.stream.get());
  const bp_test_counters_t before = counters(subject);
  constexpr uint64_t kLaunches = 1000;
  for (uint64_t i = 0; i < kLaunches; ++i) launch(subject, add, add.stream.get());
  subject.finish(add.stream.get());
  const bp_test_counters_t now = counters(subject);
  require_same_life(now, before, "1,000 launches");
  require_more(now.launches + now.host_launches, before.launches + before.host_launches, kLaunches,
               "launches and host_launches together");
}

void nothing_is_compiled_twice(Subject& subject) {
  need_test(subject);
  const Addition add = addition(subject, 64);
  launch(subject, add, add.stream.get());
  subject.finish(add.stream.get());
  const uint64_t compiles = counters(subject).compiles;
  require(compiles > 0, "a kernel was made and launched, and nothing was ever compiled");
  for (uint64_t i = 0; i < kRounds; ++i) launch(subject, add, add.stream.get());
  subject.finish(add.stream.get());
  require_more(counters(subject).compiles, compiles, 0,
               "compiles, from the first launch of a kernel to its eleventh");
}

const AbiCase kMemoryCases[] = {
    {"memory/buffers-are-counted", "BP-TEST-7",
     "buffers and their bytes are counted, and no longer when they are destroyed",
     buffers_are_counted},
    {"memory/failed-creates-leave-nothing", "BP-BASE-10",
     "a buffer_create that fails leaves no buffer and no bytes", failed_creates_leave_nothing},
};

const AbiCase kStreamCases[] = {
    {"stream/streams-and-events-are-counted", "BP-TEST-7",
     "streams and events are counted, and no longer when they are destroyed",
     streams_and_events_are_counted},
};

const AbiCase kOperatorCases[] = {
    {"operators/kernels-are-counted", "BP-TEST-7",
     "kernels are counted, and no longer when they are destroyed", kernels_are_counted},
    {"operators/launches-leave-nothing", "BP-TEST-8",
     "1,000 launches are counted, and leave no object and no bytes behind", launches_leave_nothing},
    {"operators/nothing-is-compiled-twice", "",
     "launching a kernel again compiles nothing that its first launch had not",
     nothing_is_compiled_twice},
};

}  // namespace

std::vector<AbiCase> memory_counter_cases() {
  return {std::begin(kMemoryCases), std::end(kMemoryCases)};
}
std::vector<AbiCase> stream_counter_cases() {
  return {std::begin(kStreamCases), std::end(kStreamCases)};
}
std::vector<AbiCase> kernel_counter_cases() {
  return {std::begin(kOperatorCases), std::end(kOperatorCases)};
}

}  // namespace backplane::conformance
