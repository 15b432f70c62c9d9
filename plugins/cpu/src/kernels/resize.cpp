// Resize: one axis after the other, so that each element is made of at most four in each pass. What
// lies between passes is kept in float (double for float64), in scratch. Elements that are only
// copied are any type's; made of several, floats.
#include <algorithm>
#include <cstring>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"
#include "float_input.hpp"
#include "resize_moves.hpp"
#include "resize_sums.hpp"
#include "saturate.hpp"
#include "sized.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kX, kRegion, kScales, kSizes, kInputCount };

// How each axis of a launch is resized.
struct ResizeAxes {
  uint32_t rank = 0;
  ResizeAxis axes[BP_MAX_RANK];
};

// Places of one axis; true when every element is the one at its own place.
bool fill_places(const ResizeNode& node, const ResizeAxis& axis, ResizePlace* places) {
  bool is_same = axis.from == axis.to;
  for (int64_t i = 0; i < axis.to; ++i) {
    places[i] = resize_place(node, axis, i);
    is_same = is_same && places[i].count == 1 && places[i].indices[0] == i;
  }
  return is_same;
}

// A is void for elements that are only moved, which are of an unsigned type.
template <class From, class To, class A>
void resize_axis(const AxisShape& shape, const ResizePlace* places, int64_t to, const From* source,
                 To* target) {
  if constexpr (std::is_same_v<A, void>)
    ResizeMoves<To>::run(shape, places, to, source, target);
  else
    ResizeSums<From, To, A>::run(shape, places, to, source, target);
}

// Every element that has a place outside the axis becomes `value`.
template <class T>
void fill_outside(const AxisShape& shape, const ResizePlace* places, T value, T* target) {
  for (int64_t row = 0; row < shape.outer * shape.length; ++row)
    if (places[row % shape.length].count == ResizePlace::kOutside)
      std::fill_n(target + row * shape.inner, shape.inner, value);
}

// From source to target, through two tensors of P that take turns.
template <class T, class P, class A>
struct Passes {
  const T* source;
  T* target;
  char* room[2];
  const P* between = nullptr;  // what the last pass made; nullptr: none has run

  void run(const AxisShape& shape, const ResizePlace* places, int64_t to, bool is_last) {
    auto* next = reinterpret_cast<P*>(room[0]);
    if (between == next) next = reinterpret_cast<P*>(room[1]);
    if (between == nullptr && is_last)
      resize_axis<T, T, A>(shape, places, to, source, target);
    else if (between == nullptr)
      resize_axis<T, P, A>(shape, places, to, source, next);
    else if (is_last)
      resize_axis<P, T, A>(shape, places, to, between, target);
    else
      resize_axis<P, P, A>(shape, places, to, between, next);
    between = next;
  }
};

// The last axis comes first, so that rows are as long as may be when whole ones are moved or added.
uint32_t axis_at(uint32_t pass, uint32_t rank) { return rank - 1 - pass; }

uint64_t aligned(uint64_t size) { return (size + 63) / 64 * 64; }

class Resize : public Kernel {
 public:
  Resize(const Node& node, const ResizeNode& read)
      : node_(read), region_(node, kRegion), scales_(node, kScales), dtype_(node.input(kX).dtype) {
    traits_.inputs = {0, region_.flags(), scales_.flags()};
    if (node.input_count() > kSizes)
      traits_.inputs.push_back(node.has_input(kSizes) ? unread_flags(node, kSizes) : 0);
    traits_.inputs.resize(node.input_count());
    traits_.is_shape_free = true;
    const bool is_known = !has_unknown_size(node.input(kX)) && !has_unknown_size(node.output(0));
    traits_.scratch_size = is_known ? scratch_of(node.input(kX), node.output(0)) : BP_SIZE_UNKNOWN;
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs,
                        const bp_tensor_type_t* outputs) const override {
    return scratch_of(inputs[kX], outputs[0]);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const bp_tensor_type_t& from = inputs[kX].type;
    const bp_tensor_type_t& to = outputs[0].type;
    if (element_count(to) == 0) return;
    if (element_count(from) == 0)
      fail(BP_STATUS_INVALID_ARGUMENT, "Resize: " + to_text(to) + " out of nothing");
    const ResizeAxes axes = axes_of(from, to, inputs);
    if (from.rank == 0)
      return copy_bytes(data<char>(outputs[0]), data<char>(inputs[kX]), byte_size(to));
    char* work = data<char>(*scratch);
    if (node_.mode == ResizeMode::kNearest) {
      visit_size(element_size(dtype_), [&](auto type) {
        using T = typename decltype(type)::type;
        T outside = 0;
        std::memcpy(&outside, extrapolation().bytes, sizeof outside);
        run_as<T, T, void>(axes, data<const T>(inputs[kX]), data<T>(outputs[0]), work, outside);
      });
    } else {
      visit_floats(dtype_, [&](auto type) {
        using T = typename decltype(type)::type;
        run_as<T, Computed<T>, Computed<T>>(axes, data<const T>(inputs[kX]), data<T>(outputs[0]),
                                            work, store<T>(node_.extrapolation));
      });
    }
  }

 private:
  // The extrapolation value as an element.
  struct Bytes {
    char bytes[8] = {};
  };
  Bytes extrapolation() const {
    Bytes made;
    visit_numbers(dtype_, [&](auto type) {
      using T = typename decltype(type)::type;
      T value;
      if constexpr (std::is_integral_v<T>)
        value = saturate<T>(node_.extrapolation);
      else
        value = store<T>(static_cast<Computed<T>>(node_.extrapolation));
      std::memcpy(made.bytes, &value, sizeof value);
    });
    if (dtype_ == BP_DTYPE_BOOL) made.bytes[0] = node_.extrapolation != 0 ? 1 : 0;
    return made;
  }

  ResizeAxes axes_of(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                     const bp_tensor_t* inputs) const {
    const FloatInput::List scales = scales_.list(inputs);
    const FloatInput::List region = region_.list(inputs);
    const bool is_cropped = node_.coordinates == Coordinates::kTfCropAndResize;
    if ((scales.count != 0 && scales.count != from.rank) ||
        (is_cropped && region.count != int64_t{2} * from.rank))
      fail(BP_STATUS_INVALID_ARGUMENT,
           "Resize: not as many scales, or not a region, for " + to_text(from));
    ResizeAxes axes;
    for (axes.rank = 0; axes.rank < from.rank; ++axes.rank) {
      const uint32_t i = axes.rank;
      const auto size = static_cast<double>(from.shape[i]);
      const auto wanted = static_cast<double>(to.shape[i]);
      const bool is_scaled = scales.count != 0;
      const double scale = is_scaled ? scales.values[i] : wanted / size;
      if (!(scale > 0)) fail(BP_STATUS_INVALID_ARGUMENT, "Resize: a scale that is not above 0");
      axes.axes[i] = {from.shape[i],
                      to.shape[i],
                      scale,
                      is_scaled ? size * scale : wanted,
                      is_cropped ? region.values[i] : 0,
                      is_cropped ? region.values[from.rank + i] : 1};
    }
    return axes;
  }

  // Places of the longest axis, then two tensors to pass results between.
  uint64_t places_size(const bp_tensor_type_t& to) const {
    int64_t longest = 0;
    for (uint32_t i = 0; i < to.rank; ++i) longest = std::max(longest, to.shape[i]);
    return aligned(static_cast<uint64_t>(longest) * sizeof(ResizePlace));
  }
  uint64_t passed_size(const bp_tensor_type_t& from, const bp_tensor_type_t& to) const {
    bp_tensor_type_t passed = from;
    uint64_t most = 0;
    for (uint32_t i = 0; i + 1 < from.rank; ++i) {
      const uint32_t axis = axis_at(i, from.rank);
      passed.shape[axis] = to.shape[axis];
      most = std::max(most, element_count(passed));
    }
    const uint64_t size = std::max<uint64_t>(element_size(dtype_), 4);
    return aligned(most * size);
  }
  uint64_t scratch_of(const bp_tensor_type_t& from, const bp_tensor_type_t& to) const {
    return from.rank == 0 ? 0 : places_size(to) + 2 * passed_size(from, to);
  }

  template <class T, class P, class A>
  void run_as(const ResizeAxes& axes, const T* source, T* target, char* work, T outside) const {
    bp_tensor_type_t from = {dtype_, static_cast<uint16_t>(axes.rank), 0, {}};
    bp_tensor_type_t to = from;
    for (uint32_t i = 0; i < axes.rank; ++i) {
      from.shape[i] = axes.axes[i].from;
      to.shape[i] = axes.axes[i].to;
    }
    char* room = work + places_size(to);
    Passes<T, P, A> passes = {source, target, {room, room + passed_size(from, to)}};
    auto* places = reinterpret_cast<ResizePlace*>(work);
    uint32_t last = axes.rank - 1;
    while (last > 0 && fill_places(node_, axes.axes[axis_at(last, axes.rank)], places)) --last;
    for (uint32_t i = 0; i <= last; ++i) {
      const uint32_t at = axis_at(i, axes.rank);
      const AxisShape shape = along_axis(from, at);
      from.shape[at] = axes.axes[at].to;
      const bool is_same = fill_places(node_, axes.axes[at], places);
      if (i == last || !is_same) passes.run(shape, places, axes.axes[at].to, i == last);
    }
    if (node_.coordinates == Coordinates::kTfCropAndResize)
      for (uint32_t i = 0; i < axes.rank; ++i) {
        fill_places(node_, axes.axes[i], places);
        fill_outside(along_axis(to, i), places, outside, target);
      }
  }

  ResizeNode node_;
  FloatInput region_;
  FloatInput scales_;
  bp_dtype_t dtype_;
};

void check_sizes(const Node& node) {
  if (!node.has_input(kSizes)) return;
  const bp_tensor_type_t& sizes = node.input(kSizes);
  if (sizes.dtype != BP_DTYPE_INT64 || sizes.rank != 1)
    refuse(node, "sizes is a vector of int64, not " + to_text(sizes));
}

void check(const Node& node) {
  check_movement(node);
  check_counts(node, kInputCount, 1);
  const ResizeNode read = read_resize(node);
  const bp_tensor_type_t& x = node.input(kX);
  if (read.mode != ResizeMode::kNearest && !is_float(x.dtype))
    refuse(node,
           std::string("linear and cubic only of floating-point numbers, not ") + name_of(x.dtype));
  check_floats(node, kRegion, "roi");
  check_floats(node, kScales, "scales");
  check_sizes(node);
  if (node.output(0).rank != x.rank)
    refuse(node, to_text(x) + " is not resized to " + to_text(node.output(0)));
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Resize>(node, read_resize(node));
}

}  // namespace

void add_resize(OperatorTable& table) { table.push_back({"Resize", {11, 13}, check, create}); }

}  // namespace backplane::cpu
