// Ranges as numbers: all 64 bits of an offset and a size count, and nothing is a size, too.
#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 256;
constexpr uint64_t kFour = uint64_t{1} << 32;  // 4 GiB
constexpr uint64_t kHalf = uint64_t{1} << 31;

// Inside when only their low 32 bits, or those but the sign, are looked at.
constexpr Range kFar[] = {{kFour, 8},
                          {kFour + 8, 8},
                          {kHalf, 8},
                          {kFour + kHalf, 8},
                          {uint64_t{1} << 63, 8},
                          {8, kFour},
                          {8, kFour + 8},
                          {kFour, kFour},
                          {UINT64_MAX - 255, 256},
                          {uint64_t{1} << 63, uint64_t{1} << 63}};

void write_and_read_far_away(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const std::string source(kRoom, 'w');
  for (const Range& range : kFar) {
    require_status(subject.memory().write(there.stream.get(), there.buffer.get(), range.offset,
                                          source.data(), range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "write"));
    std::string target(kRoom, 'r');
    require_status(subject.memory().read(there.stream.get(), there.buffer.get(), range.offset,
                                         target.data(), range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "read"));
    require_unchanged(subject, there, named(range, "write"));
    require_equal(target, std::string(kRoom, 'r'), named(range, "read") + ", its target");
  }
}

void copy_far_away(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled target = filled(subject, kRoom, 1);
  const Filled source = filled(subject, kRoom, 2);
  for (const Range& range : kFar) {
    require_status(subject.memory().copy(target.stream.get(), target.buffer.get(), range.offset,
                                         source.buffer.get(), 0, range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "copy into a target"));
    require_status(subject.memory().copy(target.stream.get(), target.buffer.get(), 0,
                                         source.buffer.get(), range.offset, range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "copy out of a source"));
  }
  require_unchanged(subject, target, "copies of ranges far away");
}

void fill_far_away(Subject& subject) {
  need(subject.memory().fill, "fill");
  const Filled there = filled(subject, kRoom);
  for (const Range& range : kFar)
    require_status(subject.memory().fill(there.stream.get(), there.buffer.get(), range.offset,
                                         range.size, "f", 1),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "fill"));
  require_unchanged(subject, there, "fills of ranges far away");
}

void copy_and_fill_of_nothing(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled there = filled(subject, kRoom);
  bp_buffer_t* const buffer = there.buffer.get();
  const auto copy = [&](uint64_t to, uint64_t from) {
    return subject.memory().copy(there.stream.get(), buffer, to, buffer, from, 0);
  };
  subject.check(copy(kRoom, 0), "copy of 0 bytes to the end");
  subject.check(copy(0, kRoom), "copy of 0 bytes from the end");
  subject.check(copy(9, 9), "copy of 0 bytes to where they are");
  require_status(copy(kRoom + 1, 0), BP_STATUS_INVALID_ARGUMENT,
                 "copy of 0 bytes to behind the end");
  require_status(copy(0, kRoom + 1), BP_STATUS_INVALID_ARGUMENT,
                 "copy of 0 bytes from behind the end");
  if (subject.memory().fill != nullptr) {
    subject.check(subject.memory().fill(there.stream.get(), buffer, kRoom, 0, "12345678", 8),
                  "fill of 0 bytes at the end");
    require_status(subject.memory().fill(there.stream.get(), buffer, kRoom + 8, 0, "12345678", 8),
                   BP_STATUS_INVALID_ARGUMENT, "fill of 0 bytes behind the end");
  }
  require_unchanged(subject, there, "copies and fills of 0 bytes");
}

// Only a few pages of it are ever touched.
struct Giant {
  Owned<bp_stream_t> stream;
  Owned<bp_buffer_t> buffer;
};

Giant more_than_four_gibibytes(Subject& subject) {
  constexpr uint64_t kSize = kFour + 8192;
  need_buffers_of(subject, kSize);
  bp_buffer_t* probe = nullptr;
  const bp_status_t status =
      subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, kSize, &probe);
  if (status == BP_STATUS_OUT_OF_MEMORY) not_applicable("there are no 4 GiB of device memory");
  if (status == BP_OK) subject.memory().buffer_destroy(probe);
  return {subject.stream(), subject.buffer(kSize)};
}

void beyond_four_gibibytes(Subject& subject) {
  const Giant giant = more_than_four_gibibytes(subject);
  const std::string low = subject.pattern(100, 1);
  const std::string high = subject.pattern(100, 2);
  subject.write(giant.stream.get(), giant.buffer.get(), 5, low);
  subject.write(giant.stream.get(), giant.buffer.get(), kFour + 5, high);
  require_equal(subject.read(giant.stream.get(), giant.buffer.get(), kFour + 5, 100), high,
                "bytes at 4 GiB and 5");
  require_equal(subject.read(giant.stream.get(), giant.buffer.get(), 5, 100), low,
                "bytes at 5, after a write at 4 GiB and 5");
  subject.write(giant.stream.get(), giant.buffer.get(), kFour - 50, low);
  require_equal(subject.read(giant.stream.get(), giant.buffer.get(), kFour - 50, 100), low,
                "bytes on both sides of 4 GiB");
}

void copies_beyond_four_gibibytes(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Giant giant = more_than_four_gibibytes(subject);
  bp_stream_t* const stream = giant.stream.get();
  bp_buffer_t* const buffer = giant.buffer.get();
  const std::string low = subject.pattern(100, 1);
  const std::string high = subject.pattern(100, 2);
  subject.write(stream, buffer, 5, low);
  subject.write(stream, buffer, kFour + 5, high);
  subject.check(subject.memory().copy(stream, buffer, 1005, buffer, kFour + 5, 100), "copy");
  subject.check(subject.memory().copy(stream, buffer, kFour + 2005, buffer, 5, 100), "copy");
  require_equal(subject.read(stream, buffer, 1005, 100), high, "a copy from behind 4 GiB");
  require_equal(subject.read(stream, buffer, kFour + 2005, 100), low, "a copy to behind 4 GiB");
  if (subject.memory().fill == nullptr) return;
  subject.check(subject.memory().fill(stream, buffer, kFour, 200, "ab", 2), "fill");
  require_equal(subject.read(stream, buffer, 5, 100), low, "bytes at 5, after a fill at 4 GiB");
  require_equal(subject.read(stream, buffer, kFour + 198, 2), "ab", "a fill behind 4 GiB");
}

const AbiCase kCases[] = {
    {"memory/write-and-read-see-all-64-bits", "BP-MEM-4,BP-BASE-10",
     "write and read refuse ranges whose low 32 bits alone would be inside",
     write_and_read_far_away},
    {"memory/copy-sees-all-64-bits", "BP-MEM-4,BP-BASE-10",
     "copy refuses ranges whose low 32 bits alone would be inside", copy_far_away},
    {"memory/fill-sees-all-64-bits", "BP-MEM-4,BP-BASE-10",
     "fill refuses ranges whose low 32 bits alone would be inside", fill_far_away},
    {"memory/copy-and-fill-of-nothing", "BP-MEM-12,BP-MEM-4",
     "0 bytes are copied and filled up to the very end, and refused behind it",
     copy_and_fill_of_nothing},
    {"memory/beyond-four-gibibytes", "BP-MEM-1",
     "write and read reach what lies beyond 4 GiB, and it is not what lies at the start",
     beyond_four_gibibytes},
    {"memory/copies-beyond-four-gibibytes", "BP-MEM-1,BP-MEM-12",
     "copy and fill reach what lies beyond 4 GiB", copies_beyond_four_gibibytes},
};

}  // namespace

std::vector<AbiCase> memory_range_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
