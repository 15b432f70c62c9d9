// Kernels as objects: many at once, made and ended in any order and by any thread.
#include <algorithm>
#include <array>
#include <cstring>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "abi/one_launch.hpp"
#include "abi/opening.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kCount = 64;

void require_sum(Subject& subject, bp_kernel_t* kernel, int64_t count, const std::string& what) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {count});
  const std::vector<float> a = ramp(count, 1);
  const std::vector<float> b = ramp(count, 2);
  require_equal(bytes_of(run_once(subject, kernel, {type, type}, {a, b}, type)),
                bytes_of(sums(a, b)), what);
}

Owned<bp_kernel_t> add_of(Subject& subject, int64_t count) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {count});
  NodeDraft draft("Add", since_of_add(subject, count), {type, type}, {type});
  return kernel_of(subject, draft.node());
}

void many_at_once(Subject& subject) {
  constexpr size_t kKernels = 60;
  std::vector<Owned<bp_kernel_t>> kernels;
  for (size_t i = 0; i < kKernels; ++i)
    kernels.push_back(add_of(subject, static_cast<int64_t>(i * 3 + 1)));
  for (size_t step = 0; step < kKernels; ++step) {
    const size_t at = step * 37 % kKernels;
    require_sum(subject, kernels[at].get(), static_cast<int64_t>(at * 3 + 1), "one of 60 kernels");
    kernels[at].reset();
  }
}

// What kernel_info gives is borrowed until kernel_destroy, whatever else goes on.
void info_stays(Subject& subject) {
  const Owned<bp_kernel_t> kernel = add_of(subject, kCount);
  const bp_kernel_info_t* info = info_of(subject, kernel.get());
  if (info == nullptr) unsupported("the plugin does without kernel_info");
  const auto copy_of = [info] {
    std::string all(reinterpret_cast<const char*>(info), info->struct_size);
    if (info->inputs != nullptr)
      all.append(reinterpret_cast<const char*>(info->inputs), 2 * sizeof info->inputs[0]);
    if (info->in_place_count != 0)
      all.append(reinterpret_cast<const char*>(info->in_place),
                 info->in_place_count * sizeof info->in_place[0]);
    return all;
  };
  const std::string before = copy_of();
  for (int64_t count : {1, 7, 1000}) {
    const Owned<bp_kernel_t> other = add_of(subject, count);
    info_of(subject, other.get());
    require_sum(subject, other.get(), count, "another kernel");
  }
  require_sum(subject, kernel.get(), kCount, "a kernel");
  require_equal(copy_of(), before, "what kernel_info gave for a kernel that still lives");
}

// The objects of a sum, ended in the order that `order` says.
void end_in_order(Subject& subject, const std::array<int, 4>& order) {
  Addition add = addition(subject, kCount);
  Owned<bp_event_t> event;
  if (!subject.is_synchronous()) {
    event = subject.event();
    launch(subject, add, add.stream.get());
    subject.check(subject.streams().event_record(event.get(), add.stream.get()), "event_record");
    subject.finish(add.stream.get());
  } else {
    launch(subject, add, nullptr);
  }
  for (int which : order) {
    if (which == 0) add.kernel.reset();
    if (which == 1) add.stream.reset();
    if (which == 2) event.reset();
    if (which == 3) add.a.reset();
  }
}

void any_order(Subject& subject) {
  std::array<int, 4> order = {0, 1, 2, 3};
  do end_in_order(subject, order);
  while (std::next_permutation(order.begin(), order.end()));
  const Owned<bp_kernel_t> kernel = add_of(subject, kCount);
  require_sum(subject, kernel.get(), kCount, "a sum after objects were ended in every order");
}

void by_different_threads(Subject& subject) {
  for (int round = 0; round < 5; ++round) {
    Owned<bp_kernel_t> kernel;
    on_another_thread([&] { kernel = add_of(subject, kCount + round); });
    require_sum(subject, kernel.get(), kCount + round, "a kernel made by a thread that has ended");
    on_another_thread([&] {
      require_sum(subject, kernel.get(), kCount + round, "a kernel launched by another thread");
    });
    on_another_thread([&] { kernel.reset(); });
  }
}

void two_threads_create(Subject& subject) {
  on_two_threads([&](int thread) {
    for (int round = 0; round < 30; ++round) {
      const int64_t count = 1 + 2 * round + thread;
      const Owned<bp_kernel_t> kernel = add_of(subject, count);
      require_sum(subject, kernel.get(), count, "a kernel that was made while another was");
    }
  });
}

void create_without_memory(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  const uint64_t bytes = subject.host().allocated_bytes();
  bp_kernel_t* made = nullptr;
  subject.host().refuse_memory(true);
  const bp_status_t status =
      subject.kernels().kernel_create(subject.device(), &draft.node(), &made);
  subject.host().refuse_memory(false);
  if (status == BP_OK)
    subject.kernels().kernel_destroy(made);
  else
    require_status(status, BP_STATUS_OUT_OF_MEMORY, "kernel_create when the host has no memory");
  require(subject.host().allocated_bytes() <= bytes, "host memory is held after that");
  require_sum(subject, add_of(subject, kCount).get(), kCount, "the next kernel");
}

const AbiCase kCases[] = {
    {"operators/many-kernels-at-once", "BP-BASE-7",
     "60 kernels of different sizes live at once, each is right, and they end in any order",
     many_at_once},
    {"operators/kernel-info-stays", "",
     "what kernel_info gave stays as it was while other kernels are made and used", info_stays},
    {"operators/objects-end-in-any-order", "",
     "kernel, stream, event and buffer of a finished launch are ended in every order", any_order},
    {"operators/kernels-and-threads", "",
     "a kernel is made, launched and ended by different threads", by_different_threads},
    {"operators/two-threads-create-at-once", "BP-KERNEL-2",
     "two threads make, launch and end kernels at once", two_threads_create},
    {"operators/kernels-without-host-memory", "BP-BASE-6,BP-BASE-10",
     "kernel_create when the host has no memory is BP_OK or OUT_OF_MEMORY, and the next one works",
     create_without_memory},
};

}  // namespace

std::vector<AbiCase> kernel_life_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
