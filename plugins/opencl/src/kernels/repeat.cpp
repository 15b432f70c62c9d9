// Tile: the input put side by side with itself. An axis of the output is two: how often, where the
// input does not go on, and the input's own.
#include <algorithm>

#include "integers.hpp"
#include "moved.hpp"

namespace backplane::opencl {

namespace {

bool is_repeated(int64_t from, int64_t to) {
  if (BP_DIM_IS_UNKNOWN(from) || BP_DIM_IS_UNKNOWN(to)) return true;
  return from == 0 ? to == 0 : to % from == 0;
}

bool is_repeated(const bp_tensor_type_t& from, const bp_tensor_type_t& to) {
  bool fits = from.rank == to.rank;
  for (uint32_t axis = 0; fits && axis < from.rank; ++axis)
    fits = is_repeated(from.shape[axis], to.shape[axis]);
  return fits;
}

struct Axis {
  uint64_t size, from, to;  // strides in the input and in the output
};

// Both axes of every axis, without sizes of 1, and put together where they go on; the innermost
// first.
class Axes {
 public:
  Axes(const bp_tensor_t& from, const bp_tensor_type_t& to) {
    for (uint32_t axis = to.rank; axis-- > 0;) {
      const auto size = static_cast<uint64_t>(from.type.shape[axis]);
      const uint64_t stride = dense_stride(to, axis);
      add({size, stride_of(from, axis), stride});
      add({static_cast<uint64_t>(to.shape[axis]) / size, 0, stride * size});
    }
  }

  uint32_t count() const { return count_; }
  const Axis& operator[](uint32_t index) const { return axes_[index]; }

  Axis without_smallest() {
    Axis* smallest = std::min_element(axes_, axes_ + count_,
                                      [](const Axis& a, const Axis& b) { return a.size < b.size; });
    const Axis removed = *smallest;
    std::copy(smallest + 1, axes_ + count_, smallest);
    --count_;
    return removed;
  }

 private:
  void add(const Axis& axis) {
    if (axis.size == 1) return;
    Axis* inner = count_ != 0 ? &axes_[count_ - 1] : nullptr;
    if (inner != nullptr && axis.from == inner->from * inner->size &&
        axis.to == inner->to * inner->size)
      inner->size *= axis.size;
    else
      axes_[count_++] = axis;
  }

  Axis axes_[2 * BP_MAX_RANK];
  uint32_t count_ = 0;
};

Walk walk_of(const Axes& axes) {
  Walk walk;
  walk.rank = axes.count();
  for (uint32_t i = 0; i < axes.count(); ++i) {
    const Axis& axis = axes[axes.count() - 1 - i];
    walk.sizes[i] = axis.size;
    walk.strides[0][i] = axis.from;
    walk.strides[1][i] = axis.to;
  }
  return walk;
}

class Tile : public Kernel {
 public:
  Tile(const Node& node, Device& device) : moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED, unread_flags(node, 1)};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (!is_repeated(inputs[0].type, outputs[0].type))
      fail(BP_STATUS_INVALID_ARGUMENT, "Tile: the output is not made of whole inputs");
    if (plugin::element_count(outputs[0].type) != 0)
      copy(stream, inputs[0], outputs[0], Axes(inputs[0], outputs[0].type));
  }

 private:
  // More axes than a walk has: a copy for each place of the shortest.
  void copy(Stream& stream, bp_tensor_t from, bp_tensor_t to, Axes axes) {
    if (axes.count() <= BP_MAX_RANK) return moved_.launch(stream, from, to, walk_of(axes));
    const Axis shortest = axes.without_smallest();
    const uint64_t size = element_size(from.type.dtype);
    for (uint64_t i = 0; i < shortest.size; ++i) {
      copy(stream, from, to, axes);
      from.offset += shortest.from * size;
      to.offset += shortest.to * size;
    }
  }

  MovedElements moved_;
};

void check_tile(const Node& node, const DeviceFacts&) {
  check_moved(node);
  if (!node.has_input(1)) refuse(node, "repeats are an input");
  if (!is_repeated(node.input(0), node.output(0)))
    refuse(node, "the output is not made of whole inputs");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Tile>(node, device);
}

}  // namespace

void add_repeat(OperatorTable& table) { table.push_back({"Tile", {6, 13}, check_tile, create}); }

}  // namespace backplane::opencl
