#include "abi/node_damage.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace backplane::conformance {
namespace {

constexpr uint32_t kNumbers = 64;
constexpr bp_dtype_t kDtypes[] = {0, 2, 5, 7, 8, 9, 10, 11, 16, 21, 99, UINT32_MAX};
constexpr int64_t kSizes[] = {0,       -1,        -7,        INT64_MIN, 1,        3,
                              1000003, INT32_MAX, 1LL << 40, 1LL << 62, INT64_MAX};
constexpr struct {
  bp_attribute_kind_t value;
  const char* name;
  size_t size;  // of one
  bool is_list;
} kKinds[] = {{BP_ATTRIBUTE_FLOAT, "FLOAT", sizeof(float), false},
              {BP_ATTRIBUTE_INT, "INT", sizeof(int64_t), false},
              {BP_ATTRIBUTE_STRING, "STRING", sizeof(bp_string_t), false},
              {BP_ATTRIBUTE_TENSOR, "TENSOR", sizeof(bp_constant_t), false},
              {BP_ATTRIBUTE_FLOATS, "FLOATS", sizeof(float), true},
              {BP_ATTRIBUTE_INTS, "INTS", sizeof(int64_t), true},
              {BP_ATTRIBUTE_STRINGS, "STRINGS", sizeof(bp_string_t), true}};
constexpr int64_t kValues[] = {0, -1, 1, 9, INT64_MIN, INT64_MAX, INT32_MAX, -100, 1LL << 33};

bp_tensor_type_t vector_of_numbers() {
  bp_tensor_type_t type = {};
  type.dtype = BP_DTYPE_INT64;
  type.rank = 1;
  type.shape[0] = kNumbers;
  return type;
}

}  // namespace

DamagedNode::DamagedNode(const bp_node_t& node, Damage damage, std::mt19937_64& random)
    : random_(random),
      inputs_(node.inputs, node.inputs + node.input_count),
      outputs_(node.outputs, node.outputs + node.output_count),
      attributes_(node.attributes, node.attributes + node.attribute_count),
      constants_(node.input_count),
      numbers_(kNumbers),
      node_(node) {
  if (node.constants != nullptr) std::copy_n(node.constants, node.input_count, constants_.begin());
  for (int64_t& number : numbers_) number = kValues[below(std::size(kValues))];
  string_ = {"\xff no such word", 15};
  constexpr void (DamagedNode::*kDamages[])() = {
      &DamagedNode::damage_dtype,     &DamagedNode::damage_rank, &DamagedNode::damage_sizes,
      &DamagedNode::damage_attribute, &DamagedNode::damage_kind, &DamagedNode::damage_constant,
      &DamagedNode::damage_counts,    &DamagedNode::damage_names};
  (this->*kDamages[static_cast<size_t>(damage)])();
  node_.inputs = inputs_.data();
  node_.outputs = outputs_.data();
  node_.attributes = attributes_.data();
  node_.constants = constants_.data();
  node_.input_strides = nullptr;
  node_.input_count = static_cast<uint32_t>(inputs_.size());
  node_.output_count = static_cast<uint32_t>(outputs_.size());
  node_.attribute_count = static_cast<uint32_t>(attributes_.size());
}

bp_tensor_type_t& DamagedNode::some_type() {
  const size_t at = below(inputs_.size() + outputs_.size());
  const bool is_input = at < inputs_.size();
  const size_t index = is_input ? at : at - inputs_.size();
  what_ = (is_input ? "input " : "output ") + std::to_string(index);
  if (is_input) constants_[index] = nullptr;  // its value would be of another size
  return is_input ? inputs_[index] : outputs_[index];
}

void DamagedNode::damage_dtype() {
  bp_tensor_type_t& type = some_type();
  type.dtype = kDtypes[below(std::size(kDtypes))];
  what_ += " has dtype " + std::to_string(type.dtype);
}

void DamagedNode::damage_rank() {
  bp_tensor_type_t& type = some_type();
  type.rank = static_cast<uint16_t>(below(BP_MAX_RANK + 1));
  for (uint32_t axis = 0; axis < BP_MAX_RANK; ++axis)
    type.shape[axis] = axis < type.rank ? std::max<int64_t>(1, type.shape[axis]) : 0;
  what_ += " has rank " + std::to_string(type.rank);
}

void DamagedNode::damage_sizes() {
  bp_tensor_type_t& type = some_type();
  if (type.rank == 0) type.rank = 1;
  const size_t axis = below(type.rank);
  type.shape[axis] = kSizes[below(std::size(kSizes))];
  what_ += " has size " + std::to_string(type.shape[axis]) + " at axis " + std::to_string(axis);
}

void DamagedNode::damage_attribute() {
  if (attributes_.empty() || below(8) == 0) {
    attributes_.push_back({"no_such_attribute", BP_ATTRIBUTE_INTS, 3, numbers_.data()});
    what_ = "there is an attribute no_such_attribute";
    return;
  }
  const size_t at = below(attributes_.size());
  bp_attribute_t& one = attributes_[at];
  what_ = std::string("attribute ") + one.name;
  if (below(4) == 0) {
    what_ += " is left out";
    attributes_.erase(attributes_.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (one.kind == BP_ATTRIBUTE_STRING) {
    one.data = &string_;
    what_ += " is a string that nobody knows";
  } else if (one.kind == BP_ATTRIBUTE_INT) {
    one.data = numbers_.data();
    what_ += " is " + std::to_string(numbers_[0]);
  } else if (one.kind == BP_ATTRIBUTE_INTS) {
    one = {one.name, one.kind, static_cast<uint32_t>(below(12)), numbers_.data()};
    what_ +=
        " is a list of " + std::to_string(one.count) + ", the first " + std::to_string(numbers_[0]);
  }
}

// What is read beyond the data that the kind says meets a page that is nobody's.
void DamagedNode::damage_kind() {
  if (attributes_.empty())
    attributes_.push_back({"no_such_attribute", BP_ATTRIBUTE_INT, 1, numbers_.data()});
  bp_attribute_t& one = attributes_[below(attributes_.size())];
  size_t at = below(std::size(kKinds));
  if (kKinds[at].value == one.kind) at = (at + 1) % std::size(kKinds);
  const auto& kind = kKinds[at];
  const uint64_t count = kind.is_list ? below(12) : 1;
  what_ = std::string("attribute ") + one.name + " is of kind " + kind.name;
  constant_ = {vector_of_numbers(), numbers_.data(), 0};
  guarded_.emplace();
  char* const data = guarded_->at_end(count * kind.size);
  for (uint64_t i = 0; i < count; ++i)
    std::memcpy(data + i * kind.size, value_of(kind.value), kind.size);
  one = {one.name, kind.value, static_cast<uint32_t>(count), data};
}

const void* DamagedNode::value_of(bp_attribute_kind_t kind) const {
  switch (kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      return &real_;
    case BP_ATTRIBUTE_STRING:
    case BP_ATTRIBUTE_STRINGS:
      return &string_;
    case BP_ATTRIBUTE_TENSOR:
      return &constant_;
    default:
      return numbers_.data();
  }
}

void DamagedNode::damage_constant() {
  const size_t at = below(inputs_.size());
  bp_tensor_type_t type = {};
  type.dtype = below(4) == 0 ? BP_DTYPE_INT32 : BP_DTYPE_INT64;
  type.rank = 1;
  type.shape[0] = static_cast<int64_t>(below(12));
  inputs_[at] = type;
  constant_ = {type, numbers_.data(), 0};
  constants_[at] = &constant_;
  what_ = "input " + std::to_string(at) + " is a constant of " + std::to_string(type.shape[0]) +
          " integers, the first " + std::to_string(numbers_[0]);
}

void DamagedNode::damage_counts() {
  const bool is_input = below(2) == 0;
  std::vector<bp_tensor_type_t>& types = is_input ? inputs_ : outputs_;
  if (below(2) == 0 && !types.empty())
    types.pop_back();
  else
    types.insert(types.end(), 1 + below(40), outputs_.empty() ? bp_tensor_type_t{} : outputs_[0]);
  constants_.resize(inputs_.size());
  what_ = "there are " + std::to_string(types.size()) + (is_input ? " inputs" : " outputs");
}

void DamagedNode::damage_names() {
  static const std::string long_name(10000, 'x');
  switch (below(5)) {
    case 0:
      node_.since = static_cast<uint32_t>(random_());
      what_ = "since is " + std::to_string(node_.since);
      return;
    case 1:
      node_.since = 0;
      what_ = "since is 0";
      return;
    case 2:
      node_.op = long_name.c_str();
      what_ = "the operator's name has 10,000 letters";
      return;
    case 3:
      node_.op = "%s%n";
      what_ = "the operator is called %s%n";
      return;
    default:
      node_.domain = long_name.c_str();
      node_.name = long_name.c_str();
      what_ = "the domain has 10,000 letters";
  }
}

}  // namespace backplane::conformance
