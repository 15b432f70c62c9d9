// The host's side of a transfer: at any address, up to the last byte of a page, and no further.
// Small and large, because large transfers go another way in many devices.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/guarded_bytes.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kLargeSizes[] = {4097, 65541, (1u << 20) + 3};
constexpr uint64_t kRoom = (1u << 20) + 4096;
constexpr size_t kPages = 258;

void source_at_any_address(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  std::vector<char> memory(kRoom);
  for (uint64_t skew = 1; skew < 16; ++skew)
    for (uint64_t size : kLargeSizes) {
      const std::string bytes = subject.pattern(size, skew);
      std::memcpy(memory.data() + skew, bytes.data(), size);
      subject.check(subject.memory().write(there.stream.get(), there.buffer.get(), 64,
                                           memory.data() + skew, size),
                    "write");
      require_equal(
          subject.read(there.stream.get(), there.buffer.get(), 64, size), bytes,
          "bytes written from an address " + std::to_string(skew) + " above a multiple of 16");
    }
}

void target_at_any_address(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  std::vector<char> memory(kRoom);
  for (uint64_t skew = 1; skew < 16; ++skew)
    for (uint64_t size : kLargeSizes) {
      std::memset(memory.data(), 't', memory.size());
      subject.check(subject.memory().read(there.stream.get(), there.buffer.get(), 64,
                                          memory.data() + skew, size),
                    "read");
      subject.finish(there.stream.get());
      std::string wanted(kRoom, 't');
      wanted.replace(skew, size, there.bytes, 64, size);
      require_equal(
          std::string(memory.data(), kRoom), wanted,
          "memory read to, at an address " + std::to_string(skew) + " above a multiple of 16");
    }
}

void large_source_ends_at_a_page(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const GuardedBytes guarded(kPages);
  for (uint64_t size : kLargeSizes)
    for (char* source : {guarded.at_end(size), guarded.at_start()}) {
      const std::string bytes = subject.pattern(size, size);
      std::memcpy(source, bytes.data(), size);
      subject.check(subject.memory().write(there.stream.get(), there.buffer.get(), 1, source, size),
                    "write");
      require_equal(subject.read(there.stream.get(), there.buffer.get(), 1, size), bytes,
                    "many bytes written from the edge of a page");
    }
}

void large_target_ends_at_a_page(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const GuardedBytes guarded(kPages);
  for (uint64_t size : kLargeSizes)
    for (char* target : {guarded.at_end(size), guarded.at_start()}) {
      subject.check(subject.memory().read(there.stream.get(), there.buffer.get(), 3, target, size),
                    "read");
      subject.finish(there.stream.get());
      require_equal(std::string(target, size), there.bytes.substr(3, size),
                    "many bytes read to the edge of a page");
    }
}

void pattern_ends_at_a_page(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, 256);
  const GuardedBytes guarded;
  for (uint32_t width : {1, 2, 4, 8})
    for (char* pattern : {guarded.at_end(width), guarded.at_start()}) {
      const std::string bytes = subject.pattern(width, width);
      std::memcpy(pattern, bytes.data(), width);
      subject.check(
          subject.memory().fill(there.stream.get(), there.buffer.get(), 8, 64, pattern, width),
          "fill");
      for (uint64_t i = 0; i < 64; i += width) there.bytes.replace(8 + i, width, bytes);
      require_unchanged(subject, there, "a fill whose pattern lies at the edge of a page");
    }
}

void pattern_at_any_address(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, 256);
  for (uint32_t width : {2, 4, 8})
    for (uint64_t skew = 1; skew < 8; ++skew) {
      alignas(16) char memory[16] = {};
      const std::string bytes = subject.pattern(width, skew);
      std::memcpy(memory + skew, bytes.data(), width);
      subject.check(subject.memory().fill(there.stream.get(), there.buffer.get(), 16, 128,
                                          memory + skew, width),
                    "fill");
      for (uint64_t i = 0; i < 128; i += width) there.bytes.replace(16 + i, width, bytes);
      require_unchanged(subject, there, "a fill whose pattern lies at an odd address");
    }
}

// A page that may only be read, as a file's weights are.
void source_may_be_read_only(Subject& subject) {
  const Filled there = filled(subject, kRoom);
  const GuardedBytes guarded(kPages);
  const std::string bytes = subject.pattern(guarded.size(), 5);
  std::memcpy(guarded.at_start(), bytes.data(), bytes.size());
  require(mprotect(guarded.at_start(), guarded.size(), PROT_READ) == 0,
          "the suite could not write-protect its pages");
  for (uint64_t size : {uint64_t{100}, uint64_t{1} << 20}) {
    subject.check(
        subject.memory().write(there.stream.get(), there.buffer.get(), 0, guarded.at_start(), size),
        "write");
    require_equal(subject.read(there.stream.get(), there.buffer.get(), 0, size),
                  bytes.substr(0, size), "bytes written from pages that may only be read");
  }
}

const AbiCase kCases[] = {
    {"memory/write-from-any-address", "BP-MEM-12",
     "much is written from host memory at any address", source_at_any_address},
    {"memory/read-to-any-address", "BP-MEM-12",
     "much is read to host memory at any address, and nothing beside it", target_at_any_address},
    {"memory/large-write-reads-no-byte-beside-its-source", "BP-BASE-8",
     "a source of up to 1 MiB at the edge of a page is read to its last byte and no further",
     large_source_ends_at_a_page},
    {"memory/large-read-writes-no-byte-beside-its-target", "BP-BASE-8",
     "a target of up to 1 MiB at the edge of a page is written to its last byte and no further",
     large_target_ends_at_a_page},
    {"memory/fill-reads-no-byte-beside-its-pattern", "BP-BASE-8",
     "a pattern at the edge of a page is read to its last byte and no further",
     pattern_ends_at_a_page},
    {"memory/fill-from-any-address", "BP-MEM-15", "a pattern may lie at any address",
     pattern_at_any_address},
    {"memory/source-may-be-read-only", "BP-MEM-3",
     "a source may lie in pages that nobody may write", source_may_be_read_only},
};

}  // namespace

std::vector<AbiCase> memory_host_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
