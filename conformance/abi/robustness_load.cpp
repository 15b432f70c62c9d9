// Too little memory at any moment, thousands of objects, eight threads.
#include <atomic>
#include <cstring>
#include <thread>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kMostAllocations = 10000;
constexpr int64_t kCount = 1000;
constexpr int kThreads = 8;

void require_works(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = subject.buffer(4096);
  const std::string bytes = subject.pattern(4096);
  subject.write(stream.get(), buffer.get(), 0, bytes);
  require_equal(subject.read(stream.get(), buffer.get(), 0, 4096), bytes, "a buffer afterwards");
}

// Calls `attempt` with the host refusing the n-th allocation and all after it, for n = 0, 1, 2 ...
// until it succeeds; each refusal before is OUT_OF_MEMORY with a reason and leaves nothing behind.
void starve(Subject& subject, const std::string& what,
            const std::function<bp_status_t()>& attempt) {
  for (uint64_t n = 0; n < kMostAllocations; ++n) {
    const uint64_t before = subject.host().allocated_bytes();
    bp_status_t status = BP_OK;
    {
      const ScarceMemory scarce(subject.host(), n);
      status = attempt();
    }
    if (status == BP_OK) return;
    const std::string when = what + " with allocation " + std::to_string(n) + " refused";
    require_status(status, BP_STATUS_OUT_OF_MEMORY, when);
    require(!subject.host().take_explanation().empty(), when + " gave no reason");
    const uint64_t after = subject.host().allocated_bytes();
    require(after <= before, when + " kept " + std::to_string(after - before) + " bytes");
  }
  fail(what + " still failed when 10,000 allocations were granted");
}

void starved_open(Subject& subject) {
  const uint32_t index = subject.device_index();
  subject.close();
  starve(subject, "device_open", [&subject, index] {
    bp_device_t* device = nullptr;
    const bp_status_t status =
        subject.plugin().device_open(subject.host().table(), index, nullptr, 0, &device);
    if (status == BP_OK) subject.plugin().device_close(device);
    return status;
  });
  subject.open(index);
  require_works(subject);
}

void starved_buffer_create(Subject& subject) {
  starve(subject, "buffer_create", [&subject] {
    bp_buffer_t* buffer = nullptr;
    const bp_status_t status =
        subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 65536, &buffer);
    if (status == BP_OK) subject.memory().buffer_destroy(buffer);
    return status;
  });
  require_works(subject);
}

void starved_kernel_create(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  starve(subject, "kernel_create", [&] {
    bp_kernel_t* kernel = nullptr;
    const bp_status_t status =
        subject.kernels().kernel_create(subject.device(), &draft.node(), &kernel);
    if (status == BP_OK) subject.kernels().kernel_destroy(kernel);
    return status;
  });
  require_works(subject);
}

void starved_launch(Subject& subject) {
  const Addition add = addition(subject, kCount);
  const std::vector<float> a = ramp(kCount, 1);
  const std::vector<float> b = ramp(kCount, 2);
  subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
  subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
  subject.finish(add.stream.get());
  starve(subject, "launch", [&] {
    const bp_status_t status = subject.kernels().launch(
        add.kernel.get(), add.stream.get(), add.inputs, add.outputs, add.scratch_argument());
    subject.host().refuse_memory(false);  // waiting for what was launched may take some
    subject.finish(add.stream.get());
    return status;
  });
  require_equal(subject.read(add.stream.get(), add.sum.get(), 0, kCount * sizeof(float)),
                bytes_of(sums(a, b)), "the sum that was launched when there was memory");
}

void ten_thousand_buffers(Subject& subject) {
  std::vector<Owned<bp_buffer_t>> buffers;
  for (int i = 0; i < 10000; ++i) buffers.push_back(subject.buffer(64));
  const Owned<bp_stream_t> stream = subject.stream();
  for (size_t i = 0; i < buffers.size(); i += 97)
    subject.write(stream.get(), buffers[i].get(), 0, subject.pattern(64, i));
  for (size_t i = 0; i < buffers.size(); i += 97)
    require_equal(subject.read(stream.get(), buffers[i].get(), 0, 64), subject.pattern(64, i),
                  "buffer " + std::to_string(i) + " of 10,000");
}

void ten_thousand_kernels(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  const uint64_t before = subject.host().allocated_bytes();
  {
    std::vector<Owned<bp_kernel_t>> kernels;
    for (int i = 0; i < 10000; ++i) kernels.push_back(kernel_of(subject, draft.node()));
  }
  const uint64_t after = subject.host().allocated_bytes();
  require(after <= before + 65536,
          "10,000 kernels that were destroyed kept " + std::to_string(after - before) + " bytes");
  require_works(subject);
}

// One thread's share: a stream, buffers, a kernel and its launch, again and again.
void work(Subject& subject, int thread) {
  for (int round = 0; round < 20; ++round) {
    const Addition add = addition(subject, kCount);
    const std::vector<float> a = ramp(kCount, thread * 100 + round);
    const std::vector<float> b = ramp(kCount, thread);
    subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
    subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
    launch(subject, add, add.stream.get());
    require_equal(subject.read(add.stream.get(), add.sum.get(), 0, kCount * sizeof(float)),
                  bytes_of(sums(a, b)), "the sum of thread " + std::to_string(thread));
  }
}

void eight_threads(Subject& subject) {
  since_of_add(subject, kCount);
  std::mutex mutex;
  std::string wrong;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&subject, &mutex, &wrong, i] {
      try {
        work(subject, i);
      } catch (const CaseEnd& end) {
        const std::lock_guard<std::mutex> lock(mutex);
        wrong = end.text;
      }
    });
  for (std::thread& thread : threads) thread.join();
  require(wrong.empty(), wrong);
}

const AbiCase kCases[] = {
    {"robustness/no-memory-in-device-open", "BP-BASE-5",
     "whichever allocation is refused, device_open is OUT_OF_MEMORY, and works when none is",
     starved_open},
    {"robustness/no-memory-in-buffer-create", "BP-MEM-13",
     "so is buffer_create, and the device works on", starved_buffer_create},
    {"robustness/no-memory-in-kernel-create", "BP-BASE-5",
     "so is kernel_create, and the device works on", starved_kernel_create},
    {"robustness/no-memory-in-launch", "BP-BASE-5",
     "so is a launch, and the kernel works when there is memory again", starved_launch},
    {"robustness/ten-thousand-buffers", "", "10,000 live buffers are kept apart",
     ten_thousand_buffers},
    {"robustness/ten-thousand-kernels", "", "10,000 live kernels give back what they took",
     ten_thousand_kernels},
    {"robustness/eight-threads", "BP-KERNEL-4",
     "eight threads create, launch and destroy on one device at once", eight_threads},
};

}  // namespace

std::vector<AbiCase> robustness_load_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
