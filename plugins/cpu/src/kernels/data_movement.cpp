#include "data_movement.hpp"

#include <string>

namespace backplane::cpu {

void check_movement(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (element_size(dtype) == 0) refuse(node, std::string("no ") + name_of(dtype));
  if (!node.has_output(0)) refuse(node, "its output is absent");
  for (uint32_t i = 0; i < node.output_count(); ++i)
    if (node.has_output(i) && node.output(i).dtype != dtype)
      refuse(node, "input and output have one type");
}

uint32_t axis_of(const char* op, int64_t axis, uint32_t rank) {
  const int64_t from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 0 || from_front >= rank)
    fail(BP_STATUS_INVALID_ARGUMENT, std::string(op) + ": axis " + std::to_string(axis) +
                                         " is outside a rank of " + std::to_string(rank));
  return static_cast<uint32_t>(from_front);
}

StridedKernel::StridedKernel(const Node& node) : element_size_(element_size(node.input(0).dtype)) {
  traits_.is_shape_free = true;
}

void StridedKernel::run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                        const bp_tensor_t*) const {
  const char* from = data<char>(inputs[0]);
  char* to = data<char>(outputs[0]);
  if (is_planned_)
    planned_.run(from, to, element_size_);
  else
    plan(inputs[0].type, outputs[0].type, inputs).run(from, to, element_size_);
}

void StridedKernel::plan_if_known(const Node& node) {
  if (has_unknown_size(node.input(0)) || has_unknown_size(node.output(0))) return;
  planned_ = plan(node.input(0), node.output(0), nullptr);
  is_planned_ = true;
}

}  // namespace backplane::cpu
