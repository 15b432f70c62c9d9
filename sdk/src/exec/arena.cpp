#include "exec/arena.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace backplane::exec {
namespace {

constexpr size_t kFewEnoughForAll = 4000;  // placing is quadratic in the number of intervals

using Order = std::vector<size_t>;

uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

bool meet(const Interval& a, const Interval& b) { return a.first <= b.last && b.first <= a.last; }

// What has been placed: bytes, and when they are in use.
struct Placed {
  uint64_t begin;
  uint64_t end;
  const Interval* interval;
};

// Sorted by where they begin.
using Chunk = std::vector<Placed>;

// The tightest hole between what is in use at the same time, or the first place behind it all.
uint64_t best_offset(const Chunk& chunk, const Interval& interval) {
  uint64_t end = 0;  // of everything seen so far
  std::optional<uint64_t> best;
  uint64_t best_room = 0;
  for (const Placed& placed : chunk) {
    if (!meet(*placed.interval, interval)) continue;
    const uint64_t offset = align_up(end, interval.alignment);
    if (placed.begin >= offset && placed.begin - offset >= interval.size &&
        (!best.has_value() || placed.begin - end < best_room)) {
      best = offset;
      best_room = placed.begin - end;
    }
    end = std::max(end, placed.end);
  }
  return best.value_or(align_up(end, interval.alignment));
}

void insert(Chunk& chunk, const Placed& placed) {
  const auto behind =
      std::upper_bound(chunk.begin(), chunk.end(), placed,
                       [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
  chunk.insert(behind, placed);
}

class Placement {
 public:
  Placement(const std::vector<Interval>& intervals, uint64_t largest_chunk)
      : intervals_(intervals), largest_chunk_(largest_chunk) {
    layout_.places.resize(intervals.size());
  }

  ArenaLayout place_all(const Order& order) {
    for (size_t index : order) place(index);
    return std::move(layout_);
  }

 private:
  void place(size_t index) {
    const Interval& interval = intervals_[index];
    if (interval.size == 0) return;
    for (uint32_t chunk = 0;; ++chunk) {
      if (chunk == chunks_.size()) {
        chunks_.emplace_back();
        layout_.chunks.push_back(0);
      }
      const uint64_t offset = best_offset(chunks_[chunk], interval);
      const uint64_t end = offset + interval.size;
      if (offset > 0 && end > largest_chunk_) continue;
      layout_.places[index] = {chunk, offset};
      layout_.chunks[chunk] = std::max(layout_.chunks[chunk], end);
      insert(chunks_[chunk], {offset, end, &interval});
      return;
    }
  }

  const std::vector<Interval>& intervals_;
  const uint64_t largest_chunk_;
  ArenaLayout layout_;
  std::vector<Chunk> chunks_;
};

template <class Key>
Order ordered_by(const std::vector<Interval>& intervals, Key key) {
  Order order(intervals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return key(intervals[a]) < key(intervals[b]); });
  return order;
}

}  // namespace

uint64_t ArenaLayout::size() const {
  return std::accumulate(chunks.begin(), chunks.end(), uint64_t{0});
}

ArenaLayout lay_out(const std::vector<Interval>& intervals, uint64_t largest_chunk) {
  using Key = std::pair<uint64_t, uint64_t>;
  const auto in_time = [](const Interval& i) { return Key(i.first, ~i.size); };
  const auto largest_first = [](const Interval& i) { return Key(~i.size, i.first); };
  const auto longest_first = [](const Interval& i) {
    return Key(~uint64_t{i.last - i.first}, ~i.size);
  };
  ArenaLayout best = Placement(intervals, largest_chunk).place_all(ordered_by(intervals, in_time));
  if (intervals.size() > kFewEnoughForAll) return best;
  for (const Order& order :
       {ordered_by(intervals, largest_first), ordered_by(intervals, longest_first)}) {
    ArenaLayout layout = Placement(intervals, largest_chunk).place_all(order);
    if (layout.size() < best.size()) best = std::move(layout);
  }
  return best;
}

uint64_t largest_live_set(const std::vector<Interval>& intervals) {
  std::map<uint64_t, int64_t> change;
  for (const Interval& interval : intervals) {
    change[interval.first] += static_cast<int64_t>(interval.size);
    change[uint64_t{interval.last} + 1] -= static_cast<int64_t>(interval.size);
  }
  int64_t alive = 0;
  int64_t largest = 0;
  for (const auto& [step, by] : change) largest = std::max(largest, alive += by);
  return static_cast<uint64_t>(largest);
}

}  // namespace backplane::exec
