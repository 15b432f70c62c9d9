// Slice: from starts to ends, by steps that may go backwards, on some or all axes.
#include <algorithm>
#include <string>

#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

// Where an axis of `size` begins, and how many elements are taken, by ONNX's rules for indices
// that lie outside.
struct Range {
  int64_t start;
  int64_t count;
};

Range range_of(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (size == 0) return {0, 0};
  const bool is_forward = step > 0;
  const int64_t lowest = is_forward ? 0 : -1;
  const int64_t highest = is_forward ? size : size - 1;
  start = std::clamp(start < 0 ? start + size : start, is_forward ? lowest : 0, highest);
  end = std::clamp(end < 0 ? end + size : end, lowest, highest);
  // Unsigned, because the smallest step has no positive counterpart.
  const uint64_t distance = is_forward ? static_cast<uint64_t>(std::max<int64_t>(end - start, 0))
                                       : static_cast<uint64_t>(std::max<int64_t>(start - end, 0));
  const uint64_t stride = is_forward ? static_cast<uint64_t>(step) : -static_cast<uint64_t>(step);
  return {start, static_cast<int64_t>(distance / stride + (distance % stride != 0 ? 1 : 0))};
}

class Slice : public StridedKernel {
 public:
  explicit Slice(const Node& node)
      : StridedKernel(node),
        starts_(node, 1, "starts"),
        ends_(node, 2, "ends"),
        axes_(node, 3, "axes"),
        steps_(node, 4) {
    traits_.inputs = {0, starts_.flags(), ends_.flags(), axes_.flags(), steps_.flags()};
    traits_.inputs.resize(node.input_count());
    if (starts_.is_fixed() && ends_.is_fixed() && axes_.is_fixed() && steps_.is_fixed())
      plan_if_known(node);
  }

 private:
  StridedCopy plan(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                   const bp_tensor_t* inputs) const override {
    int64_t strides[BP_MAX_RANK];
    int64_t sizes[BP_MAX_RANK];
    dense_strides(from, strides);
    std::copy_n(from.shape, from.rank, sizes);
    const int64_t offset = cut(from, inputs, strides, sizes);
    for (uint32_t axis = 0; axis < from.rank; ++axis)
      if (to.rank != from.rank || sizes[axis] != to.shape[axis])
        fail(BP_STATUS_INVALID_ARGUMENT, "Slice: starts, ends and steps do not cut " + to_text(to) +
                                             " out of " + to_text(from));
    return {to, strides, offset};
  }

  // Steps and sizes of the axes that are cut; returns where the first element is.
  int64_t cut(const bp_tensor_type_t& from, const bp_tensor_t* inputs, int64_t* strides,
              int64_t* sizes) const {
    const IntegerView starts = starts_.view(inputs);
    const IntegerView ends = ends_.view(inputs);
    const IntegerView axes = axes_.view(inputs);
    const IntegerView steps = steps_.view(inputs);
    require_equal_counts(starts, ends, axes, steps);
    int64_t offset = 0;
    uint32_t seen = 0;
    for (int64_t i = 0; i < starts.count; ++i) {
      const uint32_t axis = axis_of("Slice", axes.is_present() ? axes[i] : i, from.rank);
      const int64_t step = steps.is_present() ? steps[i] : 1;
      if (step == 0) fail(BP_STATUS_INVALID_ARGUMENT, "Slice: a step of 0");
      if ((seen >> axis & 1u) != 0)
        fail(BP_STATUS_INVALID_ARGUMENT, "Slice: axis " + std::to_string(axis) + " is there twice");
      seen |= 1u << axis;
      const Range range = range_of(from.shape[axis], starts[i], ends[i], step);
      offset += range.start * strides[axis];
      // A stride is used only between elements; with fewer than two of them, it may not fit.
      strides[axis] = range.count > 1 ? strides[axis] * step : 0;
      sizes[axis] = range.count;
    }
    return offset;
  }

  static void require_equal_counts(const IntegerView& starts, const IntegerView& ends,
                                   const IntegerView& axes, const IntegerView& steps) {
    for (const IntegerView& other : {ends, axes, steps})
      if (other.is_present() && other.count != starts.count)
        fail(BP_STATUS_INVALID_ARGUMENT, "Slice: " + std::to_string(starts.count) +
                                             " starts, but " + std::to_string(other.count) +
                                             " ends, axes or steps");
  }

  const IntegerInput starts_;
  const IntegerInput ends_;
  const IntegerInput axes_;
  const IntegerInput steps_;
};

void check(const Node& node) {
  check_movement(node);
  check_integers(node, 1, "starts");
  check_integers(node, 2, "ends");
  check_integers(node, 3, "axes");
  check_integers(node, 4, "steps");
  if (node.input_count() > 5) refuse(node, "it has up to five inputs");
  if (node.since() >= 10 && (!node.has_input(1) || !node.has_input(2)))
    refuse(node, "starts and ends are inputs");
  check_values([&] { Slice{node}; });
}

std::unique_ptr<Kernel> create(const Node& node, Device&) { return std::make_unique<Slice>(node); }

}  // namespace

void add_slice(OperatorTable& table) { table.push_back({"Slice", {1, 10, 11, 13}, check, create}); }

}  // namespace backplane::cpu
