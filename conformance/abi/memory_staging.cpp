// STAGING memory: mapped, copied from and to, and nothing else.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 512;

// A STAGING buffer, and where the host sees it.
struct Staging {
  Owned<bp_buffer_t> buffer;
  char* bytes;
};

Staging staging_of(Subject& subject, uint64_t size) {
  need(subject.memory().map, "map");
  need(subject.memory().copy, "copy");
  Staging made = {subject.buffer(size, BP_MEMORY_STAGING), nullptr};
  made.bytes = mapped(subject, made.buffer.get());
  return made;
}

void copy(Subject& subject, bp_stream_t* stream, const Owned<bp_buffer_t>& target, uint64_t to,
          const Owned<bp_buffer_t>& source, uint64_t from, uint64_t size) {
  subject.check(subject.memory().copy(stream, target.get(), to, source.get(), from, size), "copy");
}

void staging_without_map(Subject& subject) {
  if (subject.memory().map != nullptr) not_applicable("the plugin has map");
  bp_buffer_t* made = nullptr;
  require_status(subject.memory().buffer_create(subject.device(), BP_MEMORY_STAGING, 64, &made),
                 BP_STATUS_UNSUPPORTED, "buffer_create of STAGING by a plugin without map");
}

void staging_goes_both_ways(Subject& subject) {
  const Staging staging = staging_of(subject, kRoom);
  const Filled there = filled(subject, kRoom);
  copy(subject, there.stream.get(), staging.buffer, 0, there.buffer, 0, kRoom);
  subject.finish(there.stream.get());
  require_equal(std::string(staging.bytes, kRoom), there.bytes, "bytes copied to STAGING");
  const std::string other = subject.pattern(kRoom, 8);
  std::memcpy(staging.bytes, other.data(), kRoom);
  copy(subject, there.stream.get(), there.buffer, 0, staging.buffer, 0, kRoom);
  require_equal(contents(subject, there), other, "bytes copied from STAGING");
}

void every_byte_of_staging(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  for (uint64_t size : {1, 2, 3, 63, 65, 1000, 4095, 4097, 65537}) {
    if (size > subject.info().max_buffer_size) continue;
    const Staging out = staging_of(subject, size);
    const Staging back = staging_of(subject, size);
    const Owned<bp_buffer_t> between = subject.buffer(size);
    const std::string bytes = subject.pattern(size, size);
    std::memcpy(out.bytes, bytes.data(), size);
    copy(subject, stream.get(), between, 0, out.buffer, 0, size);
    copy(subject, stream.get(), back.buffer, 0, between, 0, size);
    subject.finish(stream.get());
    require_equal(std::string(back.bytes, size), bytes,
                  "STAGING of " + std::to_string(size) + " bytes, there and back");
  }
}

// Each of two kinds into the other, and into its own.
void copies_between_kinds(Subject& subject) {
  const Staging staging[] = {staging_of(subject, kRoom), staging_of(subject, kRoom)};
  const Filled device = filled(subject, kRoom, 3);
  std::string shadow[] = {subject.pattern(kRoom, 1), subject.pattern(kRoom, 2), device.bytes};
  for (int i : {0, 1}) std::memcpy(staging[i].bytes, shadow[i].data(), kRoom);
  const Owned<bp_buffer_t>* buffers[] = {&staging[0].buffer, &staging[1].buffer, &device.buffer};
  for (uint64_t round = 0; round < 120; ++round) {
    const uint64_t to = round % 3;
    const uint64_t from = (to + 1 + round / 3 % 2) % 3;
    const uint64_t size = 1 + round * 37 % 200;
    const uint64_t to_offset = round * 11 % 300;
    const uint64_t from_offset = round * 23 % 301;
    copy(subject, device.stream.get(), *buffers[to], to_offset, *buffers[from], from_offset, size);
    shadow[to].replace(to_offset, size, shadow[from], from_offset, size);
  }
  require_equal(contents(subject, device), shadow[2], "DEVICE memory after copies of all kinds");
  for (int i : {0, 1})
    require_equal(std::string(staging[i].bytes, kRoom), shadow[i],
                  "STAGING memory after copies of all kinds");
}

void staging_buffers_are_distinct(Subject& subject) {
  constexpr uint64_t kCount = 40;
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> device = subject.buffer(kCount * kRoom);
  std::vector<Staging> all;
  std::string wanted;
  for (uint64_t i = 0; i < kCount; ++i) {
    all.push_back(staging_of(subject, kRoom));
    wanted += subject.pattern(kRoom, i);
    std::memcpy(all[i].bytes, &wanted[i * kRoom], kRoom);
  }
  for (uint64_t i = 0; i < kCount; ++i)
    copy(subject, stream.get(), device, i * kRoom, all[i].buffer, 0, kRoom);
  require_equal(subject.read(stream.get(), device.get(), 0, wanted.size()), wanted,
                "what 40 STAGING buffers held at once");
}

void staging_is_aligned(Subject& subject) {
  for (uint64_t size : {1, 3, 64, 100, 4097}) {
    const Staging staging = staging_of(subject, size);
    require(reinterpret_cast<uintptr_t>(staging.bytes) % subject.info().buffer_alignment == 0,
            "STAGING of " + std::to_string(size) + " bytes does not start at a multiple of " +
                std::to_string(subject.info().buffer_alignment));
  }
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

void staging_is_not_filled(Subject& subject) {
  need(subject.memory().fill, "fill");
  const Owned<bp_stream_t> stream = subject.stream();
  const Staging staging = staging_of(subject, kRoom);
  const std::string bytes = subject.pattern(kRoom);
  std::memcpy(staging.bytes, bytes.data(), kRoom);
  require_status(subject.memory().fill(stream.get(), staging.buffer.get(), 0, 64, "fill", 4),
                 BP_STATUS_INVALID_ARGUMENT, "fill of a STAGING buffer");
  subject.finish(stream.get());
  require_equal(std::string(staging.bytes, kRoom), bytes, "STAGING after a refused fill");
}

void staging_sizes_are_checked(Subject& subject) {
  need(subject.memory().map, "map");
  const uint64_t largest = subject.info().max_buffer_size;
  for (uint64_t size : {uint64_t{0}, largest + 1, UINT64_MAX, UINT64_MAX - 62}) {
    if (size != 0 && size <= largest) continue;
    bp_buffer_t* made = nullptr;
    const bp_status_t status =
        subject.memory().buffer_create(subject.device(), BP_MEMORY_STAGING, size, &made);
    if (status == BP_OK) subject.memory().buffer_destroy(made);
    require_status(status, BP_STATUS_INVALID_ARGUMENT,
                   "buffer_create of " + std::to_string(size) + " bytes of STAGING");
  }
}

void staging_ranges_are_checked(Subject& subject) {
  const Staging staging = staging_of(subject, kRoom);
  const Filled device = filled(subject, kRoom, 1);
  const std::string bytes = subject.pattern(kRoom, 2);
  std::memcpy(staging.bytes, bytes.data(), kRoom);
  bp_buffer_t* const ours = staging.buffer.get();
  bp_buffer_t* const other = device.buffer.get();
  const auto require_refused = [&](bp_buffer_t* to, uint64_t to_offset, bp_buffer_t* from,
                                   uint64_t from_offset, uint64_t size) {
    require_status(
        subject.memory().copy(device.stream.get(), to, to_offset, from, from_offset, size),
        BP_STATUS_INVALID_ARGUMENT,
        "copy of " + std::to_string(size) + " bytes of STAGING from " +
            std::to_string(from_offset) + " to " + std::to_string(to_offset));
  };
  for (uint64_t offset : {kRoom, kRoom - 7, UINT64_MAX, UINT64_MAX - 7}) {
    require_refused(ours, offset, other, 0, 8);
    require_refused(other, 0, ours, offset, 8);
  }
  require_refused(ours, 10, ours, 5, 6);  // overlap
  subject.finish(device.stream.get());
  require_equal(std::string(staging.bytes, kRoom), bytes, "STAGING after refused copies");
  require_unchanged(subject, device, "refused copies from STAGING");
}

const AbiCase kCases[] = {
    {"memory/staging-needs-map", "BP-MEM-10",
     "a plugin without map answers UNSUPPORTED for STAGING", staging_without_map},
    {"memory/staging-goes-both-ways", "BP-MEM-8", "STAGING is mapped, and copied from and to",
     staging_goes_both_ways},
    {"memory/staging-holds-every-byte", "BP-MEM-8",
     "STAGING of any size goes to the device and back to its last byte", every_byte_of_staging},
    {"memory/copies-between-kinds", "BP-MEM-12",
     "copies between STAGING and DEVICE, each way, take any offset and size", copies_between_kinds},
    {"memory/staging-buffers-are-distinct", "BP-MEM-8,BP-BASE-7",
     "40 live STAGING buffers hold 40 contents", staging_buffers_are_distinct},
    {"memory/staging-starts-are-aligned", "BP-MEM-11",
     "STAGING starts at a multiple of buffer_alignment, too", staging_is_aligned},
    {"memory/staging-is-for-map-and-copy", "",
     "write and read of a STAGING buffer are INVALID_ARGUMENT", staging_is_for_map_and_copy},
    {"memory/staging-is-not-filled", "BP-BASE-10",
     "fill of a STAGING buffer is INVALID_ARGUMENT and changes nothing", staging_is_not_filled},
    {"memory/staging-sizes-are-checked", "BP-MEM-2",
     "STAGING of 0 bytes, or more than max_buffer_size, is INVALID_ARGUMENT",
     staging_sizes_are_checked},
    {"memory/staging-ranges-are-checked", "BP-MEM-4,BP-MEM-6,BP-BASE-10",
     "a copy that leaves STAGING, or overlaps in it, is INVALID_ARGUMENT",
     staging_ranges_are_checked},
};

}  // namespace

std::vector<AbiCase> memory_staging_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
