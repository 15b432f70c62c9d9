// Where in one piece of memory each value of a plan lies: values that are never alive together may
// share bytes.
#pragma once

#include <cstdint>
#include <vector>

namespace backplane::exec {

// A piece of memory that is needed from step `first` to step `last`, both included.
struct Interval {
  uint64_t size = 0;
  uint64_t alignment = 1;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct ArenaLayout {
  struct Place {
    uint32_t chunk = 0;
    uint64_t offset = 0;
  };
  std::vector<Place> places;     // one per interval
  std::vector<uint64_t> chunks;  // their sizes; more than one only where one buffer cannot do

  uint64_t size() const;
};

// The best of several greedy placements. No interval is larger than `largest_chunk`.
ArenaLayout lay_out(const std::vector<Interval>& intervals, uint64_t largest_chunk);

// What no layout can be below: the largest sum of sizes alive at one step.
uint64_t largest_live_set(const std::vector<Interval>& intervals);

}  // namespace backplane::exec
