// copy, fill, map, import, export, host_space, usage: where the plugin has them.
#include <algorithm>
#include <cstring>

#include "abi/cases.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 512;

// Ends the case where the plugin leaves an optional function out.
template <class Function>
void need(Function function, const char* name) {
  if (function == nullptr) unsupported(std::string("the plugin does without ") + name);
}

struct Filled {
  Owned<bp_stream_t> stream;
  Owned<bp_buffer_t> buffer;
  std::string bytes;
};

Filled filled(Subject& subject, uint64_t salt = 0) {
  Filled made = {subject.stream(), subject.buffer(kRoom), subject.pattern(kRoom, salt)};
  subject.write(made.stream.get(), made.buffer.get(), 0, made.bytes);
  return made;
}

std::string contents(Subject& subject, const Filled& filled) {
  return subject.read(filled.stream.get(), filled.buffer.get(), 0, kRoom);
}

// ---- copy ----

void copy_between_buffers(Subject& subject) {
  need(subject.memory().copy, "copy");
  Filled target = filled(subject, 1);
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
  Filled there = filled(subject);
  subject.check(subject.memory().copy(there.stream.get(), there.buffer.get(), 200,
                                      there.buffer.get(), 100, 100),
                "copy inside one buffer, end to end");
  there.bytes.replace(200, 100, there.bytes, 100, 100);
  require_equal(contents(subject, there), there.bytes, "a buffer copied inside itself");
}

void copy_overlapping(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled there = filled(subject);
  for (uint64_t to : {1, 50, 100, 150, 199})
    require_status(subject.memory().copy(there.stream.get(), there.buffer.get(), to,
                                         there.buffer.get(), 100, 100),
                   BP_STATUS_INVALID_ARGUMENT,
                   "copy of bytes 100 to 199 over bytes from " + std::to_string(to));
  require_equal(contents(subject, there), there.bytes, "the buffer after refused copies");
}

void copy_outside(Subject& subject) {
  need(subject.memory().copy, "copy");
  const Filled target = filled(subject, 1);
  const Filled source = filled(subject, 2);
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
  Filled there = filled(subject);
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
  Filled there = filled(subject);
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
  const Filled there = filled(subject);
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
  const Filled there = filled(subject);
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

// ---- map and staging ----

void map_shows_the_bytes(Subject& subject) {
  need(subject.memory().map, "map");
  if ((subject.info().flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) == 0)
    not_applicable("device memory is not HOST_ADDRESSABLE");
  const Filled there = filled(subject);
  subject.finish(there.stream.get());
  void* address = nullptr;
  subject.check(subject.memory().map(there.buffer.get(), &address), "map");
  require_equal(std::string(static_cast<char*>(address), kRoom), there.bytes,
                "bytes seen through map");
  const std::string other = subject.pattern(kRoom, 7);
  std::memcpy(address, other.data(), kRoom);
  require_equal(contents(subject, there), other, "bytes written through map");
}

void staging_without_map(Subject& subject) {
  if (subject.memory().map != nullptr) not_applicable("the plugin has map");
  bp_buffer_t* made = nullptr;
  require_status(subject.memory().buffer_create(subject.device(), BP_MEMORY_STAGING, 64, &made),
                 BP_STATUS_UNSUPPORTED, "buffer_create of STAGING by a plugin without map");
}

void staging_goes_both_ways(Subject& subject) {
  need(subject.memory().map, "map");
  need(subject.memory().copy, "copy");
  const Filled there = filled(subject);
  const Owned<bp_buffer_t> staging = subject.buffer(kRoom, BP_MEMORY_STAGING);
  void* address = nullptr;
  subject.check(subject.memory().map(staging.get(), &address), "map of a STAGING buffer");
  subject.check(
      subject.memory().copy(there.stream.get(), staging.get(), 0, there.buffer.get(), 0, kRoom),
      "copy to STAGING");
  subject.finish(there.stream.get());
  require_equal(std::string(static_cast<char*>(address), kRoom), there.bytes,
                "bytes copied to STAGING");
  const std::string other = subject.pattern(kRoom, 8);
  std::memcpy(address, other.data(), kRoom);
  subject.check(
      subject.memory().copy(there.stream.get(), there.buffer.get(), 0, staging.get(), 0, kRoom),
      "copy from STAGING");
  require_equal(contents(subject, there), other, "bytes copied from STAGING");
}

void staging_is_for_map_and_copy(Subject& subject) {
  need(subject.memory().map, "map");
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> staging = subject.buffer(64, BP_MEMORY_STAGING);
  char bytes[64] = {};
  require_status(subject.memory().write(stream.get(), staging.get(), 0, bytes, 64),
                 BP_STATUS_INVALID_ARGUMENT, "write to a STAGING buffer");
  require_status(subject.memory().read(stream.get(), staging.get(), 0, bytes, 64),
                 BP_STATUS_INVALID_ARGUMENT, "read from a STAGING buffer");
}

// ---- import, export, host_space, usage ----

Owned<bp_buffer_t> imported(Subject& subject, void* bytes, uint64_t size) {
  need(subject.memory().buffer_import, "buffer_import");
  bp_buffer_t* made = nullptr;
  const bp_status_t status = subject.memory().buffer_import(
      subject.device(), BP_HANDLE_HOST_POINTER, reinterpret_cast<uintptr_t>(bytes), size, &made);
  if (status == BP_STATUS_UNSUPPORTED) unsupported("host memory cannot be imported");
  subject.check(status, "buffer_import of host memory");
  return {made, [&subject](bp_buffer_t* ended) { subject.memory().buffer_destroy(ended); }};
}

void import_is_no_copy(Subject& subject) {
  alignas(4096) static char memory[4096];
  const std::string first = subject.pattern(sizeof memory, 1);
  std::memcpy(memory, first.data(), sizeof memory);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = imported(subject, memory, sizeof memory);
  require_equal(subject.read(stream.get(), buffer.get(), 0, sizeof memory), first,
                "imported memory");
  const std::string second = subject.pattern(sizeof memory, 2);
  std::memcpy(memory, second.data(), sizeof memory);
  require_equal(subject.read(stream.get(), buffer.get(), 0, sizeof memory), second,
                "imported memory, changed by its owner");
  subject.write(stream.get(), buffer.get(), 0, first);
  subject.finish(stream.get());
  require_equal(std::string(memory, sizeof memory), first, "imported memory, written by write");
}

void import_ends_without_freeing(Subject& subject) {
  alignas(4096) static char memory[4096];
  imported(subject, memory, sizeof memory).reset();
  memory[0] = 'x';
  require(memory[0] == 'x', "memory was taken from its owner");
}

void unknown_handle_kind(Subject& subject) {
  need(subject.memory().buffer_import, "buffer_import");
  bp_buffer_t* made = nullptr;
  require_status(subject.memory().buffer_import(subject.device(), 99, 1, 64, &made),
                 BP_STATUS_UNSUPPORTED, "buffer_import of a handle kind that does not exist");
}

void export_is_what_map_gives(Subject& subject) {
  need(subject.memory().buffer_export, "buffer_export");
  need(subject.memory().map, "map");
  const Owned<bp_buffer_t> buffer = subject.buffer(64);
  uint64_t handle = 0;
  const bp_status_t status =
      subject.memory().buffer_export(buffer.get(), BP_HANDLE_HOST_POINTER, &handle);
  if (status == BP_STATUS_UNSUPPORTED) unsupported("no host pointer is exported");
  subject.check(status, "buffer_export");
  void* address = nullptr;
  subject.check(subject.memory().map(buffer.get(), &address), "map");
  require(handle == reinterpret_cast<uintptr_t>(address),
          "the exported host pointer is another than map's");
}

void host_space_is_the_address_space(Subject& subject) {
  need(subject.memory().host_space, "host_space");
  bp_buffer_t* space = subject.memory().host_space(subject.device());
  if (space == nullptr) unsupported("host_space gives NULL on this device");
  const Owned<bp_stream_t> stream = subject.stream();
  std::string here = subject.pattern(100, 1);
  const std::string wanted = subject.pattern(100, 2);
  const auto offset = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(here.data()));
  require_equal(subject.read(stream.get(), space, offset, 100), here, "bytes read by address");
  subject.write(stream.get(), space, offset, wanted);
  subject.finish(stream.get());
  require_equal(here, wanted, "bytes written by address");
}

void free_is_at_most_all(Subject& subject) {
  need(subject.memory().usage, "usage");
  uint64_t free_bytes = 0;
  uint64_t all_bytes = 0;
  subject.check(subject.memory().usage(subject.device(), &free_bytes, &all_bytes), "usage");
  require(
      free_bytes <= all_bytes && all_bytes > 0,
      "usage says " + std::to_string(free_bytes) + " bytes free of " + std::to_string(all_bytes));
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
    {"memory/map-shows-the-bytes", "BP-MEM-8",
     "map of HOST_ADDRESSABLE memory gives the buffer's own bytes", map_shows_the_bytes},
    {"memory/staging-needs-map", "BP-MEM-10",
     "a plugin without map answers UNSUPPORTED for STAGING", staging_without_map},
    {"memory/staging-goes-both-ways", "BP-MEM-8", "STAGING is mapped, and copied from and to",
     staging_goes_both_ways},
    {"memory/staging-is-for-map-and-copy", "",
     "write and read of a STAGING buffer are INVALID_ARGUMENT", staging_is_for_map_and_copy},
    {"memory/import-is-no-copy", "BP-MEM-9",
     "an imported buffer is the memory itself, in both directions", import_is_no_copy},
    {"memory/import-ends-without-freeing", "BP-MEM-9",
     "destroying an imported buffer leaves the memory to its owner", import_ends_without_freeing},
    {"memory/unknown-handle-is-unsupported", "BP-MEM-9",
     "a handle kind that the plugin does not know is UNSUPPORTED", unknown_handle_kind},
    {"memory/export-is-what-map-gives", "", "an exported host pointer is map's pointer",
     export_is_what_map_gives},
    {"memory/host-space-is-the-address-space", "BP-MEM-16",
     "an offset into host_space is an address", host_space_is_the_address_space},
    {"memory/free-is-at-most-all", "BP-MEM-17", "usage tells no more free bytes than bytes in all",
     free_is_at_most_all},
};

}  // namespace

std::vector<AbiCase> memory_optional_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
