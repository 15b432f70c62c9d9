#include "launches.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/fused.hpp"

namespace backplane::opencl::benchmark {

namespace {

bp_tensor_type_t type_of(const Shape& shape, bp_dtype_t dtype) {
  bp_tensor_type_t type = {dtype, static_cast<uint16_t>(shape.size()), 0, {}};
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

uint64_t byte_size(const bp_tensor_type_t& type) {
  return plugin::element_count(type) * element_size(type.dtype);
}

}  // namespace

Launch::Launch(BenchDevice& device, const NodeText& text, std::vector<bp_tensor_t> inputs,
               const bp_tensor_t& output)
    : device_(device), inputs_(std::move(inputs)), output_(output) {
  std::vector<bp_tensor_type_t> types;
  for (const bp_tensor_t& input : inputs_) types.push_back(input.type);
  const bp_string_t program = {text.program.data(), text.program.size()};
  std::vector<bp_attribute_t> attributes;
  if (!text.program.empty())
    attributes.push_back({kProgramAttribute, BP_ATTRIBUTE_STRING, 1, &program});
  if (!text.pads.empty())
    attributes.push_back(
        {"pads", BP_ATTRIBUTE_INTS, static_cast<uint32_t>(text.pads.size()), text.pads.data()});
  bp_node_t node = {};
  node.struct_size = sizeof node;
  node.since = text.since;
  node.domain = text.domain;
  node.op = text.op;
  node.name = "";
  node.input_count = static_cast<uint32_t>(types.size());
  node.output_count = 1;
  node.attribute_count = static_cast<uint32_t>(attributes.size());
  node.inputs = types.data();
  node.outputs = &output_.type;
  node.attributes = attributes.data();
  device.require(device.plugin().kernel->kernel_create(device.get(), &node, &kernel_));
}

Launch::~Launch() { device_.plugin().kernel->kernel_destroy(kernel_); }

void Launch::give() const {
  device_.require(device_.plugin().kernel->launch(kernel_, device_.stream(), inputs_.data(),
                                                  &output_, nullptr));
}

void run(BenchDevice& device, const Launches& launches, int times) {
  for (int i = 0; i < times; ++i)
    for (const auto& launch : launches) launch->give();
  device.synchronize();
}

bp_tensor_t filled(BenchDevice& device, const Shape& shape, bp_dtype_t dtype) {
  bp_tensor_t made = {};
  made.type = type_of(shape, dtype);
  const auto words = static_cast<int64_t>((byte_size(made.type) + 3) / sizeof(float));
  made.buffer = device.buffer(numbers({words}, 1));
  return made;
}

bool is_same(const BenchDevice& device, const bp_tensor_t& a, const bp_tensor_t& b) {
  const uint64_t words = byte_size(a.type) / sizeof(float);
  const std::vector<float> first = device.read(a.buffer, words);
  const std::vector<float> second = device.read(b.buffer, words);
  return std::memcmp(first.data(), second.data(), words * sizeof(float)) == 0;
}

}  // namespace backplane::opencl::benchmark
