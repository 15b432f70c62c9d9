// Memory used from several threads, and through several openings of one device.
#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

void use_one_buffer_often(Subject& subject, uint64_t salt) {
  const Owned<bp_stream_t> stream = subject.stream();
  for (uint64_t round = 0; round < 50; ++round) {
    const Owned<bp_buffer_t> buffer = subject.buffer(1000 + round);
    const std::string bytes = subject.pattern(1000 + round, salt + round);
    subject.write(stream.get(), buffer.get(), 0, bytes);
    require_equal(subject.read(stream.get(), buffer.get(), 0, 1000 + round), bytes,
                  "a buffer used by one of four threads");
  }
}

void four_threads(Subject& subject) {
  in_threads(4, [&](uint64_t thread) { use_one_buffer_often(subject, thread * 1000); });
}

// Each made, written, read and ended on a thread of its own.
void change_hands(Subject& subject) {
  constexpr uint64_t kCount = 24;
  constexpr uint64_t kSize = 5000;
  std::vector<Owned<bp_buffer_t>> buffers(kCount);
  const auto each_on = [&](const std::function<void(uint64_t, bp_stream_t*)>& work) {
    in_threads(4, [&](uint64_t thread) {
      const Owned<bp_stream_t> stream = subject.stream();
      for (uint64_t i = thread; i < kCount; i += 4) work(i, stream.get());
      subject.finish(stream.get());
    });
  };
  for (uint64_t round = 0; round < 5; ++round) {
    each_on([&](uint64_t i, bp_stream_t*) { buffers[i] = subject.buffer(kSize); });
    each_on([&](uint64_t i, bp_stream_t* stream) {
      subject.write(stream, buffers[i].get(), 0, subject.pattern(kSize, round * 100 + i));
    });
    each_on([&](uint64_t i, bp_stream_t* stream) {
      require_equal(subject.read(stream, buffers[i].get(), 0, kSize),
                    subject.pattern(kSize, round * 100 + i),
                    "a buffer made by one thread, written by another and read by a third");
    });
    each_on([&](uint64_t i, bp_stream_t*) { buffers[i].reset(); });
  }
}

// Stripes whose ends share words, pages and lines with their neighbours.
void share_one_buffer(Subject& subject) {
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kStripe = 61;
  constexpr uint64_t kStripes = 40;
  const Filled there = filled(subject, kThreads * kStripe * kStripes);
  subject.finish(there.stream.get());
  const auto stripe_at = [](uint64_t thread, uint64_t i) {
    return (i * kThreads + thread) * kStripe;
  };
  std::string wanted = there.bytes;
  for (uint64_t i = 0; i < kThreads * kStripes; ++i)
    wanted.replace(i * kStripe, kStripe, subject.pattern(kStripe, 1 + i));
  in_threads(kThreads, [&](uint64_t thread) {
    const Owned<bp_stream_t> stream = subject.stream();
    for (uint64_t i = 0; i < kStripes; ++i) {
      const uint64_t at = stripe_at(thread, i);
      subject.write(stream.get(), there.buffer.get(), at, wanted.substr(at, kStripe));
      require_equal(subject.read(stream.get(), there.buffer.get(), at, kStripe),
                    wanted.substr(at, kStripe), "a thread's own bytes of a shared buffer");
    }
  });
  require_equal(contents(subject, there), wanted,
                "a buffer of which four threads wrote every fourth stripe of 61 bytes");
}

// One range each; a read through a place that all share would mix them.
void read_one_buffer(Subject& subject) {
  constexpr uint64_t kPart = 20'000;
  const Filled there = filled(subject, 4 * kPart);
  subject.finish(there.stream.get());
  in_threads(4, [&](uint64_t thread) {
    const Owned<bp_stream_t> stream = subject.stream();
    const std::string wanted = there.bytes.substr(thread * kPart, kPart);
    for (int round = 0; round < 100; ++round)
      require_equal(subject.read(stream.get(), there.buffer.get(), thread * kPart, kPart), wanted,
                    "a part of a buffer that four threads read");
  });
}

// The functions that need no stream, all at once.
void ask_at_once(Subject& subject) {
  const auto& memory = subject.memory();
  const Owned<bp_buffer_t> shared =
      subject.buffer(4096, memory.map != nullptr ? BP_MEMORY_STAGING : BP_MEMORY_DEVICE);
  char* const address = memory.map != nullptr ? mapped(subject, shared.get()) : nullptr;
  bp_buffer_t* const space =
      memory.host_space != nullptr ? memory.host_space(subject.device()) : nullptr;
  in_threads(4, [&](uint64_t thread) {
    for (uint64_t round = 0; round < 100; ++round) {
      const Owned<bp_buffer_t> own = subject.buffer(1 + thread * 1000 + round);
      if (address != nullptr)
        require(mapped(subject, shared.get()) == address, "map gave one thread another pointer");
      if (space != nullptr)
        require(memory.host_space(subject.device()) == space,
                "host_space gave one thread another buffer");
      uint64_t free = 0;
      uint64_t total = 0;
      if (memory.usage != nullptr)
        subject.check(memory.usage(subject.device(), &free, &total), "usage");
      require(free <= total, "usage told one thread of more free bytes than there are");
    }
  });
}

// ---- Several openings ----

void opens_share_no_byte(Subject& subject) {
  constexpr uint64_t kSize = 3000;
  SecondOpen second(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  std::vector<Owned<bp_buffer_t>> here;
  std::vector<Owned<bp_buffer_t>> there;
  for (uint64_t i = 0; i < 20; ++i) {
    here.push_back(subject.buffer(kSize));
    there.push_back(second.buffer(kSize));
    subject.write(stream.get(), here[i].get(), 0, subject.pattern(kSize, i));
    subject.write(second.stream(), there[i].get(), 0, subject.pattern(kSize, 100 + i));
  }
  for (uint64_t i = 0; i < 20; ++i) {
    require_equal(subject.read(stream.get(), here[i].get(), 0, kSize), subject.pattern(kSize, i),
                  "a buffer of one opening, beside another's");
    require_equal(subject.read(second.stream(), there[i].get(), 0, kSize),
                  subject.pattern(kSize, 100 + i), "a buffer of another opening");
  }
}

void opens_at_once(Subject& subject) {
  in_threads(4, [&](uint64_t thread) {
    for (uint64_t round = 0; round < 5; ++round) {
      SecondOpen own(subject);
      for (uint64_t i = 0; i < 20; ++i) {
        const uint64_t size = 100 + thread * 1000 + i;
        const Owned<bp_buffer_t> buffer = own.buffer(size);
        const std::string bytes = subject.pattern(size, thread * 100 + i);
        subject.write(own.stream(), buffer.get(), 0, bytes);
        require_equal(subject.read(own.stream(), buffer.get(), 0, size), bytes,
                      "a buffer of a thread's own opening");
      }
    }
  });
}

const AbiCase kCases[] = {
    {"memory/four-threads-at-once", "",
     "four threads make, fill, read and end buffers of one device at once", four_threads},
    {"memory/buffers-change-hands", "",
     "a buffer made by one thread is written, read and ended by others", change_hands},
    {"memory/threads-write-one-buffer", "BP-MEM-12",
     "four threads write bytes of one buffer that lie side by side, and none changes another's",
     share_one_buffer},
    {"memory/threads-read-one-buffer", "",
     "four threads read parts of one buffer, and each gets its own", read_one_buffer},
    {"memory/threads-ask-at-once", "",
     "map, host_space and usage answer four threads as they answer one", ask_at_once},
    {"memory/opens-share-no-byte", "BP-PLUGIN-10",
     "buffers of two openings of a device hold their own bytes", opens_share_no_byte},
    {"memory/opens-in-threads", "BP-PLUGIN-10",
     "four threads open the device, use it and close it at once", opens_at_once},
};

}  // namespace

std::vector<AbiCase> memory_thread_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
