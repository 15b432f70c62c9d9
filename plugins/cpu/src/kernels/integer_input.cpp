#include "integer_input.hpp"

#include <string>

namespace backplane::cpu {

IntegerInput::IntegerInput(const Node& node, uint32_t index, const char* attribute)
    : index_(index) {
  if (node.has_input(index)) {
    const bp_constant_t* constant = node.constant(index);
    is_present_ = true;
    is_baked_ = constant != nullptr;
    is_brought_ = !is_baked_;
    if (is_baked_)
      copy({constant->data, constant->type.dtype,
            static_cast<int64_t>(element_count(constant->type))});
  } else if (attribute != nullptr) {
    uint32_t count = 0;
    const int64_t* values = node.ints_attribute(attribute, &count);
    is_present_ = values != nullptr;
    if (is_present_) values_.assign(values, values + count);
  }
}

IntegerView IntegerInput::view(const bp_tensor_t* inputs) const {
  if (!is_present_) return {};
  if (!is_brought_) return {values_.data(), BP_DTYPE_INT64, static_cast<int64_t>(values_.size())};
  const bp_tensor_t& brought = inputs[index_];
  return {brought.host, brought.type.dtype, static_cast<int64_t>(element_count(brought.type))};
}

bp_argument_flags_t IntegerInput::flags() const {
  if (is_baked_) return BP_ARGUMENT_FLAG_BAKED;
  return is_brought_ ? BP_ARGUMENT_FLAG_HOST : 0;
}

void IntegerInput::copy(const IntegerView& from) {
  for (int64_t i = 0; i < from.count; ++i) values_.push_back(from[i]);
}

void check_integers(const Node& node, uint32_t index, const char* name) {
  if (!node.has_input(index)) return;
  const bp_tensor_type_t& type = node.input(index);
  if ((type.dtype != BP_DTYPE_INT32 && type.dtype != BP_DTYPE_INT64) || type.rank > 1)
    refuse(node, std::string(name) + " is a vector of int32 or int64, not " + to_text(type));
  const bp_constant_t* constant = node.constant(index);
  if (constant != nullptr && constant->data == nullptr && element_count(constant->type) != 0)
    refuse(node, std::string(name) + " has " + std::to_string(element_count(constant->type)) +
                     " values, too many to be looked at");
}

bp_argument_flags_t unread_flags(const Node& node, uint32_t index) {
  return node.constant(index) != nullptr ? BP_ARGUMENT_FLAG_BAKED : BP_ARGUMENT_FLAG_HOST;
}

}  // namespace backplane::cpu
