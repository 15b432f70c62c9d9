// Memory that is not the device's own: import, export and host_space.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/guarded_bytes.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

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

// A page between two that nobody may touch.
void import_to_its_last_byte(Subject& subject) {
  const GuardedBytes page;
  const uint64_t size = page.size();
  std::string wanted = subject.pattern(size, 1);
  std::memcpy(page.at_start(), wanted.data(), size);
  const Owned<bp_buffer_t> buffer = imported(subject, page.at_start(), size);
  const Filled other = filled(subject, size, 2);
  bp_stream_t* const stream = other.stream.get();
  for (uint64_t offset : {uint64_t{0}, size - 67, size - 1}) {
    wanted.replace(offset, 1, "w");
    subject.write(stream, buffer.get(), offset, "w");
  }
  if (subject.memory().copy != nullptr) {
    wanted.replace(size - 200, 100, other.bytes, 50, 100);
    subject.check(
        subject.memory().copy(stream, buffer.get(), size - 200, other.buffer.get(), 50, 100),
        "copy to imported memory");
  }
  if (subject.memory().fill != nullptr) {
    wanted.replace(size - 4, 4, "fill");
    subject.check(subject.memory().fill(stream, buffer.get(), size - 4, 4, "fill", 4),
                  "fill of imported memory");
  }
  subject.finish(stream);
  require_equal(std::string(page.at_start(), size), wanted, "an imported page after work on it");
}

void import_is_copied_from(Subject& subject) {
  need(subject.memory().copy, "copy");
  alignas(4096) static char memory[4096];
  const Owned<bp_buffer_t> buffer = imported(subject, memory, sizeof memory);
  Filled target = filled(subject, 2 * sizeof memory);
  subject.finish(target.stream.get());
  for (uint64_t round = 0; round < 10; ++round) {
    const std::string bytes = subject.pattern(sizeof memory, 10 + round);
    std::memcpy(memory, bytes.data(), sizeof memory);
    const uint64_t size = sizeof memory - 100 * round - 1;
    target.bytes.replace(3 + round, size, bytes, 1, size);
    subject.check(subject.memory().copy(target.stream.get(), target.buffer.get(), 3 + round,
                                        buffer.get(), 1, size),
                  "copy from imported memory");
    require_unchanged(subject, target, "a copy from memory that its owner had just changed");
  }
}

void import_has_ranges(Subject& subject) {
  alignas(4096) static char memory[8192];
  const std::string bytes = subject.pattern(sizeof memory);
  std::memcpy(memory, bytes.data(), sizeof memory);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = imported(subject, memory, 4096);
  std::string target(64, 't');
  for (const Range& range : {Range{4096, 1}, {4095, 2}, {UINT64_MAX - 7, 16}}) {
    require_status(subject.memory().write(stream.get(), buffer.get(), range.offset,
                                          "wwwwwwwwwwwwwwww", range.size),
                   BP_STATUS_INVALID_ARGUMENT, named(range, "write") + " of imported memory");
    require_status(
        subject.memory().read(stream.get(), buffer.get(), range.offset, target.data(), range.size),
        BP_STATUS_INVALID_ARGUMENT, named(range, "read") + " of imported memory");
  }
  subject.finish(stream.get());
  require_equal(std::string(memory, sizeof memory), bytes, "memory of which a half was imported");
  require_equal(target, std::string(64, 't'), "the target of refused reads");
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

// What a plugin exports, it knows how to import; both are the same memory.
void export_comes_back(Subject& subject) {
  need(subject.memory().buffer_export, "buffer_export");
  need(subject.memory().buffer_import, "buffer_import");
  const Filled there = filled(subject, 4096, 1);
  subject.finish(there.stream.get());
  bool was_tried = false;
  for (bp_handle_kind_t kind : {BP_HANDLE_HOST_POINTER, BP_HANDLE_NATIVE}) {
    uint64_t handle = 0;
    bp_buffer_t* made = nullptr;
    if (subject.memory().buffer_export(there.buffer.get(), kind, &handle) != BP_OK) continue;
    const bp_status_t status =
        subject.memory().buffer_import(subject.device(), kind, handle, 4096, &made);
    if (status == BP_STATUS_UNSUPPORTED) continue;
    subject.check(status, "buffer_import of what buffer_export gave");
    was_tried = true;
    const Owned<bp_buffer_t> second = {made, subject.memory().buffer_destroy};
    require_equal(subject.read(there.stream.get(), second.get(), 0, 4096), contents(subject, there),
                  "a buffer that was exported and imported");
    subject.write(there.stream.get(), second.get(), 7, "seen by both");
    subject.finish(there.stream.get());
    require_equal(subject.read(there.stream.get(), there.buffer.get(), 7, 12), "seen by both",
                  "an exported buffer, written through its import");
  }
  if (!was_tried) unsupported("nothing that is exported is imported");
}

void export_of_unknown_kinds(Subject& subject) {
  need(subject.memory().buffer_export, "buffer_export");
  const Owned<bp_buffer_t> buffer = subject.buffer(64);
  for (bp_handle_kind_t kind : {99u, UINT32_MAX}) {
    uint64_t handle = 0;
    require_status(subject.memory().buffer_export(buffer.get(), kind, &handle),
                   BP_STATUS_UNSUPPORTED, "buffer_export of a handle kind that does not exist");
  }
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

// As a framework's tensors enter and leave: by copy, at the edge of what may be touched.
void host_space_is_copied(Subject& subject) {
  need(subject.memory().host_space, "host_space");
  need(subject.memory().copy, "copy");
  bp_buffer_t* space = subject.memory().host_space(subject.device());
  if (space == nullptr) unsupported("host_space gives NULL on this device");
  const Filled there = filled(subject, 512);
  const GuardedBytes guarded;
  for (uint64_t size : {1, 3, 67, 500})
    for (char* bytes : {guarded.at_end(size), guarded.at_start()}) {
      const auto address = reinterpret_cast<uintptr_t>(bytes);
      const auto copy = [&](bp_buffer_t* to, uint64_t to_offset, bp_buffer_t* from,
                            uint64_t from_offset) {
        subject.check(
            subject.memory().copy(there.stream.get(), to, to_offset, from, from_offset, size),
            "copy between host_space and a buffer");
        subject.finish(there.stream.get());
      };
      const std::string wanted = subject.pattern(size, size);
      std::memcpy(bytes, wanted.data(), size);
      copy(there.buffer.get(), 5, space, address);
      std::memset(bytes, 0, size);
      copy(space, address, there.buffer.get(), 5);
      require_equal(std::string(bytes, size), wanted, "bytes copied by address, in and out");
    }
}

const AbiCase kCases[] = {
    {"memory/import-is-no-copy", "BP-MEM-9",
     "an imported buffer is the memory itself, in both directions", import_is_no_copy},
    {"memory/import-ends-without-freeing", "BP-MEM-9",
     "destroying an imported buffer leaves the memory to its owner", import_ends_without_freeing},
    {"memory/import-to-its-last-byte", "BP-MEM-9,BP-BASE-8",
     "work on an imported page changes that page, and touches nothing beside it",
     import_to_its_last_byte},
    {"memory/import-is-copied-from", "BP-MEM-9",
     "a copy from imported memory takes what its owner put there last", import_is_copied_from},
    {"memory/import-has-ranges", "BP-MEM-4,BP-MEM-9",
     "an imported buffer ends where it was said to, whatever lies behind it", import_has_ranges},
    {"memory/unknown-handle-is-unsupported", "BP-MEM-9",
     "a handle kind that the plugin does not know is UNSUPPORTED", unknown_handle_kind},
    {"memory/export-is-what-map-gives", "", "an exported host pointer is map's pointer",
     export_is_what_map_gives},
    {"memory/export-comes-back", "BP-MEM-9",
     "a handle that was exported is imported as the same memory", export_comes_back},
    {"memory/export-of-unknown-kinds-is-unsupported", "",
     "buffer_export as a kind that does not exist is UNSUPPORTED", export_of_unknown_kinds},
    {"memory/host-space-is-the-address-space", "BP-MEM-16",
     "an offset into host_space is an address", host_space_is_the_address_space},
    {"memory/host-space-is-copied", "BP-MEM-16,BP-BASE-8",
     "copies go between addresses and buffers, and touch no byte beside", host_space_is_copied},
};

}  // namespace

std::vector<AbiCase> memory_import_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
