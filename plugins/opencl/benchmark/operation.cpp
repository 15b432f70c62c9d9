#include "operation.hpp"

#include <random>

namespace backplane::opencl::benchmark {

namespace {

bp_tensor_type_t type_of(const Shape& shape) {
  bp_tensor_type_t type = {BP_DTYPE_FLOAT32, static_cast<uint16_t>(shape.size()), 0, {}};
  for (size_t axis = 0; axis < shape.size(); ++axis) type.shape[axis] = shape[axis];
  return type;
}

}  // namespace

Operation::Operation(BenchDevice& device, const char* op, uint32_t since,
                     const std::vector<Operand>& inputs, const Shape& output,
                     const std::vector<IntsAttribute>& attributes)
    : device_(device) {
  output_.type = type_of(output);
  make_kernel(op, since, inputs, attributes);
  const auto info_of = device.plugin().kernel->kernel_info;
  info_ = info_of != nullptr ? info_of(kernel_) : nullptr;
  bring(inputs);
  bring_scratch();
  output_.buffer = device.buffer(element_count(output) * sizeof(float));
}

Operation::~Operation() { device_.plugin().kernel->kernel_destroy(kernel_); }

void Operation::make_kernel(const char* op, uint32_t since, const std::vector<Operand>& inputs,
                            const std::vector<IntsAttribute>& attributes) {
  std::vector<bp_tensor_type_t> types;
  std::vector<bp_constant_t> values;
  for (const Operand& input : inputs) {
    types.push_back(type_of(input.shape));
    values.push_back({types.back(), input.values.data(), 0});
  }
  std::vector<const bp_constant_t*> constants;
  for (size_t i = 0; i < inputs.size(); ++i)
    constants.push_back(inputs[i].is_constant ? &values[i] : nullptr);
  std::vector<bp_attribute_t> given;
  for (const IntsAttribute& attribute : attributes)
    given.push_back({attribute.name, attribute.kind, static_cast<uint32_t>(attribute.values.size()),
                     attribute.values.data()});
  bp_node_t node = {};
  node.struct_size = sizeof node;
  node.since = since;
  node.domain = "";
  node.op = op;
  node.name = "";
  node.input_count = static_cast<uint32_t>(inputs.size());
  node.output_count = 1;
  node.attribute_count = static_cast<uint32_t>(given.size());
  node.inputs = types.data();
  node.outputs = &output_.type;
  node.attributes = given.data();
  node.constants = constants.data();
  device_.require(device_.plugin().kernel->kernel_create(device_.get(), &node, &kernel_));
}

// The inputs that launch wants.
void Operation::bring(const std::vector<Operand>& inputs) {
  const bp_argument_flags_t* flags = info_ != nullptr ? info_->inputs : nullptr;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs_.push_back({});
    if (flags != nullptr && (flags[i] & BP_ARGUMENT_FLAG_BAKED) != 0) continue;
    inputs_.back().type = type_of(inputs[i].shape);
    inputs_.back().buffer = device_.buffer(inputs[i].values);
  }
}

void Operation::bring_scratch() {
  uint64_t size = info_ != nullptr ? info_->scratch_size : 0;
  if (size == BP_SIZE_UNKNOWN) {
    std::vector<bp_tensor_type_t> types;
    for (const bp_tensor_t& input : inputs_) types.push_back(input.type);
    device_.require(
        device_.plugin().kernel->scratch_size(kernel_, types.data(), &output_.type, &size));
  }
  if (size == 0) return;
  scratch_.type = {BP_DTYPE_UINT8, 1, 0, {static_cast<int64_t>(size)}};
  scratch_.buffer = device_.buffer(size);
}

void Operation::run(int times) const {
  for (int i = 0; i < times; ++i) launch(device_.stream());
  device_.synchronize();
}

std::vector<float> Operation::result() const {
  return device_.read(output_.buffer, plugin::element_count(output_.type));
}

uint64_t element_count(const Shape& shape) {
  uint64_t count = 1;
  for (const int64_t size : shape) count *= static_cast<uint64_t>(size);
  return count;
}

std::vector<float> numbers(const Shape& shape, uint32_t seed) {
  std::minstd_rand random(seed);
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<float> made(element_count(shape));
  for (float& value : made) value = values(random);
  return made;
}

}  // namespace backplane::opencl::benchmark
