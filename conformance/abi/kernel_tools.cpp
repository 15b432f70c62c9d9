#include "abi/kernel_tools.hpp"

#include <algorithm>
#include <utility>

namespace backplane::conformance {

NodeDraft::NodeDraft(std::string op, uint32_t since, std::vector<bp_tensor_type_t> inputs,
                     std::vector<bp_tensor_type_t> outputs)
    : op_(std::move(op)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  node_.struct_size = sizeof node_;
  node_.since = since;
  node_.domain = "";
  node_.op = op_.c_str();
  node_.name = "case";
  node_.input_count = static_cast<uint32_t>(inputs_.size());
  node_.output_count = static_cast<uint32_t>(outputs_.size());
  node_.inputs = inputs_.data();
  node_.outputs = outputs_.data();
}

void NodeDraft::add(const bp_attribute_t& attribute) {
  attributes_.push_back(attribute);
  node_.attributes = attributes_.data();
  node_.attribute_count = static_cast<uint32_t>(attributes_.size());
}

void NodeDraft::add_int(const char* name, const int64_t* value) {
  add({name, BP_ATTRIBUTE_INT, 1, value});
}

void NodeDraft::add_ints(const char* name, const std::vector<int64_t>& values) {
  add({name, BP_ATTRIBUTE_INTS, static_cast<uint32_t>(values.size()), values.data()});
}

void NodeDraft::set_constants(std::vector<const bp_constant_t*> constants) {
  constants_ = std::move(constants);
  node_.constants = constants_.data();
}

bp_tensor_type_t type_of(bp_dtype_t dtype, const std::vector<int64_t>& shape) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = static_cast<uint16_t>(shape.size());
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

uint64_t with_padding(Subject& subject, uint64_t size) {
  return size + subject.info().tensor_padding;
}

void need_support(Subject& subject, const bp_node_t& node) {
  const bp_status_t status = subject.kernels().supports(subject.device(), &node);
  if (status == BP_STATUS_UNSUPPORTED)
    unsupported("the plugin does not serve " + std::string(node.op) + subject.words());
  subject.check(status, "supports");
}

Owned<bp_kernel_t> kernel_of(Subject& subject, const bp_node_t& node) {
  bp_kernel_t* made = nullptr;
  subject.check(subject.kernels().kernel_create(subject.device(), &node, &made), "kernel_create");
  return {made, [&subject](bp_kernel_t* ended) { subject.kernels().kernel_destroy(ended); }};
}

const bp_kernel_info_t* info_of(Subject& subject, const bp_kernel_t* kernel) {
  const auto ask = subject.kernels().kernel_info;
  return ask != nullptr ? ask(kernel) : nullptr;
}

uint32_t since_of_add(Subject& subject, int64_t count) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {count});
  std::string words;
  for (uint32_t since : {14, 13, 7}) {
    NodeDraft draft("Add", since, {type, type}, {type});
    if (subject.kernels().supports(subject.device(), &draft.node()) == BP_OK) return since;
    words = subject.words();
  }
  unsupported("the plugin does not serve Add of float32" + words);
}

Addition addition(Subject& subject, int64_t count, uint64_t room) {
  Addition add;
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {count});
  add.since = since_of_add(subject, count);
  NodeDraft draft("Add", add.since, {type, type}, {type});
  const uint64_t size =
      with_padding(subject, static_cast<uint64_t>(std::max<int64_t>(count, 1)) * sizeof(float));
  add.count = count;
  add.stream = subject.stream();
  add.kernel = kernel_of(subject, draft.node());
  add.a = subject.buffer(size);
  add.b = subject.buffer(size);
  add.sum = subject.buffer(size + 2 * room);
  for (bp_tensor_t* tensor : {&add.inputs[0], &add.inputs[1], &add.outputs[0]}) tensor->type = type;
  add.inputs[0].buffer = add.a.get();
  add.inputs[1].buffer = add.b.get();
  add.outputs[0].buffer = add.sum.get();
  add.outputs[0].offset = room;
  const bp_kernel_info_t* info = info_of(subject, add.kernel.get());
  if (info != nullptr && info->scratch_size > 0 && info->scratch_size != BP_SIZE_UNKNOWN) {
    add.scratch = subject.buffer(info->scratch_size);
    add.scratch_tensor.type = type_of(BP_DTYPE_UINT8, {static_cast<int64_t>(info->scratch_size)});
    add.scratch_tensor.buffer = add.scratch.get();
    add.has_scratch = true;
  }
  return add;
}

void launch(Subject& subject, const Addition& add, bp_stream_t* stream) {
  subject.check(subject.kernels().launch(add.kernel.get(), stream, add.inputs, add.outputs,
                                         add.scratch_argument()),
                "launch");
}

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::vector<float> ramp(int64_t count, int salt) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] =
        static_cast<float>(static_cast<int>((i * 7 + static_cast<size_t>(salt) * 13) % 4093));
  return values;
}

std::vector<float> sums(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<float> all(a.size());
  std::transform(a.begin(), a.end(), b.begin(), all.begin(),
                 [](float x, float y) { return x + y; });
  return all;
}

}  // namespace backplane::conformance
