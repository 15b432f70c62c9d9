// Faults of group K in axes, sizes and strides.
#include <cstring>
#include <utility>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

void count_from_one_too_high(ChangedNode& node) {
  if (!node.is("ReduceMean")) return;
  std::vector<int64_t>* axes = node.integers("axes");
  if (axes == nullptr) axes = node.constant(1);
  if (axes == nullptr) return;
  for (int64_t& axis : *axes)
    if (axis < 0) ++axis;
}

void softmax_one_too_high(ChangedNode& node) {
  int64_t* axis = node.is("Softmax") ? node.integer("axis") : nullptr;
  if (axis != nullptr && *axis < 0) ++*axis;
}

void permute_backwards(ChangedNode& node) {
  std::vector<int64_t>* perm = node.is("Transpose") ? node.integers("perm") : nullptr;
  if (perm == nullptr) return;
  const std::vector<int64_t> given = *perm;
  for (size_t i = 0; i < given.size(); ++i)
    (*perm)[static_cast<size_t>(given[i])] = static_cast<int64_t>(i);
}

// The axes before the last four stay where they are.
void permute_four_axes(ChangedNode& node) {
  std::vector<int64_t>* perm = node.is("Transpose") ? node.integers("perm") : nullptr;
  if (perm == nullptr || perm->size() <= 4) return;
  const auto fixed = static_cast<int64_t>(perm->size()) - 4;
  std::vector<int64_t> now;
  for (int64_t axis = 0; axis < fixed; ++axis) now.push_back(axis);
  for (int64_t axis : *perm)
    if (axis >= fixed) now.push_back(axis);
  *perm = now;
}

bool is_empty(const bp_tensor_type_t& type) {
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    if (type.shape[axis] == 0) return true;
  return false;
}

bp_status_t fail_on_nothing(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                            const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  if (is_empty(outputs[0].type)) return BP_STATUS_INVALID_ARGUMENT;
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

// A sum of no terms is left as it was; poison stands for that.
void leave_sums_of_nothing(Launched& launched) {
  if (launched.op != "MatMul" || launched.inputs[0].count != 0 || launched.outputs[0].count == 0)
    return;
  std::memset(launched.outputs[0].bytes, 0x5a,
              sizeof(float) * static_cast<size_t>(launched.outputs[0].count));
}

// Says that it takes strides, and reads what lies there as if it were dense.
bp_argument_flags_t strided_flags[16];
const bp_kernel_info_t* promise_strides(const bp_kernel_t* kernel) {
  bp_kernel_info_t& info = own_info(kernel);
  for (bp_argument_flags_t& flags : strided_flags) flags = BP_ARGUMENT_FLAG_STRIDED;
  info.inputs = strided_flags;
  return &info;
}

void drop_strides(const std::string&, std::vector<bp_tensor_t>& inputs, std::vector<bp_tensor_t>&) {
  for (bp_tensor_t& input : inputs) input.strides = nullptr;
}

}  // namespace

std::vector<Fault> axis_faults() {
  return {
      {"mean-axis-too-high", plant_node<count_from_one_too_high>},
      {"softmax-axis-too-high", plant_node<softmax_one_too_high>},
      {"permuted-backwards", plant_node<permute_backwards>},
      {"permutes-four-axes", plant_node<permute_four_axes>},
      {"fails-on-nothing", [](Tables* t) { t->kernel.launch = fail_on_nothing; }},
      {"sum-of-nothing", [](Tables* t) { plant_doctor(t, leave_sums_of_nothing); }},
      {"strides-dropped",
       [](Tables* t) {
         plant_changed_tensors(t, drop_strides);
         t->kernel.kernel_info = promise_strides;
       }},
  };
}

}  // namespace backplane::selftest
