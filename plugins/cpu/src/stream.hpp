// A stream of the asynchronous device, bp_stream_t, and how work is given to it. On the synchronous
// device there is none, and work is done at once.
#pragma once

#include <backplane/stream.h>

#include <string>
#include <utility>

#include "device.hpp"
#include "worker.hpp"

namespace backplane::cpu {

constexpr uint32_t kStreamDepth = 4096;
constexpr uint64_t kCaptureSize = uint64_t{64} << 20;

struct Stream {
  Device& device;
  const bool is_timed;
  Worker worker;
  const plugin::Counted counted;

  Stream(Device& on, bool timed)
      : device(on),
        is_timed(timed),
        worker(on.host, kStreamDepth, kCaptureSize),
        counted(on.hooks.streams) {}
};

// The stream that work for `device` goes to; nullptr on the synchronous device. [BP-STREAM-11]
inline Stream* stream_of(const Device& device, bp_stream_t* stream, const char* function) {
  if (device.is_synchronous()) return nullptr;
  if (stream == nullptr)
    plugin::fail(BP_STATUS_INVALID_ARGUMENT,
                 std::string(function) + ": the stream is NULL, and cpu-async is not synchronous");
  return reinterpret_cast<Stream*>(stream);
}

// Does the work of `function` when the stream gets there, unless it has failed by then.
template <class Body>
void give_work(Stream& stream, bp_test_function_t function, Body body, uint64_t captured = 0) {
  const bp_status_t planned = stream.device.hooks.work.take(function);
  auto work = [body = std::move(body), planned, &stream](const Failure& failure) mutable {
    if (failure) return;
    stream.device.loss->require_there();
    if (planned != BP_OK) plugin::fail(planned, "bp.test: this work was to fail");
    body();
  };
  stream.worker.give(make_task(stream.device.host, std::move(work), captured));
}

// Does the work of `function` now or when `stream` gets there.
template <class Body>
void do_or_give(Stream* stream, bp_test_function_t function, Body body) {
  if (stream == nullptr)
    body();
  else
    give_work(*stream, function, std::move(body));
}

}  // namespace backplane::cpu
