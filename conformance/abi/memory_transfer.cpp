// write and read: every offset, every size, nothing beside, nothing late.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/guarded_bytes.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 256;

void write_anywhere(Subject& subject) {
  Filled there = filled(subject, kRoom);
  for (uint64_t offset : {0, 1, 2, 3, 5, 7, 8, 31, 63, 64, 65, 127})
    for (uint64_t size = 0; size <= 67; size += size < 9 ? 1 : 7) {
      const std::string bytes = subject.pattern(size, offset * 100 + size);
      subject.write(there.stream.get(), there.buffer.get(), offset, bytes);
      there.bytes.replace(offset, size, bytes);
      require_unchanged(
          subject, there,
          "write of " + std::to_string(size) + " bytes at offset " + std::to_string(offset));
    }
}

void read_anywhere(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  for (uint64_t offset : {0, 1, 2, 3, 5, 7, 8, 31, 63, 64, 65, 127})
    for (uint64_t size = 0; size <= 67; size += size < 9 ? 1 : 7)
      require_equal(
          subject.read(there.stream.get(), there.buffer.get(), offset, size),
          there.bytes.substr(offset, size),
          "read of " + std::to_string(size) + " bytes at offset " + std::to_string(offset));
}

void nothing_at_the_very_end(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const auto& memory = subject.memory();
  char byte = 'x';
  subject.check(memory.write(there.stream.get(), there.buffer.get(), kRoom, &byte, 0),
                "write of 0 bytes at the end");
  subject.check(memory.read(there.stream.get(), there.buffer.get(), kRoom, &byte, 0),
                "read of 0 bytes at the end");
  require_unchanged(subject, there, "transfers of 0 bytes");
  require(byte == 'x', "a read of 0 bytes wrote one");
}

constexpr Range kOutside[] = {{kRoom, 1},           {kRoom - 1, 2},     {0, kRoom + 1},
                              {kRoom + 1, 0},       {UINT64_MAX, 1},    {UINT64_MAX - 3, 4},
                              {UINT64_MAX - 7, 16}, {8, UINT64_MAX - 7}};

void write_outside(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const std::string source(2 * kRoom, 'w');
  for (const Range& range : kOutside) {
    require_status(subject.memory().write(there.stream.get(), there.buffer.get(), range.offset,
                                          source.data(), range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "write"));
    require_unchanged(subject, there, named(range, "write"));
  }
}

void read_outside(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  for (const Range& range : kOutside) {
    std::string target(2 * kRoom, 'r');
    require_status(subject.memory().read(there.stream.get(), there.buffer.get(), range.offset,
                                         target.data(), range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "read"));
    subject.finish(there.stream.get());
    require_equal(target, std::string(2 * kRoom, 'r'), named(range, "read") + ", its target");
  }
}

void source_is_free_at_once(Subject& subject) {
  const Filled there = filled(subject, 4096);
  for (uint64_t round = 0; round < 200; ++round) {
    std::string source = subject.pattern(4096, round);
    const std::string wanted = source;
    subject.write(there.stream.get(), there.buffer.get(), 0, source);
    std::memset(source.data(), 0x77, source.size());
    require_equal(subject.read(there.stream.get(), there.buffer.get(), 0, 4096), wanted,
                  "a buffer whose source was overwritten right after write returned");
  }
}

void source_ends_at_a_page(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const GuardedBytes guarded;
  for (uint64_t size : {1, 2, 3, 7, 16, 31, 33, 67, 130}) {
    const std::string bytes = subject.pattern(size, size);
    for (char* source : {guarded.at_end(size), guarded.at_start()}) {
      std::memcpy(source, bytes.data(), size);
      subject.check(subject.memory().write(there.stream.get(), there.buffer.get(), 1, source, size),
                    "write");
      require_equal(subject.read(there.stream.get(), there.buffer.get(), 1, size), bytes,
                    "bytes written from the edge of a page");
    }
  }
}

void target_ends_at_a_page(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const GuardedBytes guarded;
  for (uint64_t size : {1, 2, 3, 7, 16, 31, 33, 67, 130})
    for (char* target : {guarded.at_end(size), guarded.at_start()}) {
      subject.check(subject.memory().read(there.stream.get(), there.buffer.get(), 3, target, size),
                    "read");
      subject.finish(there.stream.get());
      require_equal(std::string(target, size), there.bytes.substr(3, size),
                    "bytes read to the edge of a page");
    }
}

void target_is_left_alone(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  std::string target = subject.read(there.stream.get(), there.buffer.get(), 0, kRoom);
  std::memset(target.data(), 0x33, target.size());
  for (int round = 0; round < 20; ++round)
    subject.write(there.stream.get(), there.buffer.get(), 0, there.bytes);
  subject.finish(there.stream.get());
  require_equal(target, std::string(kRoom, '\x33'), "a read's target after the read was finished");
}

void sixteen_mebibytes(Subject& subject) {
  constexpr uint64_t kLarge = (16u << 20) + 3;
  if (subject.info().max_buffer_size < kLarge) not_applicable("buffers are smaller than 16 MiB");
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = subject.buffer(kLarge);
  const std::string bytes = subject.pattern(kLarge);
  subject.write(stream.get(), buffer.get(), 0, bytes);
  require_equal(subject.read(stream.get(), buffer.get(), 0, kLarge), bytes, "16 MiB and 3 bytes");
}

void two_buffers_side_by_side(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  std::vector<Owned<bp_buffer_t>> three;
  for (uint64_t i = 0; i < 3; ++i) {
    three.push_back(subject.buffer(kRoom));
    subject.write(stream.get(), three[i].get(), 0, subject.pattern(kRoom, i));
  }
  subject.write(stream.get(), three[1].get(), 0, subject.pattern(kRoom, 9));
  for (uint64_t i : {0, 2})
    require_equal(subject.read(stream.get(), three[i].get(), 0, kRoom), subject.pattern(kRoom, i),
                  "a buffer beside one that was written");
}

const AbiCase kCases[] = {
    {"memory/write-at-every-offset", "BP-MEM-1,BP-MEM-12",
     "write takes any byte offset and size, and changes no byte beside", write_anywhere},
    {"memory/read-at-every-offset", "BP-MEM-1,BP-MEM-12", "read takes any byte offset and size",
     read_anywhere},
    {"memory/nothing-at-the-very-end", "BP-MEM-12",
     "0 bytes at the end of a buffer are written and read with BP_OK", nothing_at_the_very_end},
    {"memory/write-out-of-range-changes-nothing", "BP-MEM-4,BP-BASE-10",
     "a write that leaves the buffer, or whose end overflows, is INVALID_ARGUMENT and does nothing",
     write_outside},
    {"memory/read-out-of-range-changes-nothing", "BP-MEM-4,BP-BASE-10",
     "a read that leaves the buffer is INVALID_ARGUMENT and leaves its target alone", read_outside},
    {"memory/source-is-free-at-once", "BP-MEM-3", "write has read its source when it returns",
     source_is_free_at_once},
    {"memory/write-reads-no-byte-beside-its-source", "BP-BASE-8",
     "a source at the edge of a page is read to its last byte and no further",
     source_ends_at_a_page},
    {"memory/read-writes-no-byte-beside-its-target", "BP-BASE-8",
     "a target at the edge of a page is written to its last byte and no further",
     target_ends_at_a_page},
    {"memory/finished-read-leaves-its-target-alone", "BP-MEM-5",
     "after the work is finished, a read's target is not written again", target_is_left_alone},
    {"memory/sixteen-mebibytes", "BP-MEM-1", "16 MiB and 3 bytes go there and back",
     sixteen_mebibytes},
    {"memory/neighbours-stay-as-they-were", "BP-MEM-1",
     "writing all of one buffer changes none of its neighbours", two_buffers_side_by_side},
};

}  // namespace

std::vector<AbiCase> memory_transfer_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
