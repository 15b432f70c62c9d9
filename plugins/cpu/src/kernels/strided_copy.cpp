#include "strided_copy.hpp"

#include <algorithm>
#include <cstring>

#include "../threads.hpp"
#include "levels.hpp"

namespace backplane::cpu {

namespace {

// A square of this many elements a side is read by columns and written by rows while it is in the
// first cache.
constexpr int64_t kTile = 16;

template <class Element>
void copy_row(const Element* source, int64_t stride, Element* target, int64_t size) {
  if (stride == 1) {
    std::memcpy(target, source, static_cast<size_t>(size) * sizeof(Element));
  } else if (stride == 0) {
    std::fill_n(target, size, *source);
  } else {
    for (int64_t i = 0; i < size; ++i) target[i] = source[i * stride];
  }
}

// Rows of bytes, each as long as a vector or longer, that are too short to call memcpy for.
struct ShortRows {
  using Vector [[gnu::vector_size(64), gnu::aligned(1), gnu::may_alias]] = char;
  static constexpr int64_t kLeast = sizeof(Vector), kMost = 32 * kLeast;

  // `count` rows, `step` apart in the source and one after the other in the target.
  BACKPLANE_CPU_INLINE static void copy(const char* source, int64_t step, char* target,
                                        int64_t size, int64_t count) {
    for (int64_t row = 0; row < count; ++row, source += step, target += size) {
      for (int64_t at = 0; at + kLeast < size; at += kLeast) copy_vector(source + at, target + at);
      copy_vector(source + size - kLeast, target + size - kLeast);
    }
  }

 private:
  BACKPLANE_CPU_INLINE static void copy_vector(const char* source, char* target) {
    *reinterpret_cast<Vector*>(target) = *reinterpret_cast<const Vector*>(source);
  }
};

// target[row * target_pitch + column] = source[row + column * source_pitch]
template <class Element>
void transpose_tile(const Element* source, int64_t source_pitch, Element* target,
                    int64_t target_pitch, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      target[row * target_pitch + column] = source[row + column * source_pitch];
}

}  // namespace

StridedCopy::StridedCopy(const bp_tensor_type_t& target, const int64_t* strides, int64_t offset)
    : offset_(offset) {
  for (uint32_t axis = target.rank; axis-- > 0;) {
    count_ *= target.shape[axis];
    if (target.shape[axis] != 1) add_axis(target.shape[axis], strides[axis]);
  }
  if (rank_ == 0) add_axis(1, 1);
}

// Adds an axis outside those that are there, or merges it into the outermost of them.
void StridedCopy::add_axis(int64_t size, int64_t stride) {
  if (rank_ > 0 && stride == strides_[rank_ - 1] * sizes_[rank_ - 1]) {
    sizes_[rank_ - 1] *= size;
    return;
  }
  sizes_[rank_] = size;
  strides_[rank_] = stride;
  ++rank_;
}

// The axis along which the source is dense, when it is not the innermost; -1: none.
int32_t StridedCopy::dense_axis() const {
  if (strides_[0] == 1 || strides_[0] == 0) return -1;
  for (uint32_t axis = 1; axis < rank_; ++axis)
    if (strides_[axis] == 1) return static_cast<int32_t>(axis);
  return -1;
}

// Calls body(row) for rows [begin, end) of the innermost axis.
template <class Body>
void StridedCopy::for_rows(int64_t begin, int64_t end, const Body& body) const {
  int64_t index[BP_MAX_RANK] = {};
  Row row = {offset_, begin * sizes_[0]};
  int64_t rest = begin;
  for (uint32_t axis = 1; axis < rank_; ++axis) {
    index[axis] = rest % sizes_[axis];
    rest /= sizes_[axis];
    row.source += index[axis] * strides_[axis];
  }
  for (int64_t i = begin; i < end; ++i) {
    body(row);
    row.target += sizes_[0];
    for (uint32_t axis = 1; axis < rank_; ++axis) {
      row.source += strides_[axis];
      if (++index[axis] < sizes_[axis]) break;
      index[axis] = 0;
      row.source -= sizes_[axis] * strides_[axis];
    }
  }
}

bool StridedCopy::has_short_rows(uint64_t element_size) const {
  const int64_t size = sizes_[0] * static_cast<int64_t>(element_size);
  return rank_ > 1 && strides_[0] == 1 && size >= ShortRows::kLeast && size <= ShortRows::kMost;
}

// Rows [begin, end), as many at once as lie along one axis.
template <class Element>
void StridedCopy::copy_short_rows(const Element* source, Element* target, int64_t begin,
                                  int64_t end) const {
  static const auto copy = Levels<&ShortRows::copy>::best();
  constexpr int64_t kSize = sizeof(Element);
  while (begin < end) {
    const int64_t count = std::min(end - begin, sizes_[1] - begin % sizes_[1]);
    int64_t from = offset_, rest = begin;
    for (uint32_t axis = 1; axis < rank_; ++axis, rest /= sizes_[axis - 1])
      from += rest % sizes_[axis] * strides_[axis];
    copy(reinterpret_cast<const char*>(source + from), strides_[1] * kSize,
         reinterpret_cast<char*>(target + begin * sizes_[0]), sizes_[0] * kSize, count);
    begin += count;
  }
}

// The innermost axis and the one along which the source is dense are done in tiles, for each place
// in the others.
template <class Element>
void StridedCopy::run_tiles(const Element* source, Element* target, uint32_t dense) const {
  const int64_t tiles = (sizes_[dense] + kTile - 1) / kTile;
  const int64_t blocks = count_ / (sizes_[0] * sizes_[dense]);
  parallel_pieces(blocks * tiles, count_, [&](int64_t begin, int64_t end) {
    run_tile_rows(source, target, dense, begin, end);
  });
}

template <class Element>
void StridedCopy::run_tile_rows(const Element* source, Element* target, uint32_t dense,
                                int64_t begin, int64_t end) const {
  const int64_t tiles = (sizes_[dense] + kTile - 1) / kTile;
  int64_t pitch = 1;  // of the dense axis in the target
  for (uint32_t axis = 0; axis < dense; ++axis) pitch *= sizes_[axis];
  for (int64_t piece = begin; piece < end; ++piece) {
    const int64_t first = piece % tiles * kTile;
    const int64_t rows = std::min(kTile, sizes_[dense] - first);
    int64_t rest = piece / tiles;
    int64_t from = offset_ + first;
    int64_t to = first * pitch;
    int64_t step = sizes_[0];
    for (uint32_t axis = 1; axis < rank_; step *= sizes_[axis], ++axis) {
      if (axis == dense) continue;
      from += rest % sizes_[axis] * strides_[axis];
      to += rest % sizes_[axis] * step;
      rest /= sizes_[axis];
    }
    for (int64_t column = 0; column < sizes_[0]; column += kTile)
      transpose_tile(source + from + column * strides_[0], strides_[0], target + to + column, pitch,
                     rows, std::min(kTile, sizes_[0] - column));
  }
}

template <class Element>
void StridedCopy::run_as(const Element* source, Element* target) const {
  const int32_t dense = dense_axis();
  if (dense > 0) return run_tiles(source, target, static_cast<uint32_t>(dense));
  if (rank_ == 1)
    return parallel_pieces(count_, count_, [&](int64_t begin, int64_t end) {
      copy_row(source + offset_ + begin * strides_[0], strides_[0], target + begin, end - begin);
    });
  if (has_short_rows(sizeof(Element)))
    return parallel_pieces(rows(), count_, [&](int64_t begin, int64_t end) {
      copy_short_rows(source, target, begin, end);
    });
  parallel_pieces(rows(), count_, [&](int64_t begin, int64_t end) {
    for_rows(begin, end, [&](const Row& row) {
      copy_row(source + row.source, strides_[0], target + row.target, sizes_[0]);
    });
  });
}

void StridedCopy::run(const char* source, char* target, uint64_t element_size) const {
  if (count_ == 0) return;
  const void* from = source;
  void* to = target;
  switch (element_size) {
    case 1:
      return run_as(static_cast<const uint8_t*>(from), static_cast<uint8_t*>(to));
    case 2:
      return run_as(static_cast<const uint16_t*>(from), static_cast<uint16_t*>(to));
    case 4:
      return run_as(static_cast<const uint32_t*>(from), static_cast<uint32_t*>(to));
    default:
      return run_as(static_cast<const uint64_t*>(from), static_cast<uint64_t*>(to));
  }
}

void dense_strides(const bp_tensor_type_t& type, int64_t* strides) {
  int64_t stride = 1;
  for (uint32_t axis = type.rank; axis-- > 0; stride *= type.shape[axis]) strides[axis] = stride;
}

}  // namespace backplane::cpu
