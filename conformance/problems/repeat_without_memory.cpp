#include <algorithm>

#include "problems/repeats.hpp"
#include "support/status.hpp"

namespace backplane::conformance {
namespace {

// 1 half of the time, 2 a quarter, and so on: most calls allocate little.
uint64_t refused_allocation(uint64_t draw) {
  uint64_t n = 1;
  while (n < 8 && (draw >> n & 1u) != 0) ++n;
  return n;
}

// OK, or OUT_OF_MEMORY with a reason.
bool has_succeeded(Subject& subject, bp_status_t status, const std::string& what) {
  if (status == BP_OK) return true;
  const std::string reason = subject.host().take_explanation();
  require_status(status, BP_STATUS_OUT_OF_MEMORY, what);
  require(!reason.empty(), what + " gave no reason");
  return false;
}

bp_kernel_t* make(const Repeatable& repeatable, uint64_t granted, const std::string& when) {
  Subject& subject = repeatable.subject;
  bp_kernel_t* made = nullptr;
  bp_status_t status = BP_OK;
  {
    const ScarceMemory scarce(subject.host(), granted);
    subject.during("while the host had no memory");
    status = subject.kernels().kernel_create(subject.device(), &repeatable.node, &made);
  }
  subject.during("");
  const std::string what = "kernel_create of " + repeatable.kernel.op();
  if (has_succeeded(subject, status, what + when)) return made;
  subject.check(subject.kernels().kernel_create(subject.device(), &repeatable.node, &made),
                what + ", when there was memory again,");
  subject.kernels().kernel_destroy(made);
  return nullptr;
}

// On a stream of its own, which work without memory fails.
bool launch(Subject& subject, Launches& launches, bp_stream_t* stream, uint64_t granted,
            const std::string& what) {
  bp_status_t given = BP_OK;
  bp_status_t done = BP_OK;
  {
    const ScarceMemory scarce(subject.host(), granted);
    subject.during("while the host had no memory");
    given = launches.launch();
    if (given == BP_OK && stream != nullptr)
      done = subject.streams().stream_synchronize(stream, Subject::kPatienceNs);
  }
  subject.during("");
  return has_succeeded(subject, given, "launch of " + what) &&
         has_succeeded(subject, done, "work of " + what);
}

}  // namespace

std::optional<Outputs> launch_without_memory(const Repeatable& repeatable, const LaunchData& data,
                                             const Surroundings& around, uint64_t draw) {
  Subject& subject = repeatable.subject;
  const uint64_t n = refused_allocation(draw);
  const std::string when = " with allocation " + std::to_string(n) + " refused";
  bp_kernel_t* const made = make(repeatable, n - 1, when);
  if (made == nullptr) return std::nullopt;
  const MadeKernel kernel(subject, repeatable.node, made);
  const Owned<bp_stream_t> stream = subject.stream();
  Launches launches(subject, kernel, repeatable.strides, stream.get());
  launches.prepare(data, around);
  subject.finish(stream.get());
  if (!launch(subject, launches, stream.get(), n - 1, kernel.op() + when)) return std::nullopt;
  return launches.collect();
}

}  // namespace backplane::conformance
