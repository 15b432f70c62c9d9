// Streams: work in order, calls that do not wait, synchronize, the end of a stream.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

void work_runs_in_order(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_buffer_t> b = subject.buffer(kRoom);
  const Owned<bp_buffer_t> c = subject.buffer(kRoom);
  for (uint64_t round = 0; round < 100; ++round) {
    const std::string first = subject.pattern(kRoom, 2 * round);
    const std::string second = subject.pattern(kRoom, 2 * round + 1);
    subject.write(a.stream.get(), a.buffer.get(), 0, first);
    subject.check(subject.memory().copy(a.stream.get(), b.get(), 0, a.buffer.get(), 0, kRoom),
                  "copy");
    subject.write(a.stream.get(), a.buffer.get(), 0, second);
    subject.check(subject.memory().copy(a.stream.get(), c.get(), 0, a.buffer.get(), 0, kRoom),
                  "copy");
    require_equal(subject.read(a.stream.get(), b.get(), 0, kRoom), first,
                  "a copy given before a second write");
    require_equal(subject.read(a.stream.get(), c.get(), 0, kRoom), second,
                  "a copy given after a second write");
  }
}

void calls_return_behind_a_gate(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_buffer_t> b = subject.buffer(kRoom);
  const Owned<bp_event_t> mark = subject.event();
  PendingRead read = {std::string(kRoom, '\0')};
  const std::string other = subject.pattern(kRoom, 5);
  Gate gate(subject);
  must_return_before(gate, "event_wait, write, copy, read or event_record", [&] {
    gate.hold(a.stream.get());
    subject.write(a.stream.get(), a.buffer.get(), 0, other);
    subject.check(subject.memory().copy(a.stream.get(), b.get(), 0, a.buffer.get(), 0, kRoom),
                  "copy");
    read_later(subject, a.stream.get(), b.get(), 0, &read);
    record(subject, mark.get(), a.stream.get());
  });
  require_not_ready(subject, mark.get(), "an event behind a shut gate");
  require_equal(read.target, std::string(kRoom, '\0'), "a read's target behind a shut gate");
  gate.open();
  subject.finish(a.stream.get());
  require_equal(read.target, other, "a read's target after the gate was opened");
}

void source_is_captured(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  Gate gate(subject);
  gate.hold(a.stream.get());
  std::string source = subject.pattern(kRoom, 3);
  const std::string wanted = source;
  subject.write(a.stream.get(), a.buffer.get(), 0, source);
  std::memset(source.data(), 0x55, source.size());
  gate.open();
  require_equal(subject.read(a.stream.get(), a.buffer.get(), 0, kRoom), wanted,
                "bytes whose source was overwritten before the write could run");
}

void pattern_is_captured(Subject& subject) {
  need_streams(subject);
  if (subject.memory().fill == nullptr) unsupported("the plugin does without fill");
  const Lane a = lane(subject, kRoom);
  Gate gate(subject);
  gate.hold(a.stream.get());
  uint32_t pattern = 0xa1b2c3d4;
  std::string wanted;
  for (uint64_t i = 0; i < kRoom / 4; ++i) wanted.append(reinterpret_cast<char*>(&pattern), 4);
  subject.check(subject.memory().fill(a.stream.get(), a.buffer.get(), 0, kRoom, &pattern, 4),
                "fill");
  pattern = 0;
  gate.open();
  require_equal(subject.read(a.stream.get(), a.buffer.get(), 0, kRoom), wanted,
                "a fill whose pattern was overwritten before it could run");
}

void depth_is_as_declared(Subject& subject) {
  need_streams(subject);
  require(
      subject.info().stream_depth >= 64,
      "stream_depth is " + std::to_string(subject.info().stream_depth) + ", at least 64 is wanted");
  const Lane a = lane(subject, kRoom);
  const uint32_t pieces = std::min<uint32_t>(subject.info().stream_depth, 4096);
  const Owned<bp_buffer_t> b = subject.buffer(kRoom);
  Gate gate(subject);
  must_return_before(gate, "one of " + std::to_string(pieces) + " copies", [&] {
    gate.hold(a.stream.get());
    for (uint32_t i = 0; i < pieces; ++i)
      subject.check(subject.memory().copy(a.stream.get(), b.get(), i % 32, a.buffer.get(), 0, 64),
                    "copy");
  });
  gate.open();
  subject.finish(a.stream.get());
}

void capture_is_as_declared(Subject& subject) {
  need_streams(subject);
  require(subject.info().capture_size >= 65536, "capture_size is " +
                                                    std::to_string(subject.info().capture_size) +
                                                    ", at least 65536 is wanted");
  const uint64_t size = std::min<uint64_t>(subject.info().capture_size, 16u << 20);
  if (size > subject.info().max_buffer_size) not_applicable("buffers are smaller");
  const Lane a = lane(subject, size);
  const std::string other = subject.pattern(size, 4);
  Gate gate(subject);
  must_return_before(gate, "a write of capture_size bytes", [&] {
    gate.hold(a.stream.get());
    subject.write(a.stream.get(), a.buffer.get(), 0, other);
  });
  gate.open();
  require_equal(subject.read(a.stream.get(), a.buffer.get(), 0, size), other,
                "capture_size bytes written behind a gate");
}

void null_stream_is_invalid(Subject& subject) {
  need_streams(subject);
  const Owned<bp_buffer_t> buffer = subject.buffer(64);
  char bytes[64] = {};
  const auto& memory = subject.memory();
  require_status(memory.write(nullptr, buffer.get(), 0, bytes, 64), BP_STATUS_INVALID_ARGUMENT,
                 "write on a NULL stream");
  require_status(memory.read(nullptr, buffer.get(), 0, bytes, 64), BP_STATUS_INVALID_ARGUMENT,
                 "read on a NULL stream");
  require_status(memory.copy(nullptr, buffer.get(), 0, buffer.get(), 32, 16),
                 BP_STATUS_INVALID_ARGUMENT, "copy on a NULL stream");
}

void unknown_flags(Subject& subject) {
  need_streams(subject);
  bp_stream_t* stream = nullptr;
  bp_event_t* event = nullptr;
  require_status(subject.streams().stream_create(subject.device(), 1u << 31, &stream),
                 BP_STATUS_UNSUPPORTED, "stream_create with a flag that does not exist");
  require_status(subject.streams().event_create(subject.device(), 1u << 31, &event),
                 BP_STATUS_UNSUPPORTED, "event_create with a flag that does not exist");
}

void an_empty_stream_is_done(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  require_status(subject.streams().stream_synchronize(stream.get(), 0), BP_OK,
                 "stream_synchronize of a stream without work, asking without waiting");
  subject.check(subject.streams().stream_synchronize(stream.get(), kForEverNs),
                "stream_synchronize, for ever");
}

void synchronize_waits_for_all(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, 1 << 20);
  const Owned<bp_buffer_t> b = subject.buffer(1 << 20);
  for (int round = 0; round < 20; ++round) {
    PendingRead read = {std::string(1 << 20, '\0')};
    for (int i = 0; i < 8; ++i)
      subject.check(subject.memory().copy(a.stream.get(), b.get(), 0, a.buffer.get(), 0, 1 << 20),
                    "copy");
    read_later(subject, a.stream.get(), b.get(), 0, &read);
    subject.finish(a.stream.get());
    require_equal(read.target, a.bytes, "a read's target right after stream_synchronize");
  }
}

void synchronize_keeps_its_time(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  Gate gate(subject);
  gate.hold(stream.get());
  for (uint64_t timeout : {uint64_t{0}, 2 * kMillisecondNs, 30 * kMillisecondNs}) {
    const auto before = std::chrono::steady_clock::now();
    require_status(subject.streams().stream_synchronize(stream.get(), timeout), BP_STATUS_TIMEOUT,
                   "stream_synchronize behind a shut gate");
    const auto waited = std::chrono::steady_clock::now() - before;
    require(waited >= std::chrono::nanoseconds(timeout),
            "stream_synchronize gave up before its " + std::to_string(timeout) + " ns");
  }
  gate.open();
  subject.finish(stream.get());
}

void destroy_waits_for_work(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  PendingRead read = {std::string(kRoom, '\0')};
  Owned<bp_stream_t> stream = subject.stream();
  Gate gate(subject);
  gate.hold(stream.get());
  read_later(subject, stream.get(), a.buffer.get(), 0, &read);
  gate.open();
  stream.reset();
  require_equal(read.target, a.bytes, "a read's target after its stream was destroyed");
}

void destroy_null(Subject& subject) {
  need_streams(subject);
  subject.streams().stream_destroy(nullptr);
  subject.streams().event_destroy(nullptr);
}

void one_gate_holds_one_stream(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom, 1);
  const Lane b = lane(subject, kRoom, 2);
  PendingRead from_a = {std::string(kRoom, '\0')};
  PendingRead from_b = {std::string(kRoom, '\0')};
  read_later(subject, b.stream.get(), b.buffer.get(), 0, &from_b);
  Gate gate(subject);
  gate.hold(a.stream.get());
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &from_a);
  subject.finish(b.stream.get());
  require_equal(from_b.target, b.bytes, "work on a stream beside one that is held back");
  gate.open();
  subject.finish(a.stream.get());
  require_equal(from_a.target, a.bytes, "work on the stream that was held back");
}

void drive(Subject& subject, uint64_t salt) {
  const Lane a = lane(subject, kRoom, salt);
  const Owned<bp_buffer_t> b = subject.buffer(kRoom);
  for (uint64_t round = 0; round < 100; ++round) {
    const std::string bytes = subject.pattern(kRoom, salt + round);
    subject.write(a.stream.get(), a.buffer.get(), 0, bytes);
    subject.check(subject.memory().copy(a.stream.get(), b.get(), 0, a.buffer.get(), 0, kRoom),
                  "copy");
    require_equal(subject.read(a.stream.get(), b.get(), 0, kRoom), bytes,
                  "a stream driven by one of four threads");
  }
}

void four_threads_four_streams(Subject& subject) {
  need_streams(subject);
  std::vector<std::string> failures(4);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < failures.size(); ++i)
    threads.emplace_back([&subject, &failures, i] {
      try {
        drive(subject, i * 1000);
      } catch (const CaseEnd& end) {
        failures[i] = end.text;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : failures) require(text.empty(), text);
}

const AbiCase kCases[] = {
    {"stream/work-runs-in-order", "BP-STREAM-10",
     "writes, copies and reads of one stream happen in the order given", work_runs_in_order},
    {"stream/calls-return-behind-a-gate", "BP-STREAM-4,BP-STREAM-5",
     "with the gate shut, calls return, nothing runs, and all is right when it opens",
     calls_return_behind_a_gate},
    {"stream/source-is-captured-behind-a-gate", "BP-MEM-3",
     "a write that cannot run yet has read its source", source_is_captured},
    {"stream/pattern-is-captured-behind-a-gate", "BP-MEM-7",
     "a fill that cannot run yet has read its pattern", pattern_is_captured},
    {"stream/depth-is-as-declared", "",
     "a stream takes stream_depth pieces of work behind a shut gate, and at least 64",
     depth_is_as_declared},
    {"stream/capture-is-as-declared", "",
     "a stream takes capture_size bytes of writes behind a shut gate, and at least 65,536",
     capture_is_as_declared},
    {"stream/null-stream-is-invalid", "BP-STREAM-11",
     "a NULL stream is INVALID_ARGUMENT on a device with streams", null_stream_is_invalid},
    {"stream/unknown-flags-are-unsupported", "BP-STREAM-13",
     "flags that do not exist are UNSUPPORTED for streams and events", unknown_flags},
    {"stream/empty-stream-is-done", "BP-STREAM-2", "a stream without work is synchronized at once",
     an_empty_stream_is_done},
    {"stream/synchronize-waits-for-all", "BP-STREAM-2",
     "when stream_synchronize returns, the last piece of work is done", synchronize_waits_for_all},
    {"stream/synchronize-keeps-its-time", "BP-STREAM-15",
     "stream_synchronize behind a shut gate is TIMEOUT, never before its time",
     synchronize_keeps_its_time},
    {"stream/destroy-waits-for-work", "BP-STREAM-14",
     "work given to a stream is done when stream_destroy returns", destroy_waits_for_work},
    {"stream/destroy-null-does-nothing", "BP-BASE-3",
     "stream_destroy(NULL) and event_destroy(NULL) do nothing", destroy_null},
    {"stream/one-gate-holds-one-stream", "",
     "work given earlier to another stream goes on while one stream is held back",
     one_gate_holds_one_stream},
    {"stream/four-threads-four-streams", "",
     "four threads drive four streams of one device at once", four_threads_four_streams},
};

}  // namespace

std::vector<AbiCase> stream_order_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
