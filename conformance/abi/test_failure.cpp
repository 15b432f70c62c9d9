// Calls and work that fail because "bp.test/1" was asked for it: as asked, and nothing else.
#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"
#include "abi/test_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

// Each fails with each status as asked, and is BP_OK before and after.
void require_failures(Subject& subject, const std::vector<Attempt>& attempts) {
  for (const Attempt& attempt : attempts)
    for (bp_status_t status : {BP_STATUS_INTERNAL, BP_STATUS_OUT_OF_MEMORY}) {
      fail_next(subject, attempt.function, 1, status);
      require_status(attempt.call(), status, std::string(attempt.name) + ", asked to fail");
      require_status(attempt.call(), BP_OK, std::string(attempt.name) + " after its failure");
    }
}

void memory_calls_fail(Subject& subject) {
  need_test(subject);
  Bench bench(subject);
  require_failures(subject, memory_attempts(bench));
  subject.finish(bench.stream.get());
}

void stream_calls_fail(Subject& subject) {
  need_streams(subject);
  need_test(subject);
  Bench bench(subject);
  require_failures(subject, stream_attempts(bench));
  subject.finish(bench.stream.get());
}

void operator_calls_fail(Subject& subject) {
  need_test(subject);
  Bench bench(subject);
  const Addition add = addition(subject, 64);
  require_failures(subject, operator_attempts(bench, add));
  subject.finish(add.stream.get());
}

void failed_calls_do_nothing(Subject& subject) {
  need_test(subject);
  const Bench bench(subject);
  bp_stream_t* stream = bench.stream.get();
  bp_buffer_t* buffer = bench.buffer.get();
  subject.write(stream, buffer, 0, bench.bytes);
  const std::string other(kRoom, 'x');
  const auto refused = [&](bp_status_t status) {
    require_status(status, BP_STATUS_INTERNAL, "a call that was asked to fail");
  };
  fail_next(subject, BP_TEST_WRITE, 1, BP_STATUS_INTERNAL);
  refused(subject.memory().write(stream, buffer, 0, other.data(), kRoom));
  if (subject.memory().copy != nullptr) {
    fail_next(subject, BP_TEST_COPY, 1, BP_STATUS_INTERNAL);
    refused(subject.memory().copy(stream, buffer, 0, buffer, kRoom / 2, kRoom / 2));
  }
  if (subject.memory().fill != nullptr) {
    fail_next(subject, BP_TEST_FILL, 1, BP_STATUS_INTERNAL);
    refused(subject.memory().fill(stream, buffer, 0, kRoom, "z", 1));
  }
  require_equal(subject.read(stream, buffer, 0, kRoom), bench.bytes, "a buffer after failed calls");
}

void only_the_third_fails(Subject& subject) {
  need_test(subject);
  Bench bench(subject);
  const std::vector<Attempt> attempts = memory_attempts(bench);
  const Attempt& create = attempts.front();
  fail_next(subject, create.function, 3, BP_STATUS_INTERNAL);
  for (int call = 1; call <= 5; ++call) {
    const bp_status_t wanted = call == 3 ? BP_STATUS_INTERNAL : BP_OK;
    require_status(create.call(), wanted, "buffer_create " + std::to_string(call) + " of 5");
    require_status(attempts.back().call(), BP_OK, attempts.back().name);
  }
}

void the_last_word_counts(Subject& subject) {
  need_test(subject);
  Bench bench(subject);
  const Attempt create = memory_attempts(bench).front();
  fail_next(subject, create.function, 1, BP_STATUS_INTERNAL);
  fail_next(subject, create.function, 2, BP_STATUS_OUT_OF_MEMORY);
  require_status(create.call(), BP_OK, "buffer_create before the failure asked for last");
  require_status(create.call(), BP_STATUS_OUT_OF_MEMORY, "buffer_create asked to fail");
  fail_next(subject, create.function, 1, BP_STATUS_INTERNAL);
  fail_next(subject, create.function, 0, BP_STATUS_INTERNAL);
  require_status(create.call(), BP_OK, "buffer_create after its failure was taken back");
}

void wrong_wishes(Subject& subject) {
  const bp_test_api_t& test = need_test(subject);
  bp_device_t* device = subject.device();
  require_status(test.fail_next(device, BP_TEST_WRITE, 1, BP_OK), BP_STATUS_INVALID_ARGUMENT,
                 "fail_next with BP_OK");
  require_status(test.fail_next(device, BP_TEST_FUNCTION_COUNT, 1, BP_STATUS_INTERNAL),
                 BP_STATUS_INVALID_ARGUMENT, "fail_next of a function that does not exist");
  require_status(test.fail_work(device, BP_TEST_MAP, 1, BP_STATUS_INTERNAL),
                 BP_STATUS_INVALID_ARGUMENT, "fail_work of map");
  if (subject.is_synchronous())
    require_status(test.fail_work(device, BP_TEST_WRITE, 1, BP_STATUS_INTERNAL),
                   BP_STATUS_UNSUPPORTED, "fail_work on a synchronous device");
}

// Work that `give` gives to a stream fails there: for good, for those that wait, and nobody else.
void require_failed_work(Subject& subject, bp_test_function_t function, const std::string& name,
                         const std::function<bp_status_t(bp_stream_t*)>& give) {
  const Owned<bp_stream_t> failing = subject.stream();
  const Owned<bp_stream_t> waiting = subject.stream();
  const Owned<bp_event_t> before = subject.event();
  const Owned<bp_event_t> after = subject.event();
  record(subject, before.get(), failing.get());
  fail_work(subject, function, 2, BP_STATUS_INTERNAL);
  require_status(give(failing.get()), BP_OK, "the " + name + " before the one that fails");
  require_status(subject.streams().stream_synchronize(failing.get(), 20 * kSecondNs), BP_OK,
                 "a stream before its " + name + " fails");
  require_status(give(failing.get()), BP_OK, "a " + name + " whose work is to fail");
  record(subject, after.get(), failing.get());
  wait(subject, after.get(), waiting.get());
  for (int round = 0; round < 2; ++round)
    require_status(subject.streams().stream_synchronize(failing.get(), 20 * kSecondNs),
                   BP_STATUS_INTERNAL, "a stream whose " + name + " failed");
  require_reached(subject, before.get(), BP_OK, "an event before the " + name + " that failed");
  require_reached(subject, after.get(), BP_STATUS_INTERNAL, "an event after it");
  require_status(subject.streams().stream_synchronize(waiting.get(), 20 * kSecondNs),
                 BP_STATUS_INTERNAL, "a stream that waits for a failed " + name);
  const Owned<bp_stream_t> sound = subject.stream();
  require_status(give(sound.get()), BP_OK, "the same " + name + " on another stream");
  subject.finish(sound.get());
}

void failed_transfers_fail_their_stream(Subject& subject) {
  need_streams(subject);
  need_test(subject);
  const Owned<bp_buffer_t> buffer = subject.buffer(kRoom);
  std::string bytes(kRoom, 'x');
  const auto& memory = subject.memory();
  require_failed_work(subject, BP_TEST_WRITE, "write", [&](bp_stream_t* stream) {
    return memory.write(stream, buffer.get(), 0, bytes.data(), kRoom);
  });
  require_failed_work(subject, BP_TEST_READ, "read", [&](bp_stream_t* stream) {
    return memory.read(stream, buffer.get(), 0, bytes.data(), kRoom);
  });
  require_failed_work(subject, BP_TEST_COPY, "copy", [&](bp_stream_t* stream) {
    return memory.copy(stream, buffer.get(), 0, buffer.get(), kRoom / 2, 64);
  });
  if (memory.fill != nullptr)
    require_failed_work(subject, BP_TEST_FILL, "fill", [&](bp_stream_t* stream) {
      return memory.fill(stream, buffer.get(), 0, kRoom, "abcd", 4);
    });
}

void failed_launches_fail_their_stream(Subject& subject) {
  need_streams(subject);
  need_test(subject);
  const Addition add = addition(subject, 64);
  require_failed_work(subject, BP_TEST_LAUNCH, "launch", [&](bp_stream_t* stream) {
    return subject.kernels().launch(add.kernel.get(), stream, add.inputs, add.outputs,
                                    add.scratch_argument());
  });
}

const AbiCase kMemoryCases[] = {
    {"memory/calls-fail-as-asked", "BP-TEST-1,BP-BASE-2,BP-BASE-4,BP-BASE-5",
     "each memory function fails with the status asked for, in words, and then works again",
     memory_calls_fail},
    {"memory/failed-calls-do-nothing", "BP-BASE-10,BP-TEST-1",
     "a write, copy or fill that fails changes no byte", failed_calls_do_nothing},
    {"memory/only-the-third-fails", "BP-TEST-2",
     "of five calls the third fails, as asked, and no other function", only_the_third_fails},
    {"memory/the-last-wish-counts", "BP-TEST-3",
     "a second fail_next replaces the first, and n 0 takes it back", the_last_word_counts},
    {"memory/wrong-wishes-are-invalid", "BP-TEST-4,BP-TEST-6",
     "failures that cannot be are refused", wrong_wishes},
};

const AbiCase kStreamCases[] = {
    {"stream/calls-fail-as-asked", "BP-TEST-1,BP-BASE-2,BP-BASE-4,BP-STREAM-12",
     "each stream function fails with the status asked for, and its stream stays sound",
     stream_calls_fail},
    {"stream/failed-transfer-fails-its-stream", "BP-TEST-5,BP-STREAM-1,BP-STREAM-8,BP-STREAM-9",
     "a transfer that fails on the device fails its stream for good, and those that wait for it",
     failed_transfers_fail_their_stream},
};

const AbiCase kOperatorCases[] = {
    {"operators/calls-fail-as-asked", "BP-TEST-1,BP-BASE-2,BP-BASE-4,BP-STREAM-12",
     "supports, kernel_create, launch and scratch_size fail with the status asked for",
     operator_calls_fail},
    {"operators/failed-launch-fails-its-stream", "BP-TEST-5,BP-STREAM-1,BP-STREAM-8,BP-STREAM-9",
     "a kernel that fails on the device fails its stream for good, and those that wait for it",
     failed_launches_fail_their_stream},
};

}  // namespace

std::vector<AbiCase> memory_failure_cases() {
  return {std::begin(kMemoryCases), std::end(kMemoryCases)};
}
std::vector<AbiCase> stream_work_failure_cases() {
  return {std::begin(kStreamCases), std::end(kStreamCases)};
}
std::vector<AbiCase> kernel_failure_cases() {
  return {std::begin(kOperatorCases), std::end(kOperatorCases)};
}

}  // namespace backplane::conformance
