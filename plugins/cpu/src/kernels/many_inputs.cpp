#include "many_inputs.hpp"

#include <string>

#include "broadcast.hpp"

namespace backplane::cpu {

namespace {

// An input's strides over the axes of the output, innermost first; 0 where it repeats.
ManyPlan::Strides strides_of(const bp_tensor_type_t& type, uint32_t output_rank) {
  ManyPlan::Strides strides = {};
  int64_t stride = 1;
  for (uint32_t axis = 0; axis < output_rank && axis < type.rank; ++axis) {
    const int64_t size = type.shape[type.rank - 1 - axis];
    strides[axis] = size == 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

bool continues(const ManyPlan& plan, const std::vector<ManyPlan::Strides>& strides, uint32_t axis) {
  for (size_t i = 0; i < strides.size(); ++i)
    if (strides[i][axis] != plan.of_sources[i][plan.rank - 1] * plan.sizes[plan.rank - 1])
      return false;
  return true;
}

void add_axis(ManyPlan& plan, const std::vector<ManyPlan::Strides>& strides, uint32_t axis,
              int64_t size) {
  if (plan.rank > 0 && continues(plan, strides, axis)) {
    plan.sizes[plan.rank - 1] *= size;
    return;
  }
  plan.sizes[plan.rank] = size;
  for (size_t i = 0; i < strides.size(); ++i) plan.of_sources[i][plan.rank] = strides[i][axis];
  ++plan.rank;
}

// `type_of(i)` is the type of input i; sizes are known.
template <class TypeOf>
ManyPlan make_plan(size_t inputs, const TypeOf& type_of, const bp_tensor_type_t& output) {
  ManyPlan plan;
  std::vector<ManyPlan::Strides> strides;
  for (size_t i = 0; i < inputs; ++i) strides.push_back(strides_of(type_of(i), output.rank));
  plan.of_sources.resize(inputs);
  for (uint32_t axis = 0; axis < output.rank; ++axis) {
    const int64_t size = output.shape[output.rank - 1 - axis];
    plan.count *= size;
    if (size != 1) add_axis(plan, strides, axis, size);
  }
  if (plan.rank == 0) plan.sizes[plan.rank++] = 1;
  return plan;
}

// Where row `row` begins in an input, in elements.
int64_t row_offset(const ManyPlan& plan, const ManyPlan::Strides& strides, int64_t row) {
  int64_t offset = 0;
  for (uint32_t axis = 1; axis < plan.rank; ++axis) {
    offset += row % plan.sizes[axis] * strides[axis];
    row /= plan.sizes[axis];
  }
  return offset;
}

bool has_unknown_type(const Node& node) {
  for (uint32_t i = 0; i < node.input_count(); ++i)
    if (has_unknown_size(node.input(i))) return true;
  return has_unknown_size(node.output(0));
}

}  // namespace

ManyInputs::ManyInputs(const Node& node, ManyLoop loop)
    : is_known_(!has_unknown_type(node)),
      loop_(loop),
      output_size_(static_cast<int64_t>(element_size(node.output(0).dtype))) {
  for (uint32_t i = 0; i < node.input_count(); ++i) {
    element_sizes_.push_back(static_cast<int64_t>(element_size(node.input(i).dtype)));
    if (node.input(i).dtype == node.output(0).dtype) traits_.in_place.push_back({i, 0});
  }
  if (is_known_)
    plan_ = make_plan(
        node.input_count(), [&](size_t i) { return node.input(static_cast<uint32_t>(i)); },
        node.output(0));
  traits_.is_shape_free = true;
}

void ManyInputs::run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                     const bp_tensor_t*) const {
  if (is_known_) return run(plan_, inputs, outputs[0]);
  run(make_plan(
          element_sizes_.size(), [&](size_t i) { return inputs[i].type; }, outputs[0].type),
      inputs, outputs[0]);
}

// One row is shared out by its elements, several by their number.
void ManyInputs::run(const ManyPlan& plan, const bp_tensor_t* inputs,
                     const bp_tensor_t& output) const {
  if (plan.count == 0) return;
  if (plan.rank == 1)
    return parallel_pieces(plan.count, plan.count, [&](int64_t begin, int64_t end) {
      run_row(plan, inputs, output, 0, begin, end - begin);
    });
  parallel_pieces(plan.count / plan.sizes[0], plan.count, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      run_row(plan, inputs, output, row, 0, plan.sizes[0]);
  });
}

void ManyInputs::run_row(const ManyPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& output,
                         int64_t row, int64_t begin, int64_t count) const {
  Source sources[kMostInputs];
  for (size_t i = 0; i < element_sizes_.size(); ++i) {
    const ManyPlan::Strides& strides = plan.of_sources[i];
    const int64_t offset = row_offset(plan, strides, row) + begin * strides[0];
    sources[i] = {data<char>(inputs[i]) + offset * element_sizes_[i], strides[0]};
  }
  loop_(sources, static_cast<int64_t>(element_sizes_.size()),
        data<char>(output) + (row * plan.sizes[0] + begin) * output_size_, count);
}

void check_many_inputs(const Node& node) {
  if (node.output_count() != 1 || !node.has_output(0)) refuse(node, "it has one output");
  if (node.input_count() == 0 || node.input_count() > kMostInputs)
    refuse(node, "it has 1 to " + std::to_string(kMostInputs) + " inputs, not " +
                     std::to_string(node.input_count()));
  const bp_tensor_type_t& output = node.output(0);
  for (uint32_t i = 0; i < node.input_count(); ++i)
    if (!can_broadcast(node.input(i), output, output))
      refuse(node, to_text(node.input(i)) + " does not broadcast to " + to_text(output));
}

}  // namespace backplane::cpu
