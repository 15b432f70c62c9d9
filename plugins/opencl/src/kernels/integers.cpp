#include "integers.hpp"

#include <cstring>

namespace backplane::opencl {

namespace {

template <class T>
int64_t value_at(const void* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(bytes) + index * sizeof value, sizeof value);
  return value;
}

}  // namespace

int64_t IntegerList::operator[](uint64_t index) const {
  return dtype == BP_DTYPE_INT32 ? value_at<int32_t>(bytes, index)
                                 : value_at<int64_t>(bytes, index);
}

Integers::Integers(const Node& node, uint32_t index, const char* attribute)
    : index_(index), is_brought_(node.has_input(index) && node.constant(index) == nullptr) {
  uint32_t count = 0;
  if (const bp_constant_t* constant = node.constant(index)) {
    flags_ = BP_ARGUMENT_FLAG_BAKED;
    is_there_ = true;
    const IntegerList list = {constant->data, constant->type.dtype,
                              plugin::element_count(constant->type)};
    for (uint64_t i = 0; i < list.count; ++i) values_.push_back(list[i]);
  } else if (is_brought_) {
    flags_ = BP_ARGUMENT_FLAG_HOST;
  } else if (attribute != nullptr) {
    const int64_t* values = node.ints_attribute(attribute, &count);
    is_there_ = values != nullptr;
    values_.assign(values, values + count);
  }
}

IntegerList Integers::list(const bp_tensor_t* inputs) const {
  if (!is_brought_)
    return {values_.data(), is_there_ ? bp_dtype_t{BP_DTYPE_INT64} : 0, values_.size()};
  const bp_tensor_t& brought = inputs[index_];
  return {brought.host, brought.type.dtype, plugin::element_count(brought.type)};
}

void check_integers(const Node& node, uint32_t index) {
  if (!node.has_input(index)) return;
  const bp_tensor_type_t& type = node.input(index);
  const std::string name = "input " + std::to_string(index);
  if ((type.dtype != BP_DTYPE_INT32 && type.dtype != BP_DTYPE_INT64) || type.rank > 1)
    refuse(node, name + " is no vector of int32 or int64");
  const bp_constant_t* constant = node.constant(index);
  if (constant != nullptr && constant->data == nullptr &&
      plugin::element_count(constant->type) != 0)
    refuse(node, name + " has too many values to be looked at");
}

bp_argument_flags_t unread_flags(const Node& node, uint32_t index) {
  if (!node.has_input(index)) return 0;
  return node.constant(index) != nullptr ? BP_ARGUMENT_FLAG_BAKED : BP_ARGUMENT_FLAG_HOST;
}

uint32_t named_axis(int64_t axis, uint32_t rank) {
  if (axis < 0) axis += rank;
  return axis >= 0 && axis < rank ? static_cast<uint32_t>(axis) : rank;
}

}  // namespace backplane::opencl
