// For the cases that ask the plugin to fail, through "bp.test/1".
#pragma once

#include <backplane/ext/draft/test.h>

#include <functional>
#include <vector>

#include "abi/kernel_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// The plugin's table; without one the case is not applicable.
const bp_test_api_t& need_test(const Subject& subject);

void fail_next(Subject& subject, bp_test_function_t function, uint32_t n, bp_status_t status);
void fail_work(Subject& subject, bp_test_function_t function, uint32_t n, bp_status_t status);
bp_test_counters_t counters(Subject& subject);
// What lives now is what lived then, or the case fails: "streams: 2, not 1, after ...".
void require_same_life(const bp_test_counters_t& now, const bp_test_counters_t& then,
                       const std::string& after);

// A call that would be right, as often as one likes; whatever it makes it destroys.
struct Attempt {
  const char* name;
  bp_test_function_t function;
  std::function<bp_status_t()> call;
};

// The objects that attempts need.
struct Bench {
  explicit Bench(Subject& subject);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Subject& subject;
  std::string bytes;  // 4096 of them, for writes and reads; outlives the work of the stream
  const Owned<bp_stream_t> stream;
  const Owned<bp_buffer_t> buffer;
  Owned<bp_event_t> start, end;  // timed, recorded and reached; none on a synchronous device
};

// Those of one level that the plugin offers: each has been called once, and was BP_OK.
std::vector<Attempt> memory_attempts(Bench& bench);
std::vector<Attempt> stream_attempts(Bench& bench);
// `add` has an Add that was made; not all plugins serve one.
std::vector<Attempt> operator_attempts(Bench& bench, const Addition& add);

}  // namespace backplane::conformance
