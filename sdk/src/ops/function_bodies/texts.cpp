#include "ops/function_bodies/texts.hpp"

#include <fmt/format.h>
#include <onnx/defs/tensor_proto_util.h>

#include <cmath>

#include "ops/function_body.hpp"

namespace backplane::ops::bodies {
namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using onnx::TensorProto;

// What stands in an attribute or a tensor.
struct Value {
  int kind = 0;  // AttributeProto's, which are the ABI's
  std::string reference;
  int dtype = 0;
  int rank = 0;
  std::vector<double> numbers;
};

template <class Numbers>
std::vector<double> doubles(const Numbers& numbers) {
  return {numbers.begin(), numbers.end()};
}

Result<Value> value_of(const TensorProto& tensor) {
  Value value = {AttributeProto::TENSOR, "", tensor.data_type(), tensor.dims_size(), {}};
  if (value.rank > 1) return unsupported("a constant of several axes");
  if (value.dtype == TensorProto::FLOAT)
    value.numbers = doubles(onnx::ParseData<float>(&tensor));
  else if (value.dtype == TensorProto::INT64)
    value.numbers = doubles(onnx::ParseData<int64_t>(&tensor));
  else
    return unsupported(fmt::format("a constant of type {}", value.dtype));
  return value;
}

Result<Value> value_of(const AttributeProto& attribute) {
  Value value = {attribute.type(), attribute.ref_attr_name(), 0, 0, {}};
  switch (attribute.type()) {
    case AttributeProto::INT:
      value.numbers = {static_cast<double>(attribute.i())};
      return value;
    case AttributeProto::FLOAT:
      value.numbers = {double{attribute.f()}};
      return value;
    case AttributeProto::INTS:
      value.numbers = doubles(attribute.ints());
      return value;
    case AttributeProto::STRING:
      if (!value.reference.empty()) return value;
      return unsupported("a text");
    case AttributeProto::TENSOR:
      return value_of(attribute.t());
    default:
      return unsupported(
          fmt::format("\"{}\" is a graph or a list of other things", attribute.name()));
  }
}

// "value_int" and its kin as the tensor that they mean.
void make_tensor(Value& value) {
  if (value.kind == AttributeProto::TENSOR) return;
  const bool is_float = value.kind == AttributeProto::FLOAT || value.kind == AttributeProto::FLOATS;
  const bool is_list = value.kind == AttributeProto::INTS || value.kind == AttributeProto::FLOATS;
  value.dtype = is_float ? TensorProto::FLOAT : TensorProto::INT64;
  value.rank = is_list ? 1 : 0;
  value.kind = AttributeProto::TENSOR;
}

void find_reference(Value& value, const Carried& carried) {
  const bool is_float = value.kind == AttributeProto::FLOAT || value.dtype == TensorProto::FLOAT;
  if (value.numbers.size() != 1 || is_float || !value.reference.empty()) return;
  const auto found = carried.find(static_cast<int64_t>(value.numbers.front()));
  if (found != carried.end()) value.reference = found->second;
}

Result<std::string> text_of(const std::string& name, const Value& value) {
  if (!value.reference.empty())
    return fmt::format("{{\"{}\", {}, \"{}\", {}, {}, 0, {{}}}}", name, value.kind, value.reference,
                       value.dtype, value.rank);
  if (value.numbers.size() > kMostBodyValues) return unsupported("a list of many numbers");
  for (const double number : value.numbers)
    if (!(std::fabs(number) < 0x1p53)) return unsupported("a number that is not exact here");
  return fmt::format("{{\"{}\", {}, nullptr, {}, {}, {}, {{{:.17g}}}}}", name, value.kind,
                     value.dtype, value.rank, value.numbers.size(), fmt::join(value.numbers, ", "));
}

// Results that hang on more than the inputs, and values that are no tensors.
Status check_op(const std::string& op) {
  for (const char* word : {"Random", "Multinomial", "Bernoulli"})
    if (op.find(word) != std::string::npos) return unsupported(op + " draws at random");
  for (const char* word : {"Sequence", "Optional", "String"})
    if (op.find(word) != std::string::npos) return unsupported(op + " is not of tensors");
  return {};
}

Result<std::string> attributes_text(const NodeProto& node, const Carried& carried) {
  if (static_cast<size_t>(node.attribute_size()) > kMostBodyAttributes)
    return unsupported(node.op_type() + " with many attributes");
  std::vector<std::string> texts;
  for (const AttributeProto& attribute : node.attribute()) {
    Result<Value> value = value_of(attribute);
    if (!value.ok()) return value.status().in(node.op_type());
    const bool is_constant = node.op_type() == "Constant";
    if (is_constant) make_tensor(*value);
    find_reference(*value, carried);
    const Result<std::string> text = text_of(is_constant ? "value" : attribute.name(), *value);
    if (!text.ok()) return text.status().in(node.op_type());
    texts.push_back(*text);
  }
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

}  // namespace

Result<std::string> names_text(const google::protobuf::RepeatedPtrField<std::string>& names,
                               size_t most) {
  if (static_cast<size_t>(names.size()) > most) return unsupported("many inputs or outputs");
  std::vector<std::string> texts;
  for (const std::string& name : names) texts.push_back('"' + name + '"');
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

Result<std::string> node_text(const NodeProto& node, const Carried& carried) {
  Status status = check_op(node.op_type());
  if (!status.ok()) return status;
  if (!node.domain().empty()) return unsupported("a part of domain " + node.domain());
  const Result<std::string> attributes = attributes_text(node, carried);
  if (!attributes.ok()) return attributes.status();
  if (node.output_size() != 1) return unsupported(node.op_type() + " with several outputs");
  const Result<std::string> inputs = names_text(node.input(), kMostBodyInputs);
  if (!inputs.ok()) return inputs.status().in(node.op_type());
  return fmt::format("{{\"{}\", {}, \"{}\", {}}}", node.op_type(), *inputs, node.output(0),
                     *attributes);
}

}  // namespace backplane::ops::bodies
