// copy and fill: every offset, every size, nothing beside, nothing refused done.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 512;

// ---- copy ----

void copy_between_buffers(Subject& subject) {
  need(subject.memory().copy, "copy");
  Filled target = filled(subject, kRoom, 1);
  const Owned<bp_buffer_t> source = subject.buffer(kRoom);
  const std::string bytes = subject.pattern(kRoom, 2);
  subject.write(target.stream.get(), source.get(), 0, bytes);
  for (uint64_t to : {0, 1, 3, 64, 130})
    for (uint64_t from : {0, 1, 5, 64, 200})
      for (uint64_t size : {0, 1, 2, 3, 7, 64, 67, 200}) {
        subject.check(subject.memory().copy(target.stream.get(), target.buffer.get(), to,
                                            source.get(), from, size),
                      "copy");
        target.bytes.replace(to, size, bytes, from, size);
        require_equal(contents(subject, target), target.bytes,
                      "the target of a copy of " + std::to_string(size) + " bytes from " +
                          std::to_string(from) + " to " + std::to_string(to));
      }
  require_equal(subject.read(target.stream.get(), source.get(), 0, kRoom), bytes,
                "the source of copies");
}

void copy_inside_one_buffer(Subject& subject) {
  need(subject.memory().copy, "copy");
  Filled there = filled(subject, kRoom);
  subject.check(subject.memory().copy(there.stream.get(), there.buffer.get(), 200,
                                      there.buffer.get(), 100, 100),
                "copy inside one buffer, end to end");
  there.bytes.replace(200, 100, there.bytes, 100, 100);
  require_equal(contents(subject, there), there.bytes, "a buffer copied inside itself");
}

void copy_overlapping(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled there = filled(subject, kRoom);
  for (uint64_t to : {1, 50, 100, 150, 199})
    require_status(subject.memory().copy(there.stream.get(), there.buffer.get(), to,
                                         there.buffer.get(), 100, 100),
                   BP_STATUS_INVALID_ARGUMENT,
                   "copy of bytes 100 to 199 over bytes from " + std::to_string(to));
  require_equal(contents(subject, there), there.bytes, "the buffer after refused copies");
}

void copy_outside(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled target = filled(subject, kRoom, 1);
  const Filled source = filled(subject, kRoom, 2);
  struct {
    uint64_t to, from, size;
  } const outside[] = {{kRoom, 0, 1},      {0, kRoom, 1},           {500, 0, 13},
                       {0, 500, 13},       {0, 0, kRoom + 1},       {UINT64_MAX, 0, 1},
                       {0, UINT64_MAX, 1}, {UINT64_MAX - 7, 0, 16}, {0, UINT64_MAX - 7, 16}};
  for (const auto& range : outside)
    require_status(subject.memory().copy(target.stream.get(), target.buffer.get(), range.to,
                                         source.buffer.get(), range.from, range.size),
                   BP_STATUS_INVALID_ARGUMENT,
                   "copy of " + std::to_string(range.size) + " bytes from " +
                       std::to_string(range.from) + " to " + std::to_string(range.to));
  require_equal(contents(subject, target), target.bytes, "the target of refused copies");
}

// ---- fill ----

void fill_each_pattern(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, kRoom);
  for (uint32_t width : {1, 2, 4, 8})
    for (uint64_t offset : {0, 8, 64, 136})
      for (uint64_t count : {0, 1, 2, 3, 8, 17}) {
        const std::string pattern = subject.pattern(width, offset + count);
        subject.check(subject.memory().fill(there.stream.get(), there.buffer.get(), offset,
                                            count * width, pattern.data(), width),
                      "fill");
        for (uint64_t i = 0; i < count; ++i)
          there.bytes.replace(offset + i * width, width, pattern);
        require_equal(contents(subject, there), there.bytes,
                      "a buffer filled with a pattern of " + std::to_string(width) + " bytes");
      }
}

void pattern_is_free_at_once(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, kRoom);
  uint64_t pattern = 0x0123456789abcdef;
  subject.check(
      subject.memory().fill(there.stream.get(), there.buffer.get(), 0, kRoom, &pattern, 8), "fill");
  std::string wanted;
  for (uint64_t i = 0; i < kRoom / 8; ++i) wanted.append(reinterpret_cast<char*>(&pattern), 8);
  pattern = 0;
  require_equal(contents(subject, there), wanted, "a fill whose pattern was overwritten at once");
}

void bad_patterns(Subject& subject) {
  need(subject.memory().fill, "fill");
  const Filled there = filled(subject, kRoom);
  const std::string pattern(32, 'p');
  struct {
    uint64_t offset, size;
    uint32_t width;
  } const wrong[] = {{0, 32, 0}, {0, 33, 3}, {0, 32, 16}, {0, 32, 32},
                     {0, 3, 2},  {2, 8, 4},  {4, 8, 8},   {0, 12, 8}};
  for (const auto& call : wrong)
    require_status(subject.memory().fill(there.stream.get(), there.buffer.get(), call.offset,
                                         call.size, pattern.data(), call.width),
                   BP_STATUS_INVALID_ARGUMENT,
                   "fill of " + std::to_string(call.size) + " bytes at " +
                       std::to_string(call.offset) + " with a pattern of " +
                       std::to_string(call.width));
  require_equal(contents(subject, there), there.bytes, "the buffer after refused fills");
}

void fill_outside(Subject& subject) {
  need(subject.memory().fill, "fill");
  const Filled there = filled(subject, kRoom);
  const char pattern[8] = "pattern";
  struct {
    uint64_t offset, size;
  } const outside[] = {{kRoom, 8}, {kRoom - 8, 16}, {0, kRoom + 8}, {UINT64_MAX - 7, 16}};
  for (const auto& range : outside)
    require_status(
        subject.memory().fill(there.stream.get(), there.buffer.get(), range.offset, range.size,
                              pattern, 8),
        BP_STATUS_INVALID_ARGUMENT,
        "fill of " + std::to_string(range.size) + " bytes at " + std::to_string(range.offset));
  require_equal(contents(subject, there), there.bytes, "the buffer after refused fills");
}

const AbiCase kCases[] = {
    {"memory/copy-between-buffers", "BP-MEM-1,BP-MEM-12",
     "copy takes any byte offsets and sizes, and changes no byte beside", copy_between_buffers},
    {"memory/copy-inside-one-buffer", "BP-MEM-1", "copy works inside one buffer, end to end",
     copy_inside_one_buffer},
    {"memory/copy-overlap-is-invalid", "BP-MEM-6,BP-BASE-10",
     "a copy over its own source is INVALID_ARGUMENT and changes nothing", copy_overlapping},
    {"memory/copy-out-of-range-changes-nothing", "BP-MEM-4,BP-BASE-10",
     "a copy that leaves either buffer is INVALID_ARGUMENT", copy_outside},
    {"memory/fill-with-each-pattern", "BP-MEM-12,BP-MEM-15",
     "fill repeats a pattern of 1, 2, 4 or 8 bytes, and changes no byte beside", fill_each_pattern},
    {"memory/pattern-is-free-at-once", "BP-MEM-7", "fill has read its pattern when it returns",
     pattern_is_free_at_once},
    {"memory/fill-with-a-bad-pattern-is-invalid", "BP-MEM-15,BP-BASE-10",
     "any other pattern size, or a range that is no multiple of it, is INVALID_ARGUMENT",
     bad_patterns},
    {"memory/fill-out-of-range-changes-nothing", "BP-MEM-4,BP-BASE-10",
     "a fill that leaves the buffer is INVALID_ARGUMENT", fill_outside},
};

}  // namespace

std::vector<AbiCase> memory_copy_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
