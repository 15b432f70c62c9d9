#include "ops/node.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace backplane::ops {
namespace {

constexpr std::align_val_t kConstantAlignment{64};

std::shared_ptr<void> allocate(uint64_t size) {
  void* const memory =
      ::operator new(std::max<uint64_t>(size, 1), kConstantAlignment, std::nothrow);
  if (memory == nullptr) return nullptr;
  return {memory, [](void* bytes) { ::operator delete(bytes, kConstantAlignment); }};
}

template <class T>
std::vector<int64_t> widened(const void* data, uint64_t count) {
  std::vector<int64_t> values(count);
  const T* const integers = static_cast<const T*>(data);
  std::copy(integers, integers + count, values.begin());
  return values;
}

}  // namespace

uint64_t fresh_constant_id() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

ConstantPtr make_constant(const bp_tensor_type_t& type, const void* bytes) {
  const Result<uint64_t> size = byte_size(type);
  const std::shared_ptr<void> copy = size.ok() ? allocate(*size) : nullptr;
  if (copy == nullptr) return nullptr;
  if (*size != 0) std::memcpy(copy.get(), bytes, *size);
  return std::make_shared<Constant>(Constant{type, copy, fresh_constant_id()});
}

ConstantPtr make_int64_constant(const std::vector<int64_t>& values) {
  const auto count = static_cast<int64_t>(values.size());
  return make_constant(tensor_type(BP_DTYPE_INT64, {count}), values.data());
}

Result<std::vector<int64_t>> integers_of(const bp_constant_t& constant) {
  const Result<uint64_t> count = element_count(constant.type);
  if (!count.ok()) return count.status();
  if (constant.data == nullptr && *count != 0)
    return invalid_argument("the bytes of this constant are not loaded");
  if (constant.type.dtype == BP_DTYPE_INT64) return widened<int64_t>(constant.data, *count);
  if (constant.type.dtype == BP_DTYPE_INT32) return widened<int32_t>(constant.data, *count);
  return invalid_argument("wanted int32 or int64, found " + to_text(constant.type));
}

Attribute int_attribute(std::string name, int64_t value) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_INT;
  attribute.ints = {value};
  return attribute;
}

Attribute ints_attribute(std::string name, std::vector<int64_t> values) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_INTS;
  attribute.ints = std::move(values);
  return attribute;
}

Attribute float_attribute(std::string name, float value) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_FLOAT;
  attribute.floats = {value};
  return attribute;
}

Attribute string_attribute(std::string name, std::string value) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_STRING;
  attribute.strings = {std::move(value)};
  return attribute;
}

Attribute tensor_attribute(std::string name, ConstantPtr value) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_TENSOR;
  attribute.tensor = std::move(value);
  return attribute;
}

const Attribute* Operator::attribute(const std::string& attribute_name) const {
  for (const Attribute& attribute : attributes)
    if (attribute.name == attribute_name) return &attribute;
  return nullptr;
}

AbiNode::AbiNode(const Operator& op, std::vector<bp_tensor_type_t> inputs,
                 std::vector<bp_tensor_type_t> outputs, const std::vector<ConstantPtr>& constants)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  add_constants(constants);
  attributes_.reserve(op.attributes.size());
  for (const Attribute& attribute : op.attributes) add_attribute(attribute);

  node_.struct_size = sizeof(node_);
  node_.since = op.since;
  node_.domain = op.domain.c_str();
  node_.op = op.op.c_str();
  node_.name = op.name.c_str();
  node_.input_count = static_cast<uint32_t>(inputs_.size());
  node_.output_count = static_cast<uint32_t>(outputs_.size());
  node_.attribute_count = static_cast<uint32_t>(attributes_.size());
  node_.inputs = inputs_.data();
  node_.outputs = outputs_.data();
  node_.attributes = attributes_.data();
  if (!constant_pointers_.empty()) node_.constants = constant_pointers_.data();
}

void AbiNode::add_constants(const std::vector<ConstantPtr>& constants) {
  if (constants.empty()) return;
  constants_.resize(inputs_.size());
  constant_pointers_.resize(inputs_.size());
  for (size_t i = 0; i < std::min(constants.size(), inputs_.size()); ++i) {
    if (constants[i] == nullptr) continue;
    constants_[i] = constants[i]->view();
    constant_pointers_[i] = &constants_[i];
  }
}

void AbiNode::add_attribute(const Attribute& attribute) {
  bp_attribute_t result = {attribute.name.c_str(), attribute.kind, 0, nullptr};
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      result.count = static_cast<uint32_t>(attribute.floats.size());
      result.data = attribute.floats.data();
      break;
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      result.count = static_cast<uint32_t>(attribute.ints.size());
      result.data = attribute.ints.data();
      break;
    case BP_ATTRIBUTE_STRING:
    case BP_ATTRIBUTE_STRINGS:
      add_strings(attribute.strings, result);
      break;
    case BP_ATTRIBUTE_TENSOR:
      add_tensor(attribute.tensor, result);
      break;
    default:
      break;
  }
  attributes_.push_back(result);
}

void AbiNode::add_strings(const std::vector<std::string>& strings, bp_attribute_t& result) {
  auto views = std::make_unique<std::vector<bp_string_t>>();
  for (const std::string& text : strings) views->push_back({text.c_str(), text.size()});
  result.count = static_cast<uint32_t>(views->size());
  result.data = views->data();
  attribute_strings_.push_back(std::move(views));
}

void AbiNode::add_tensor(const ConstantPtr& tensor, bp_attribute_t& result) {
  if (tensor == nullptr) return;
  attribute_tensors_.push_back(std::make_unique<bp_constant_t>(tensor->view()));
  result.count = 1;
  result.data = attribute_tensors_.back().get();
}

}  // namespace backplane::ops
