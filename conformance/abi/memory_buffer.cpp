// Buffers: made, told apart, ended.
#include <algorithm>
#include <random>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

// buffer_create with a size that must be refused, and an out-parameter that must be left alone.
void require_refused(Subject& subject, bp_memory_kind_t kind, uint64_t size, bp_status_t wanted) {
  // Never followed. NOLINTNEXTLINE(performance-no-int-to-ptr)
  auto* const untouched = reinterpret_cast<bp_buffer_t*>(uintptr_t{0x5a5a});
  bp_buffer_t* made = untouched;
  const bp_status_t status = subject.memory().buffer_create(subject.device(), kind, size, &made);
  if (status == BP_OK) subject.memory().buffer_destroy(made);
  require_status(status, wanted, "buffer_create of " + std::to_string(size) + " bytes");
  require(made == untouched, "a failed buffer_create wrote its out-parameter");
}

void every_byte_is_there(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  std::vector<uint64_t> sizes = {127, 128, 129, 4095, 4096, 4097, 65537, (1u << 20) + 1};
  for (uint64_t size = 1; size <= 67; ++size) sizes.push_back(size);
  for (uint64_t size : sizes) {
    if (size > subject.info().max_buffer_size) continue;
    const Owned<bp_buffer_t> buffer = subject.buffer(size);
    const std::string bytes = subject.pattern(size, size);
    subject.write(stream.get(), buffer.get(), 0, bytes);
    require_equal(subject.read(stream.get(), buffer.get(), 0, size), bytes,
                  "a buffer of " + std::to_string(size) + " bytes");
  }
}

void size_zero(Subject& subject) {
  require_refused(subject, BP_MEMORY_DEVICE, 0, BP_STATUS_INVALID_ARGUMENT);
}

void above_the_largest(Subject& subject) {
  const uint64_t largest = subject.info().max_buffer_size;
  if (largest == UINT64_MAX) not_applicable("max_buffer_size is the largest number there is");
  require_refused(subject, BP_MEMORY_DEVICE, largest + 1, BP_STATUS_INVALID_ARGUMENT);
}

void sizes_that_overflow(Subject& subject) {
  for (uint64_t size : {UINT64_MAX, UINT64_MAX - 63, uint64_t{1} << 63}) {
    if (size <= subject.info().max_buffer_size) continue;
    require_refused(subject, BP_MEMORY_DEVICE, size, BP_STATUS_INVALID_ARGUMENT);
  }
}

void unknown_kind(Subject& subject) {
  require_refused(subject, 77, 64, BP_STATUS_UNSUPPORTED);
  require_refused(subject, UINT32_MAX, 64, BP_STATUS_UNSUPPORTED);
}

void destroy_null(Subject& subject) { subject.memory().buffer_destroy(nullptr); }

void live_buffers_are_distinct(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  std::vector<Owned<bp_buffer_t>> buffers;
  for (uint64_t i = 0; i < 64; ++i) {
    buffers.push_back(subject.buffer(1 + i * 3));
    subject.write(stream.get(), buffers[i].get(), 0, subject.pattern(1 + i * 3, i));
  }
  for (uint64_t i = 0; i < buffers.size(); ++i) {
    for (uint64_t k = 0; k < i; ++k)
      require(buffers[i] != buffers[k], "two live buffers have one handle");
    require_equal(subject.read(stream.get(), buffers[i].get(), 0, 1 + i * 3),
                  subject.pattern(1 + i * 3, i), "buffer " + std::to_string(i) + " of 64");
  }
}

void churn_keeps_patterns(Subject& subject) {
  struct Live {
    Owned<bp_buffer_t> buffer;
    uint64_t size;
    uint64_t salt;
  };
  const Owned<bp_stream_t> stream = subject.stream();
  std::mt19937_64 random(subject.seed());
  std::vector<Live> live;
  for (uint64_t round = 0; round < 400; ++round) {
    if (live.size() < 24 && random() % 2 == 0) {
      const uint64_t size = 1 + random() % 9000;
      live.push_back({subject.buffer(size), size, round});
      subject.write(stream.get(), live.back().buffer.get(), 0, subject.pattern(size, round));
    } else if (!live.empty()) {
      const size_t victim = random() % live.size();
      const Live& chosen = live[victim];
      require_equal(subject.read(stream.get(), chosen.buffer.get(), 0, chosen.size),
                    subject.pattern(chosen.size, chosen.salt),
                    "a buffer after " + std::to_string(round) + " others came and went");
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(victim));
    }
  }
}

void any_order_of_destroy(Subject& subject) {
  std::vector<Owned<bp_buffer_t>> buffers;
  for (int i = 0; i < 16; ++i) buffers.push_back(subject.buffer(256));
  std::shuffle(buffers.begin(), buffers.end(), std::mt19937_64(subject.seed()));
  buffers.clear();
}

void out_of_memory_is_survived(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  subject.host().refuse_memory(true);
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 1 << 20, &made);
  subject.host().refuse_memory(false);
  if (status == BP_OK) {
    subject.memory().buffer_destroy(made);
    not_applicable("buffers do not come from the host's memory");
  }
  require_status(status, BP_STATUS_OUT_OF_MEMORY, "buffer_create with no host memory left");
  const Owned<bp_buffer_t> buffer = subject.buffer(1 << 20);
  const std::string bytes = subject.pattern(4096);
  subject.write(stream.get(), buffer.get(), 0, bytes);
  require_equal(subject.read(stream.get(), buffer.get(), 0, 4096), bytes,
                "a buffer made after OUT_OF_MEMORY");
}

void memory_comes_from_the_host(Subject& subject) {
  if (subject.info().kind != BP_DEVICE_CPU) not_applicable("no CPU device");
  constexpr uint64_t kSize = 3 << 20;
  const uint64_t before = subject.host().allocated_bytes();
  Owned<bp_buffer_t> buffer = subject.buffer(kSize);
  require(subject.host().allocated_bytes() >= before + kSize,
          "a buffer of 3 MiB on a CPU device was not taken from bp_host_t::allocate");
  buffer.reset();
  require(subject.host().allocated_bytes() < before + kSize,
          "a destroyed buffer's memory did not come back to the host");
}

void starts_are_aligned(Subject& subject) {
  if (subject.memory().map == nullptr ||
      (subject.info().flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) == 0)
    not_applicable("no address can be seen");
  for (uint64_t size : {1, 3, 64, 100, 4097}) {
    const Owned<bp_buffer_t> buffer = subject.buffer(size);
    void* address = nullptr;
    subject.check(subject.memory().map(buffer.get(), &address), "map");
    require(reinterpret_cast<uint64_t>(address) % subject.info().buffer_alignment == 0,
            "a buffer of " + std::to_string(size) + " bytes does not start at a multiple of " +
                std::to_string(subject.info().buffer_alignment));
  }
}

// Without host memory, so that nobody fills all that this machine has.
void the_largest_is_no_mistake(Subject& subject) {
  const uint64_t largest = subject.info().max_buffer_size;
  const NoMemory host(subject.host());
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, largest, &made);
  if (status == BP_OK) subject.memory().buffer_destroy(made);
  require(status == BP_OK || status == BP_STATUS_OUT_OF_MEMORY,
          "buffer_create of " + std::to_string(largest) +
              " bytes, which is max_buffer_size, is neither done nor OUT_OF_MEMORY" +
              subject.words());
}

const AbiCase kCases[] = {
    {"memory/buffers-hold-every-byte", "BP-MEM-1",
     "a buffer of any size from 1 byte up holds what was written to it", every_byte_is_there},
    {"memory/size-zero-is-invalid", "BP-MEM-2,BP-BASE-2",
     "buffer_create of 0 bytes is INVALID_ARGUMENT and leaves its out-parameter alone", size_zero},
    {"memory/size-above-the-largest-is-invalid", "BP-MEM-2",
     "buffer_create of more than max_buffer_size is INVALID_ARGUMENT", above_the_largest},
    {"memory/size-that-overflows-is-invalid", "BP-MEM-2",
     "sizes near 2^64 are refused, not rounded up to something small", sizes_that_overflow},
    {"memory/unknown-kind-is-unsupported", "BP-MEM-10",
     "a memory kind that the plugin does not know is UNSUPPORTED", unknown_kind},
    {"memory/destroy-null-does-nothing", "BP-BASE-3", "buffer_destroy(NULL) does nothing",
     destroy_null},
    {"memory/live-buffers-are-distinct", "BP-BASE-7",
     "64 live buffers have 64 handles and 64 contents", live_buffers_are_distinct},
    {"memory/churn-keeps-contents", "BP-BASE-7",
     "while buffers come and go at random, each keeps its own bytes", churn_keeps_patterns},
    {"memory/destroy-in-any-order", "", "buffers may be ended in any order", any_order_of_destroy},
    {"memory/out-of-memory-is-survived", "BP-MEM-13",
     "when the host has no memory, buffer_create is OUT_OF_MEMORY and the device works on",
     out_of_memory_is_survived},
    {"memory/comes-from-the-host", "BP-MEM-14",
     "a CPU device takes the memory of its buffers from the host and gives it back",
     memory_comes_from_the_host},
    {"memory/starts-are-aligned", "BP-MEM-11",
     "every buffer starts at a multiple of buffer_alignment", starts_are_aligned},
    {"memory/largest-size-is-no-mistake", "BP-MEM-2",
     "buffer_create of max_buffer_size is done, or OUT_OF_MEMORY", the_largest_is_no_mistake},
};

}  // namespace

std::vector<AbiCase> memory_buffer_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
