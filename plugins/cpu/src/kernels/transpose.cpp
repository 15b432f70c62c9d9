// Transpose and Expand: strided copies whose strides follow from the types.
#include <string>

#include "axis.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

// Which axis of the input each axis of the output is; the default turns them around.
void read_permutation(const Node& node, uint32_t* permutation) {
  const uint32_t rank = node.input(0).rank;
  uint32_t count = 0;
  const int64_t* given = node.ints_attribute("perm", &count);
  if (given != nullptr && count != rank)
    refuse(node, "perm has " + std::to_string(count) + " axes, the input " + std::to_string(rank));
  uint32_t seen = 0;
  for (uint32_t i = 0; i < rank; ++i) {
    const int64_t axis = given != nullptr ? given[i] : rank - 1 - i;
    if (axis < 0 || axis >= rank || (seen >> axis & 1u) != 0)
      refuse(node, "perm is no permutation of the axes");
    seen |= 1u << axis;
    permutation[i] = static_cast<uint32_t>(axis);
  }
}

class Transpose : public StridedKernel {
 public:
  explicit Transpose(const Node& node) : StridedKernel(node) {
    read_permutation(node, permutation_);
    plan_if_known(node);
  }

 private:
  StridedCopy plan(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                   const bp_tensor_t*) const override {
    int64_t source[BP_MAX_RANK];
    int64_t strides[BP_MAX_RANK];
    dense_strides(from, source);
    for (uint32_t axis = 0; axis < to.rank; ++axis) strides[axis] = source[permutation_[axis]];
    return {to, strides, 0};
  }

  uint32_t permutation_[BP_MAX_RANK] = {};
};

class Expand : public StridedKernel {
 public:
  explicit Expand(const Node& node) : StridedKernel(node) {
    traits_.inputs = {0, unread_flags(node, 1)};
    plan_if_known(node);
  }

 private:
  StridedCopy plan(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                   const bp_tensor_t*) const override {
    int64_t source[BP_MAX_RANK];
    int64_t strides[BP_MAX_RANK] = {};
    dense_strides(from, source);
    for (uint32_t axis = 0; axis < from.rank; ++axis)
      if (from.shape[axis] != 1) strides[axis + to.rank - from.rank] = source[axis];
    return {to, strides, 0};
  }
};

void check_transpose(const Node& node) {
  check_movement(node);
  const bp_tensor_type_t& from = node.input(0);
  const bp_tensor_type_t& to = node.output(0);
  uint32_t permutation[BP_MAX_RANK];
  read_permutation(node, permutation);
  if (to.rank != from.rank) refuse(node, "input and output have one rank");
  for (uint32_t axis = 0; axis < to.rank; ++axis)
    if (sizes_differ(to.shape[axis], from.shape[permutation[axis]]))
      refuse(node, to_text(from) + " does not become " + to_text(to));
}

void check_expand(const Node& node) {
  check_movement(node);
  const bp_tensor_type_t& from = node.input(0);
  const bp_tensor_type_t& to = node.output(0);
  if (node.input_count() != 2 || !node.has_input(1)) refuse(node, "it has two inputs");
  bool fits = from.rank <= to.rank;
  for (uint32_t axis = 0; fits && axis < from.rank; ++axis)
    fits = from.shape[axis] == 1 ||
           !sizes_differ(from.shape[axis], to.shape[axis + to.rank - from.rank]);
  if (!fits) refuse(node, to_text(from) + " does not expand to " + to_text(to));
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Made>(node);
}

}  // namespace

void add_transpose(OperatorTable& table) {
  table.push_back({"Transpose", {1, 13, 21, 23}, check_transpose, create<Transpose>});
  table.push_back({"Expand", {8, 13}, check_expand, create<Expand>});
}

}  // namespace backplane::cpu
