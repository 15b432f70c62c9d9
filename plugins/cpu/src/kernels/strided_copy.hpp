// A dense tensor gathered out of another by strides: what Transpose, Slice and Expand are. Strides
// are in elements, 0 repeats, below 0 goes backwards.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>

namespace backplane::cpu {

class StridedCopy {
 public:
  StridedCopy() = default;
  // From the target's sizes and, for each of its axes, the step in the source; `offset` is where
  // the first element comes from.
  StridedCopy(const bp_tensor_type_t& target, const int64_t* strides, int64_t offset);

  // `element_size` is 1, 2, 4 or 8.
  void run(const char* source, char* target, uint64_t element_size) const;

 private:
  // Where one row of the innermost axis begins, in elements.
  struct Row {
    int64_t source;
    int64_t target;
  };

  void add_axis(int64_t size, int64_t stride);
  int32_t dense_axis() const;
  int64_t rows() const { return sizes_[0] == 0 ? 0 : count_ / sizes_[0]; }

  bool has_short_rows(uint64_t element_size) const;
  template <class Element>
  void copy_short_rows(const Element* source, Element* target, int64_t begin, int64_t end) const;
  template <class Element>
  void run_as(const Element* source, Element* target) const;
  template <class Element>
  void run_tiles(const Element* source, Element* target, uint32_t dense) const;
  template <class Element>
  void run_tile_rows(const Element* source, Element* target, uint32_t dense, int64_t begin,
                     int64_t end) const;
  template <class Body>
  void for_rows(int64_t begin, int64_t end, const Body& body) const;

  // Merged axes, [0] the innermost.
  uint32_t rank_ = 0;
  int64_t sizes_[BP_MAX_RANK] = {};
  int64_t strides_[BP_MAX_RANK] = {};
  int64_t offset_ = 0;
  int64_t count_ = 1;
};

// Strides of a dense tensor of known sizes, one per axis.
void dense_strides(const bp_tensor_type_t& type, int64_t* strides);

}  // namespace backplane::cpu
