// A device that is lost, as "bp.test/1" makes it: it says so, and still lets go of everything.
#include <atomic>
#include <chrono>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"
#include "abi/test_tools.hpp"

namespace backplane::conformance {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kSoon{5};

void lose(Subject& subject) { subject.check(need_test(subject).lose(subject.device()), "lose"); }

void require_lost(const std::vector<Attempt>& attempts) {
  for (const Attempt& attempt : attempts) {
    const Clock::time_point start = Clock::now();
    require_status(attempt.call(), BP_STATUS_DEVICE_LOST,
                   std::string(attempt.name) + " on a lost device");
    require(Clock::now() - start < kSoon,
            std::string(attempt.name) + " on a lost device took more than 5 s");
  }
}

// Everything but launches: with those a plugin has to serve an Add.
void a_lost_device_says_so(Subject& subject) {
  need_test(subject);
  {
    Bench bench(subject);
    const std::vector<Attempt> of_memory = memory_attempts(bench);
    const std::vector<Attempt> of_streams = stream_attempts(bench);
    subject.finish(bench.stream.get());
    lose(subject);
    require_lost(of_memory);
    require_lost(of_streams);
  }
  subject.close();
}

void kernels_of_a_lost_device(Subject& subject) {
  need_test(subject);
  {
    Bench bench(subject);
    const Addition add = addition(subject, 64);
    const std::vector<Attempt> attempts = operator_attempts(bench, add);
    subject.finish(add.stream.get());
    lose(subject);
    require_lost(attempts);
  }
  subject.close();
}

Owned<bp_device_t> open_another(Subject& subject) {
  bp_device_t* device = nullptr;
  subject.check(subject.plugin().device_open(subject.host().table(), subject.device_index(),
                                             nullptr, 0, &device),
                "device_open");
  return {device, [&subject](bp_device_t* ended) { subject.plugin().device_close(ended); }};
}

void lose_through(Subject& subject, bp_device_t* device) {
  subject.check(need_test(subject).lose(device), "lose");
}

// Lost through one open, and seen through another that has objects of every kind.
void every_open_is_lost(Subject& subject) {
  need_test(subject);
  {
    Bench bench(subject);
    const Owned<bp_device_t> other = open_another(subject);
    const std::vector<Attempt> of_memory = memory_attempts(bench);
    const std::vector<Attempt> of_streams = stream_attempts(bench);
    subject.finish(bench.stream.get());
    lose_through(subject, other.get());
    require_lost(of_memory);
    require_lost(of_streams);
  }
  subject.close();
}

void other_opens_let_go(Subject& subject) {
  const bp_test_counters_t before = counters(subject);
  const Clock::time_point start = Clock::now();
  {
    const Bench bench(subject);
    const Owned<bp_device_t> other = open_another(subject);
    lose_through(subject, other.get());
  }
  require_same_life(counters(subject), before, "everything on another open was destroyed");
  subject.close();
  require(Clock::now() - start < kSoon, "to destroy all and close took more than 5 s");
}

void is_there_again(Subject& subject) {
  need_test(subject);
  lose(subject);
  const auto require_works = [&subject](const char* which) {
    const Owned<bp_device_t> again = open_another(subject);
    bp_buffer_t* made = nullptr;
    require_status(subject.memory().buffer_create(again.get(), BP_MEMORY_DEVICE, 64, &made), BP_OK,
                   std::string("buffer_create on an open ") + which);
    subject.memory().buffer_destroy(made);
  };
  require_works("beside the one that is lost");
  bp_buffer_t* none = nullptr;
  require_status(subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 64, &none),
                 BP_STATUS_DEVICE_LOST, "buffer_create on the open that is lost");
  subject.close();
  require_works("after the one that was lost");
}

void releases_everything(Subject& subject) {
  const bp_test_counters_t before = counters(subject);
  const Clock::time_point start = Clock::now();
  {
    const Bench bench(subject);
    const Owned<bp_buffer_t> another = subject.buffer(4096);
    lose(subject);
  }
  require_same_life(counters(subject), before, "everything on a lost device was destroyed");
  subject.close();
  require(Clock::now() - start < kSoon, "to destroy all and close took more than 5 s");
}

std::atomic<int> calls_made{0};
std::atomic<bp_status_t> call_status{BP_OK};

void note_call(void*, bp_status_t status) {
  call_status = status;
  ++calls_made;
}

void host_calls_still_come(Subject& subject) {
  need_streams(subject);
  need_test(subject);
  if (subject.streams().host_call == nullptr) unsupported("the plugin does without host_call");
  calls_made = 0;
  {
    Owned<bp_stream_t> stream = subject.stream();
    const Owned<bp_event_t> gate = subject.gate();
    wait(subject, gate.get(), stream.get());
    subject.check(subject.streams().host_call(stream.get(), note_call, nullptr), "host_call");
    lose(subject);
    require_status(subject.streams().event_signal(gate.get(), BP_OK), BP_STATUS_DEVICE_LOST,
                   "event_signal on a lost device");
    const Clock::time_point start = Clock::now();
    stream.reset();
    require(Clock::now() - start < kSoon, "stream_destroy on a lost device took more than 5 s");
    require(calls_made == 1, "a host call was made " + std::to_string(calls_made) +
                                 " times by when its stream was destroyed");
    require_status(call_status, BP_STATUS_DEVICE_LOST, "what the host call was given");
  }
  subject.close();
}

const AbiCase kLoadCases[] = {
    {"load/lost-device-says-so", "BP-DEVICE-2",
     "every call of memory and streams on a lost device is DEVICE_LOST, soon",
     a_lost_device_says_so},
    {"load/lost-device-lets-go", "BP-DEVICE-1",
     "what was made on a device that is lost is destroyed, and counted no longer",
     releases_everything},
    {"load/every-open-is-lost", "BP-DEVICE-2,BP-TEST-9",
     "a device lost through one open is DEVICE_LOST at every call of another", every_open_is_lost},
    {"load/other-opens-let-go", "BP-DEVICE-1",
     "what was made on another open of a lost device is destroyed, and nobody waits",
     other_opens_let_go},
    {"load/lost-device-is-there-again", "BP-TEST-10",
     "a device that a test lost is opened again, beside the lost open and after it",
     is_there_again},
};

const AbiCase kStreamCases[] = {
    {"stream/host-call-of-a-lost-device", "BP-DEVICE-1",
     "a host call comes with DEVICE_LOST when its device is lost", host_calls_still_come},
};

const AbiCase kOperatorCases[] = {
    {"operators/kernels-of-a-lost-device", "BP-DEVICE-2",
     "supports, kernel_create, launch and scratch_size on a lost device are DEVICE_LOST",
     kernels_of_a_lost_device},
};

}  // namespace

std::vector<AbiCase> device_loss_cases() { return {std::begin(kLoadCases), std::end(kLoadCases)}; }
std::vector<AbiCase> stream_loss_cases() {
  return {std::begin(kStreamCases), std::end(kStreamCases)};
}
std::vector<AbiCase> kernel_loss_cases() {
  return {std::begin(kOperatorCases), std::end(kOperatorCases)};
}

}  // namespace backplane::conformance
