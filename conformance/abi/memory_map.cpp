// map of device memory: a pointer to the buffer's own bytes, and it stays.
#include <algorithm>
#include <cstring>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 512;

void need_map(Subject& subject) {
  need(subject.memory().map, "map");
  if (!is_host_addressable(subject)) not_applicable("device memory is not HOST_ADDRESSABLE");
}

void map_shows_the_bytes(Subject& subject) {
  need_map(subject);
  const Filled there = filled(subject, kRoom);
  subject.finish(there.stream.get());
  char* const address = mapped(subject, there.buffer.get());
  require_equal(std::string(address, kRoom), there.bytes, "bytes seen through map");
  const std::string other = subject.pattern(kRoom, 7);
  std::memcpy(address, other.data(), kRoom);
  require_equal(contents(subject, there), other, "bytes written through map");
}

// What was mapped before the work is looked at after it.
void map_follows_the_work(Subject& subject) {
  need_map(subject);
  Filled there = filled(subject, kRoom);
  char* const address = mapped(subject, there.buffer.get());
  const auto require_seen = [&](const char* work) {
    subject.finish(there.stream.get());
    require_equal(std::string(address, kRoom), there.bytes,
                  std::string("the bytes at an older map's pointer after ") + work);
  };
  require_seen("nothing");
  there.bytes.replace(3, 100, subject.pattern(100, 1));
  subject.write(there.stream.get(), there.buffer.get(), 3, there.bytes.substr(3, 100));
  require_seen("write");
  if (subject.memory().fill != nullptr) {
    there.bytes.replace(40, 8, "ABABABAB");
    subject.check(subject.memory().fill(there.stream.get(), there.buffer.get(), 40, 8, "AB", 2),
                  "fill");
    require_seen("fill");
  }
  if (subject.memory().copy != nullptr) {
    there.bytes.replace(301, 99, there.bytes, 1, 99);
    subject.check(subject.memory().copy(there.stream.get(), there.buffer.get(), 301,
                                        there.buffer.get(), 1, 99),
                  "copy");
    require_seen("copy");
  }
}

void copies_follow_the_map(Subject& subject) {
  need_map(subject);
  need(subject.memory().copy, "copy");
  const Filled source = filled(subject, kRoom, 1);
  const Filled target = filled(subject, kRoom, 2);
  subject.finish(source.stream.get());
  char* const address = mapped(subject, source.buffer.get());
  for (uint64_t round = 0; round < 5; ++round) {
    const std::string bytes = subject.pattern(kRoom, 10 + round);
    std::memcpy(address, bytes.data(), kRoom);
    subject.check(subject.memory().copy(target.stream.get(), target.buffer.get(), 0,
                                        source.buffer.get(), 0, kRoom),
                  "copy");
    require_equal(contents(subject, target), bytes, "a copy of bytes that were put in by map");
  }
}

void map_stays(Subject& subject) {
  need_map(subject);
  const Filled there = filled(subject, kRoom);
  char* const first = mapped(subject, there.buffer.get());
  for (uint64_t round = 0; round < 100; ++round) {
    const Owned<bp_buffer_t> other = subject.buffer(1 + round * 97);
    require(mapped(subject, other.get()) != first, "two live buffers are mapped to one address");
    require(mapped(subject, there.buffer.get()) == first,
            "map gave another pointer than before, for the same buffer");
  }
  subject.finish(there.stream.get());
  require_equal(std::string(first, kRoom), there.bytes, "bytes at the pointer of the first map");
}

void maps_share_no_byte(Subject& subject) {
  need_buffers_of(subject, 70000);
  need_map(subject);
  struct Place {
    uint64_t start, size;
    bool operator<(const Place& other) const { return start < other.start; }
  };
  std::vector<Owned<bp_buffer_t>> buffers;
  std::vector<Place> places;
  for (uint64_t i = 0; i < 300; ++i) {
    if (i % 3 == 2) {  // leave holes for later ones
      buffers.erase(buffers.begin() + static_cast<std::ptrdiff_t>(i / 3));
      places.erase(places.begin() + static_cast<std::ptrdiff_t>(i / 3));
    }
    const uint64_t size = 1 + (i * 7919) % 70000;
    buffers.push_back(subject.buffer(size));
    places.push_back({reinterpret_cast<uintptr_t>(mapped(subject, buffers.back().get())), size});
  }
  std::sort(places.begin(), places.end());
  for (size_t i = 1; i < places.size(); ++i)
    require(places[i - 1].start + places[i - 1].size <= places[i].start,
            "two of 200 live buffers, of " + std::to_string(places[i - 1].size) + " and " +
                std::to_string(places[i].size) + " bytes, overlap");
}

void map_where_nothing_can_be_seen(Subject& subject) {
  need(subject.memory().map, "map");
  if (is_host_addressable(subject)) not_applicable("device memory is HOST_ADDRESSABLE");
  const Filled there = filled(subject, kRoom);
  void* address = nullptr;
  const bp_status_t status = subject.memory().map(there.buffer.get(), &address);
  require(status == BP_STATUS_UNSUPPORTED || status == BP_STATUS_INVALID_ARGUMENT,
          "map of DEVICE memory that is not HOST_ADDRESSABLE was not refused");
  require_unchanged(subject, there, "a refused map");
}

const AbiCase kCases[] = {
    {"memory/map-shows-the-bytes", "BP-MEM-8",
     "map of HOST_ADDRESSABLE memory gives the buffer's own bytes", map_shows_the_bytes},
    {"memory/map-follows-the-work", "BP-MEM-8",
     "what write, fill and copy do is seen through a pointer that was mapped before",
     map_follows_the_work},
    {"memory/copies-follow-the-map", "BP-MEM-8",
     "a copy takes the bytes that the host put in through map, each time", copies_follow_the_map},
    {"memory/map-stays", "BP-MEM-8,BP-BASE-7",
     "map gives the same pointer each time, whatever comes and goes beside it", map_stays},
    {"memory/maps-share-no-byte", "BP-MEM-8,BP-BASE-7",
     "the mapped bytes of 200 live buffers do not overlap, holes of ended ones reused",
     maps_share_no_byte},
    {"memory/map-is-refused-where-nothing-can-be-seen", "BP-MEM-8",
     "map of DEVICE memory without HOST_ADDRESSABLE is refused", map_where_nothing_can_be_seen},
};

}  // namespace

std::vector<AbiCase> memory_map_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
