// A host that has no memory left, and what comes back to it.
#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 100'000;

// Gives work to the buffer's stream while the host has no memory. It is done, or OUT_OF_MEMORY and
// then not begun: `wanted` is what the buffer holds if it was done. Work that was taken may fail
// its stream with OUT_OF_MEMORY later; then the device still works.
// Says whether it was done.
bool give_without_memory(Subject& subject, Filled& there, const char* name,
                         const std::function<bp_status_t()>& call, const std::string& wanted) {
  const std::string when = std::string(name) + " with no host memory left";
  bp_status_t status = BP_OK;
  bool is_done = false;
  {
    const NoMemory host(subject.host());
    status = call();
  }
  if (status != BP_OK) {
    require_status(status, BP_STATUS_OUT_OF_MEMORY, when);
  } else if (!subject.is_synchronous() &&
             subject.streams().stream_synchronize(there.stream.get(), UINT64_MAX) ==
                 BP_STATUS_OUT_OF_MEMORY) {
    there = filled(subject, there.bytes.size());
  } else {
    there.bytes = wanted;
    is_done = true;
  }
  require_unchanged(subject, there, when);
  return is_done;
}

void write_without_memory(Subject& subject) {
  Filled there = filled(subject, kRoom);
  subject.finish(there.stream.get());
  const std::string bytes = subject.pattern(kRoom, 1);
  give_without_memory(
      subject, there, "write",
      [&] {
        return subject.memory().write(there.stream.get(), there.buffer.get(), 0, bytes.data(),
                                      kRoom);
      },
      bytes);
}

void read_without_memory(Subject& subject) {
  std::string target(kRoom, 't');
  Filled there = filled(subject, kRoom);
  subject.finish(there.stream.get());
  bp_status_t status = BP_OK;
  const auto read = [&] {
    return status = subject.memory().read(there.stream.get(), there.buffer.get(), 0, target.data(),
                                          kRoom);
  };
  const std::string bytes = there.bytes;
  const bool is_done = give_without_memory(subject, there, "read", read, bytes);
  if (is_done || status != BP_OK)
    require_equal(target, is_done ? bytes : std::string(kRoom, 't'),
                  "the target of a read with no host memory left");
}

void fill_without_memory(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, kRoom);
  subject.finish(there.stream.get());
  give_without_memory(
      subject, there, "fill",
      [&] {
        return subject.memory().fill(there.stream.get(), there.buffer.get(), 0, kRoom, "f", 1);
      },
      std::string(kRoom, 'f'));
}

void copy_without_memory(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled source = filled(subject, kRoom, 2);
  subject.finish(source.stream.get());
  Filled there = filled(subject, kRoom, 1);
  subject.finish(there.stream.get());
  give_without_memory(
      subject, there, "copy",
      [&] {
        return subject.memory().copy(there.stream.get(), there.buffer.get(), 0, source.buffer.get(),
                                     0, kRoom);
      },
      source.bytes);
}

// ---- What comes back to the host ----

// Some work of every kind on this opening; what it took is given back when it is over.
void work(Subject& subject, SecondOpen& open, uint64_t size) {
  const Owned<bp_buffer_t> first = open.buffer(size);
  const Owned<bp_buffer_t> second = open.buffer(size);
  const std::string bytes = subject.pattern(size);
  subject.write(open.stream(), first.get(), 0, bytes);
  if (subject.memory().fill != nullptr)
    subject.check(
        subject.memory().fill(open.stream(), second.get(), 0, size / 8 * 8, "12345678", 8), "fill");
  if (subject.memory().copy != nullptr)
    subject.check(subject.memory().copy(open.stream(), second.get(), 0, first.get(), 0, size),
                  "copy");
  subject.read(open.stream(), second.get(), 0, size);
}

// A cache may be filled by the first opening, and be kept.
void closing_gives_back(Subject& subject) {
  need_buffers_of(subject, 1'000'000);
  const auto use_once = [&subject] {
    SecondOpen open(subject);
    for (uint64_t size : {100, 70'000, 1'000'000}) work(subject, open, size);
  };
  use_once();
  const uint64_t before = subject.host().allocated_bytes();
  for (int round = 0; round < 5; ++round) use_once();
  require(subject.host().allocated_bytes() <= before,
          "five openings, used and closed, kept " +
              std::to_string(subject.host().allocated_bytes() - before) +
              " bytes of the host's memory");
}

// Pools fill up at first, and then they are full.
void work_leaves_nothing(Subject& subject) {
  constexpr uint64_t kSize = 64u << 10;
  SecondOpen open(subject);
  const Owned<bp_buffer_t> kept = open.buffer(kSize);
  const auto round = [&] {
    work(subject, open, kSize);
    for (int i = 0; i < 10; ++i) {
      subject.write(open.stream(), kept.get(), 0, subject.pattern(1000));
      subject.read(open.stream(), kept.get(), 0, 1000);
    }
  };
  for (int i = 0; i < 50; ++i) round();
  const uint64_t before = subject.host().allocated_bytes();
  for (int i = 0; i < 100; ++i) round();
  const uint64_t after = subject.host().allocated_bytes();
  require(after <= before + kSize, "100 rounds of the same work, after 50 others, took " +
                                       std::to_string(after - before) +
                                       " bytes of the host's memory for good");
}

const AbiCase kCases[] = {
    {"memory/write-without-host-memory", "BP-BASE-10,BP-MEM-13",
     "write on a host without memory is done, or OUT_OF_MEMORY and not done", write_without_memory},
    {"memory/read-without-host-memory", "BP-BASE-10,BP-MEM-13",
     "read on a host without memory is done, or OUT_OF_MEMORY and not done", read_without_memory},
    {"memory/copy-without-host-memory", "BP-BASE-10,BP-MEM-13",
     "copy on a host without memory is done, or OUT_OF_MEMORY and not done", copy_without_memory},
    {"memory/fill-without-host-memory", "BP-BASE-10,BP-MEM-13",
     "fill on a host without memory is done, or OUT_OF_MEMORY and not done", fill_without_memory},
    {"memory/closing-gives-all-back", "",
     "openings that were used and closed keep nothing of the host's memory", closing_gives_back},
    {"memory/work-leaves-nothing-behind", "",
     "the same work again and again takes no more of the host's memory", work_leaves_nothing},
};

}  // namespace

std::vector<AbiCase> memory_refused_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
