// Transfers, copies and fills of every size class up to 4 MiB, and of 64 MiB.
#include <algorithm>
#include <cstring>
#include <random>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kLargestClass = 4u << 20;
constexpr uint64_t kRoom = kLargestClass + 4096;
constexpr uint64_t kMargin = 128;  // looked at on both sides
constexpr uint64_t kWords = 8u << 20;
constexpr uint64_t kSixtyFour = kWords * 8;

// The bytes of a range and those on its sides, as they are and as they should be.
void require_around(Subject& subject, const Filled& there, const Range& range, const char* call) {
  const uint64_t start = range.offset - std::min(range.offset, kMargin);
  const uint64_t end = std::min<uint64_t>(range.offset + range.size + kMargin, there.bytes.size());
  require_equal(subject.read(there.stream.get(), there.buffer.get(), start, end - start),
                there.bytes.substr(start, end - start),
                "bytes from " + std::to_string(start) + " on, after " + named(range, call));
}

void writes_of_every_size_class(Subject& subject) {
  Filled there = filled(subject, kRoom);
  const std::string bytes = subject.pattern(kRoom, 1);
  for (uint64_t size : size_classes(kLargestClass))
    for (uint64_t offset : {192, 1001}) {
      there.bytes.replace(offset, size, bytes, offset / 3, size);
      subject.check(subject.memory().write(there.stream.get(), there.buffer.get(), offset,
                                           bytes.data() + offset / 3, size),
                    "write");
      require_around(subject, there, {offset, size}, "write");
    }
  require_unchanged(subject, there, "writes of every size class");
}

void copies_of_every_size_class(Subject& subject) {
  need(subject.memory().copy, "copy");
  Filled target = filled(subject, kRoom, 1);
  const Filled source = filled(subject, kRoom, 2);
  subject.finish(source.stream.get());
  for (uint64_t size : size_classes(kLargestClass))
    for (const auto& [to, from] : {std::pair<uint64_t, uint64_t>{256, 512}, {4, 100}, {1001, 3}}) {
      target.bytes.replace(to, size, source.bytes, from, size);
      subject.check(subject.memory().copy(target.stream.get(), target.buffer.get(), to,
                                          source.buffer.get(), from, size),
                    "copy");
      require_around(subject, target, {to, size}, "copy");
    }
  require_unchanged(subject, target, "copies of every size class");
  require_unchanged(subject, source, "copies out of it");
}

void fills_of_every_size_class(Subject& subject) {
  need(subject.memory().fill, "fill");
  Filled there = filled(subject, kRoom);
  for (uint32_t width : {1, 2, 4, 8})
    for (uint64_t about : size_classes(kLargestClass)) {
      const uint64_t size = about / width * width;
      const uint64_t offset = uint64_t{13} * width;
      const std::string pattern = subject.pattern(width, about);
      for (uint64_t i = 0; i < size; i += width)
        std::memcpy(&there.bytes[offset + i], pattern.data(), width);
      subject.check(subject.memory().fill(there.stream.get(), there.buffer.get(), offset, size,
                                          pattern.data(), width),
                    "fill");
      require_around(subject, there, {offset, size}, "fill");
    }
  require_unchanged(subject, there, "fills of every size class");
}

// 64 MiB in which every eight bytes say where they belong.
std::vector<uint64_t> numbered_words() {
  std::vector<uint64_t> words(kWords);
  for (uint64_t i = 0; i < kWords; ++i) words[i] = i * 0x9e3779b97f4a7c15u;
  return words;
}

void require_words(const std::vector<uint64_t>& came, const std::vector<uint64_t>& wanted,
                   const std::string& what) {
  const auto [at, other] = std::mismatch(came.begin(), came.end(), wanted.begin());
  require(at == came.end(), what + ": the eight bytes at offset " +
                                std::to_string((at - came.begin()) * 8) + " are others");
}

// Odd pieces that follow each other through all of it, in any order.
std::vector<Range> pieces(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Range> all;
  for (uint64_t offset = 0; offset < kSixtyFour; offset += all.back().size)
    all.push_back({offset, std::min(kSixtyFour - offset, 1 + random() % (3u << 20))});
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

void written_in_pieces(Subject& subject) {
  need_buffers_of(subject, kSixtyFour);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = subject.buffer(kSixtyFour);
  const std::vector<uint64_t> words = numbered_words();
  const auto* const bytes = reinterpret_cast<const char*>(words.data());
  for (const Range& piece : pieces(subject.seed()))
    subject.check(subject.memory().write(stream.get(), buffer.get(), piece.offset,
                                         bytes + piece.offset, piece.size),
                  "write");
  std::vector<uint64_t> back(kWords);
  subject.check(subject.memory().read(stream.get(), buffer.get(), 0, back.data(), kSixtyFour),
                "read");
  subject.finish(stream.get());
  require_words(back, words, "64 MiB written in pieces and read at once");
}

void read_in_pieces(Subject& subject) {
  need_buffers_of(subject, kSixtyFour);
  std::vector<uint64_t> back(kWords);  // outlives the work on it
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> buffer = subject.buffer(kSixtyFour);
  const std::vector<uint64_t> words = numbered_words();
  subject.check(subject.memory().write(stream.get(), buffer.get(), 0, words.data(), kSixtyFour),
                "write");
  auto* const bytes = reinterpret_cast<char*>(back.data());
  for (const Range& piece : pieces(subject.seed() + 1))
    subject.check(subject.memory().read(stream.get(), buffer.get(), piece.offset,
                                        bytes + piece.offset, piece.size),
                  "read");
  subject.finish(stream.get());
  require_words(back, words, "64 MiB written at once and read in pieces");
}

// At multiples of four, for which a device may have a faster way, and then at none.
void copied_at_once(Subject& subject) {
  need(subject.memory().copy, "copy");
  need_buffers_of(subject, kSixtyFour);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> source = subject.buffer(kSixtyFour);
  const Owned<bp_buffer_t> target = subject.buffer(kSixtyFour);
  std::vector<uint64_t> words = numbered_words();
  subject.check(subject.memory().write(stream.get(), source.get(), 0, words.data(), kSixtyFour),
                "write");
  subject.check(subject.memory().write(stream.get(), target.get(), 0, words.data(), kSixtyFour),
                "write");
  auto* const bytes = reinterpret_cast<char*>(words.data());
  const std::vector<uint64_t> before = words;
  const auto* const sources = reinterpret_cast<const char*>(before.data());
  for (const auto& [to, from] : {std::pair<uint64_t, uint64_t>{4, 12}, {1021, 7}}) {
    const uint64_t size = kSixtyFour - 1024 - to % 4;
    std::memcpy(bytes + to, sources + from, size);
    subject.check(subject.memory().copy(stream.get(), target.get(), to, source.get(), from, size),
                  "copy");
    std::vector<uint64_t> back(kWords);
    subject.check(subject.memory().read(stream.get(), target.get(), 0, back.data(), kSixtyFour),
                  "read");
    subject.finish(stream.get());
    require_words(back, words, "64 MiB after " + named({to, size}, "copy"));
  }
}

const AbiCase kCases[] = {
    {"memory/writes-of-every-size-class", "BP-MEM-12",
     "writes around each power of two up to 4 MiB change their bytes, and none beside",
     writes_of_every_size_class},
    {"memory/copies-of-every-size-class", "BP-MEM-12",
     "copies around each power of two up to 4 MiB change their bytes, and none beside",
     copies_of_every_size_class},
    {"memory/fills-of-every-size-class", "BP-MEM-12,BP-MEM-15",
     "fills around each power of two up to 4 MiB change their bytes, and none beside",
     fills_of_every_size_class},
    {"memory/written-in-pieces", "BP-MEM-1",
     "64 MiB written in odd pieces, in any order, are all at their places", written_in_pieces},
    {"memory/read-in-pieces", "BP-MEM-1",
     "64 MiB read in odd pieces, in any order, are all from their places", read_in_pieces},
    {"memory/sixty-four-mebibytes-copied", "BP-MEM-1,BP-MEM-12",
     "copies of nearly 64 MiB, at multiples of four and at none, move every byte", copied_at_once},
};

}  // namespace

std::vector<AbiCase> memory_large_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
