// Slice: from starts to ends, by steps that may go backwards; a strided view of the input. Unsigned
// strides wrap around, so those that go backwards are added like the others.
#include <algorithm>

#include "integers.hpp"
#include "moved.hpp"

namespace backplane::opencl {

namespace {

struct Cuts {
  IntegerList starts, ends, axes, steps;
};

// The part of an input that is left.
struct View {
  uint64_t factors[BP_MAX_RANK] = {};     // of the input's strides
  uint64_t beginnings[BP_MAX_RANK] = {};  // along each axis
  int64_t sizes[BP_MAX_RANK] = {};        // negative: not known yet
};

// Sets what is left of an axis. Both ends are clamped; a step is no stride below two elements.
void cut(View& view, uint32_t axis, int64_t start, int64_t end, int64_t step) {
  const int64_t size = view.sizes[axis];
  const bool is_forward = step > 0;
  const int64_t lowest = is_forward ? 0 : -1;
  const int64_t highest = is_forward ? size : std::max<int64_t>(size - 1, 0);
  start = std::clamp<int64_t>(start < 0 ? start + size : start, 0, highest);
  end = std::clamp(end < 0 ? end + size : end, lowest, highest);
  const auto length = static_cast<uint64_t>(
      size == 0 ? 0 : std::max<int64_t>(is_forward ? end - start : start - end, 0));
  const auto by = static_cast<uint64_t>(step);
  const uint64_t pace = is_forward ? by : 0 - by;
  view.sizes[axis] = static_cast<int64_t>(length / pace + (length % pace != 0 ? 1 : 0));
  view.beginnings[axis] = static_cast<uint64_t>(start);
  view.factors[axis] = by;
}

// nullptr, or what is wrong with them.
const char* why_no_view(const Cuts& cuts, const bp_tensor_type_t& from, View& view) {
  std::copy_n(from.shape, from.rank, view.sizes);
  std::fill_n(view.factors, BP_MAX_RANK, 1);
  if (cuts.ends.count != cuts.starts.count) return "starts and ends are not as many";
  for (const IntegerList& list : {cuts.axes, cuts.steps})
    if (list.is_there() && list.count != cuts.starts.count)
      return "axes or steps are not as many as starts";
  uint32_t seen = 0;
  for (uint64_t i = 0; i < cuts.starts.count; ++i) {
    const int64_t named = cuts.axes.is_there() ? cuts.axes[i] : static_cast<int64_t>(i);
    const uint32_t axis = named_axis(named, from.rank);
    const int64_t step = cuts.steps.is_there() ? cuts.steps[i] : 1;
    if (axis == from.rank) return "an axis is not there";
    if ((seen >> axis & 1u) != 0) return "an axis is named twice";
    if (step == 0) return "a step is 0";
    seen |= 1u << axis;
    if (!BP_DIM_IS_UNKNOWN(view.sizes[axis])) cut(view, axis, cuts.starts[i], cuts.ends[i], step);
  }
  return nullptr;
}

const char* why_not(const Cuts& cuts, const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                    View& view) {
  if (to.rank != from.rank) return "input and output have not one rank";
  if (const char* reason = why_no_view(cuts, from, view)) return reason;
  for (uint32_t axis = 0; axis < to.rank; ++axis)
    if (!BP_DIM_IS_UNKNOWN(view.sizes[axis]) && !BP_DIM_IS_UNKNOWN(to.shape[axis]) &&
        view.sizes[axis] != to.shape[axis])
      return "the output has not the sizes that starts, ends and steps leave";
  return nullptr;
}

class Lists {
 public:
  explicit Lists(const Node& node)
      : starts_(node, 1, "starts"),
        ends_(node, 2, "ends"),
        axes_(node, 3, "axes"),
        steps_(node, 4) {}
  bool are_known() const {
    return starts_.is_known() && ends_.is_known() && axes_.is_known() && steps_.is_known();
  }
  Cuts cuts(const bp_tensor_t* inputs) const {
    return {starts_.list(inputs), ends_.list(inputs), axes_.list(inputs), steps_.list(inputs)};
  }
  std::vector<bp_argument_flags_t> flags() const {
    return {BP_ARGUMENT_FLAG_STRIDED, starts_.flags(), ends_.flags(), axes_.flags(),
            steps_.flags()};
  }

 private:
  const Integers starts_, ends_, axes_, steps_;
};

class Slice : public Kernel {
 public:
  Slice(const Node& node, Device& device)
      : lists_(node), moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = lists_.flags();
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    View view;
    if (const char* reason = why_not(lists_.cuts(inputs), inputs[0].type, type, view))
      fail(BP_STATUS_INVALID_ARGUMENT, std::string("Slice: ") + reason);
    bp_tensor_t from = inputs[0];
    Walk walk = walk_of(type, type.rank);
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      const uint64_t stride = stride_of(inputs[0], axis);
      walk.strides[0][axis] = stride * view.factors[axis];
      walk.strides[1][axis] = dense_stride(type, axis);
      from.offset += stride * view.beginnings[axis] * element_size(type.dtype);
    }
    moved_.launch(stream, from, outputs[0], walk);
  }

 private:
  const Lists lists_;
  MovedElements moved_;
};

void check_slice(const Node& node, const DeviceFacts&) {
  check_moved(node);
  for (uint32_t i = 1; i < 5; ++i) check_integers(node, i);
  if (node.since() >= 10 && (!node.has_input(1) || !node.has_input(2)))
    refuse(node, "starts and ends are inputs");
  const Lists lists(node);
  View view;
  if (!lists.are_known()) return;
  if (const char* reason = why_not(lists.cuts(nullptr), node.input(0), node.output(0), view))
    refuse(node, reason);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Slice>(node, device);
}

}  // namespace

void add_slice(OperatorTable& table) {
  table.push_back({"Slice", {1, 10, 11, 13}, check_slice, create});
}

}  // namespace backplane::opencl
