// Split: each output is copied from its part of the input. Sizes along the axis are an input, the
// older attribute, or equal, the last smaller if need be.
#include <algorithm>

#include "integers.hpp"
#include "moved.hpp"

namespace backplane::opencl {

namespace {

uint32_t axis_of(const Node& node) {
  return named_axis(node.int_attribute("axis", 0), node.input(0).rank);
}

// Sizes along the axis.
class Parts {
 public:
  Parts(const IntegerList& told, int64_t whole, uint32_t count)
      : told_(told), whole_(whole), count_(count), equal_(whole / count + (whole % count != 0)) {}

  int64_t size(uint32_t part) const {
    if (told_.is_there()) return told_[part];
    return std::clamp<int64_t>(whole_ - equal_ * part, 0, equal_);
  }
  // Do they make up the whole?
  bool are_whole() const {
    if (told_.is_there() && told_.count != count_) return false;
    int64_t rest = whole_;
    for (uint32_t part = 0; part < count_; ++part) {
      if (size(part) < 0 || size(part) > rest) return false;
      rest -= size(part);
    }
    return rest == 0;
  }

 private:
  const IntegerList told_;
  const int64_t whole_;
  const uint32_t count_;
  const int64_t equal_;
};

class Split : public Kernel {
 public:
  Split(const Node& node, Device& device)
      : axis_(axis_of(node)),
        output_count_(node.output_count()),
        sizes_(node, 1, "split"),
        moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED, sizes_.flags()};
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const Parts parts(sizes_.list(inputs), inputs[0].type.shape[axis_], output_count_);
    require_parts(parts, outputs);
    bp_tensor_t from = inputs[0];
    const uint64_t step = stride_of(from, axis_) * element_size(from.type.dtype);
    for (uint32_t i = 0; i < output_count_; ++i) {
      if (outputs[i].type.dtype != 0) copy(stream, from, outputs[i]);
      from.offset += static_cast<uint64_t>(parts.size(i)) * step;
    }
  }

 private:
  void copy(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to) {
    Walk walk = walk_of(to.type, to.type.rank);
    for (uint32_t axis = 0; axis < to.type.rank; ++axis) {
      walk.strides[0][axis] = stride_of(from, axis);
      walk.strides[1][axis] = dense_stride(to.type, axis);
    }
    moved_.launch(stream, from, to, walk);
  }
  void require_parts(const Parts& parts, const bp_tensor_t* outputs) const {
    bool are_right = parts.are_whole();
    for (uint32_t i = 0; are_right && i < output_count_; ++i)
      are_right = outputs[i].type.dtype == 0 || outputs[i].type.shape[axis_] == parts.size(i);
    if (!are_right)
      fail(BP_STATUS_INVALID_ARGUMENT, "Split: the sizes of the parts are not the outputs'");
  }

  const uint32_t axis_;
  const uint32_t output_count_;
  const Integers sizes_;
  MovedElements moved_;
};

// As far as they are known.
void check_parts(const Node& node, uint32_t axis) {
  const Integers sizes(node, 1, "split");
  const int64_t whole = node.input(0).shape[axis];
  if (!sizes.is_known() || BP_DIM_IS_UNKNOWN(whole)) return;
  const Parts parts(sizes.list(nullptr), whole, node.output_count());
  if (!parts.are_whole()) refuse(node, "the sizes of its parts do not make up the axis");
  for (uint32_t i = 0; i < node.output_count(); ++i)
    if (node.has_output(i) && !BP_DIM_IS_UNKNOWN(node.output(i).shape[axis]) &&
        node.output(i).shape[axis] != parts.size(i))
      refuse(node, "output " + std::to_string(i) + " has another size than its part");
}

void check_split(const Node& node, const DeviceFacts&) {
  const bp_tensor_type_t& from = node.input(0);
  if (element_size(from.dtype) == 0) refuse(node, "no element type " + std::to_string(from.dtype));
  check_integers(node, 1);
  const uint32_t axis = axis_of(node);
  if (axis == from.rank) refuse(node, "axis is not there");
  for (uint32_t i = 0; i < node.output_count(); ++i)
    if (node.has_output(i) &&
        (node.output(i).dtype != from.dtype || node.output(i).rank != from.rank))
      refuse(node, "input and outputs have one element type and one rank");
  check_parts(node, axis);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Split>(node, device);
}

}  // namespace

void add_split(OperatorTable& table) {
  table.push_back({"Split", {2, 11, 13, 18}, check_split, create});
}

}  // namespace backplane::opencl
