#include "changed_node.hpp"

#include <cstring>

#include "notes.hpp"

namespace backplane::selftest {
namespace {

// What the fault of this process works with; set once, when it is planted.
ChangeNode change_node = nullptr;
ChangeTensors change_tensors = nullptr;

struct Shape {
  std::string op;
  uint32_t input_count = 0;
  uint32_t output_count = 0;
};
Notes<const bp_kernel_t*, Shape> shapes;

bp_status_t create_changed(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  ChangedNode changed(*node);
  change_node(changed);
  const auto create = honest().kernel->kernel_create;
  if (create(device, &changed.node(), out_kernel) == BP_OK) return BP_OK;
  return create(device, node, out_kernel);
}

bp_status_t create_noted(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest().kernel->kernel_create(device, node, out_kernel);
  if (status == BP_OK) shapes.put(*out_kernel, {node->op, node->input_count, node->output_count});
  return status;
}

void destroy_noted(bp_kernel_t* kernel) {
  shapes.drop(kernel);
  honest().kernel->kernel_destroy(kernel);
}

bp_status_t launch_changed(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                           const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const Shape shape = shapes.get(kernel);
  std::vector<bp_tensor_t> in(inputs, inputs + shape.input_count);
  std::vector<bp_tensor_t> out(outputs, outputs + shape.output_count);
  change_tensors(shape.op, in, out);
  return honest().kernel->launch(kernel, stream, in.data(), out.data(), scratch);
}

}  // namespace

ChangedNode::ChangedNode(const bp_node_t& given)
    : node_(given),
      heads_(given.attributes, given.attributes + given.attribute_count),
      attributes_(given.attribute_count),
      constants_(given.input_count),
      pointers_(given.input_count, nullptr) {
  for (size_t i = 0; i < heads_.size(); ++i) {
    const bp_attribute_t& head = heads_[i];
    if (head.kind == BP_ATTRIBUTE_FLOAT) {
      attributes_[i].number = *static_cast<const float*>(head.data);
    } else if (head.kind == BP_ATTRIBUTE_INT || head.kind == BP_ATTRIBUTE_INTS) {
      const auto* first = static_cast<const int64_t*>(head.data);
      attributes_[i].integers.assign(first, first + head.count);
    } else if (head.kind == BP_ATTRIBUTE_STRING) {
      attributes_[i].text = static_cast<const bp_string_t*>(head.data)->data;
    }
  }
  for (uint32_t i = 0; given.constants != nullptr && i < given.input_count; ++i) {
    pointers_[i] = given.constants[i];
    if (pointers_[i] == nullptr || pointers_[i]->type.dtype != BP_DTYPE_INT64 ||
        pointers_[i]->type.rank != 1 || pointers_[i]->data == nullptr)
      continue;
    const auto* first = static_cast<const int64_t*>(pointers_[i]->data);
    constants_[i].head = *pointers_[i];
    constants_[i].integers.assign(first, first + pointers_[i]->type.shape[0]);
  }
}

bool ChangedNode::is(const char* op) const { return std::strcmp(node_.op, op) == 0; }

ChangedNode::Attribute* ChangedNode::find(const char* attribute, bp_attribute_kind_t kind) {
  for (size_t i = 0; i < heads_.size(); ++i)
    if (std::strcmp(heads_[i].name, attribute) == 0 && heads_[i].kind == kind)
      return &attributes_[i];
  return nullptr;
}

int64_t* ChangedNode::integer(const char* attribute) {
  Attribute* found = find(attribute, BP_ATTRIBUTE_INT);
  return found != nullptr ? found->integers.data() : nullptr;
}

float* ChangedNode::number(const char* attribute) {
  Attribute* found = find(attribute, BP_ATTRIBUTE_FLOAT);
  return found != nullptr ? &found->number : nullptr;
}

std::vector<int64_t>* ChangedNode::integers(const char* attribute) {
  Attribute* found = find(attribute, BP_ATTRIBUTE_INTS);
  return found != nullptr ? &found->integers : nullptr;
}

std::string ChangedNode::text(const char* attribute) {
  const Attribute* found = find(attribute, BP_ATTRIBUTE_STRING);
  return found != nullptr ? found->text : "";
}

void ChangedNode::set_text(const char* attribute, const char* text) {
  Attribute* found = find(attribute, BP_ATTRIBUTE_STRING);
  if (found != nullptr) found->text = text;
}

std::vector<int64_t>* ChangedNode::constant(uint32_t input) {
  return input < constants_.size() && constants_[input].head.type.dtype != 0
             ? &constants_[input].integers
             : nullptr;
}

const bp_node_t& ChangedNode::node() {
  for (size_t i = 0; i < heads_.size(); ++i) {
    Attribute& now = attributes_[i];
    if (heads_[i].kind == BP_ATTRIBUTE_FLOAT) heads_[i].data = &now.number;
    if (heads_[i].kind == BP_ATTRIBUTE_INT || heads_[i].kind == BP_ATTRIBUTE_INTS)
      heads_[i].data = now.integers.data();
    if (heads_[i].kind == BP_ATTRIBUTE_STRING) {
      now.words = {now.text.c_str(), now.text.size()};
      heads_[i].data = &now.words;
    }
  }
  for (size_t i = 0; i < constants_.size(); ++i) {
    if (constants_[i].head.type.dtype == 0) continue;
    constants_[i].head.data = constants_[i].integers.data();
    constants_[i].head.id = 0;
    pointers_[i] = &constants_[i].head;
  }
  node_.attributes = heads_.data();
  node_.constants = pointers_.data();
  return node_;
}

void plant_changed_node(Tables* tables, ChangeNode change) {
  change_node = change;
  tables->kernel.kernel_create = create_changed;
}

void plant_changed_tensors(Tables* tables, ChangeTensors change) {
  change_tensors = change;
  tables->kernel.kernel_create = create_noted;
  tables->kernel.kernel_destroy = destroy_noted;
  tables->kernel.launch = launch_changed;
}

}  // namespace backplane::selftest
