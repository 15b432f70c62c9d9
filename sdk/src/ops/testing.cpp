#include "ops/testing.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "ops/schema.hpp"

namespace backplane::ops::testing {
namespace {

std::vector<int64_t> numbers_in(const std::string& text) {
  std::vector<int64_t> numbers;
  std::istringstream stream(text);
  for (std::string number; std::getline(stream, number, ',');)
    numbers.push_back(std::stoll(number));
  return numbers;
}

bp_dtype_t dtype_from(const std::string& name) {
  for (bp_dtype_t dtype = 1; dtype < 32; ++dtype)
    if (is_known_dtype(dtype) && dtype_name(dtype) == name) return dtype;
  return 99;
}

ConstantPtr integers(const std::string& dtype, const Shape& shape,
                     const std::vector<int64_t>& values) {
  if (dtype.empty() || dtype == "int64")
    return make_constant(tensor_type(BP_DTYPE_INT64, shape), values.data());
  const std::vector<int32_t> narrow(values.begin(), values.end());
  return make_constant(tensor_type(BP_DTYPE_INT32, shape), narrow.data());
}

ConstantPtr constant_from(const std::string& text) {
  const size_t vector = text.find('=');
  if (vector != std::string::npos) {
    const std::vector<int64_t> values = numbers_in(text.substr(vector + 1));
    return integers(text.substr(0, vector), {static_cast<int64_t>(values.size())}, values);
  }
  const size_t scalar = text.find(':');
  if (scalar == std::string::npos) return nullptr;
  return integers(text.substr(0, scalar), {}, {std::stoll(text.substr(scalar + 1))});
}

template <class T>
std::string joined(const std::vector<T>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

template <class T>
std::string elements(const Constant& constant, uint64_t count) {
  const T* const values = static_cast<const T*>(constant.bytes());
  return joined(std::vector<T>(values, values + count));
}

std::string status_text(const Status& status) {
  return std::string(status_name(status.code())) + " " + status.text();
}

std::string node_text(const Draft& node) {
  std::vector<std::string> attributes;
  for (const Attribute& attribute : node.op.attributes) attributes.push_back(text(attribute));
  std::string result = fmt::format("{}-{}({}) -> {}", node.op.op, node.op.since,
                                   fmt::join(node.inputs, ", "), fmt::join(node.outputs, ", "));
  if (!attributes.empty()) result += fmt::format(" {{{}}}", fmt::join(attributes, ", "));
  return result;
}

}  // namespace

std::string text(const bp_tensor_type_t& type) {
  if (is_absent(type)) return "absent";
  const Shape shape(type.shape, type.shape + std::min<uint32_t>(type.rank, BP_MAX_RANK));
  return fmt::format("{}[{}]", dtype_name(type.dtype), joined(shape));
}

bool says_as_much(const bp_tensor_type_t& ours, const bp_tensor_type_t& theirs) {
  bool same = ours.dtype == theirs.dtype && ours.rank == theirs.rank;
  for (uint16_t axis = 0; same && axis < ours.rank; ++axis)
    same = theirs.shape[axis] < 0 || ours.shape[axis] == theirs.shape[axis];
  return same;
}

bp_tensor_type_t type_from(const std::string& text) {
  if (text.empty()) return {};
  const size_t open = text.find('[');
  const std::string sizes = text.substr(open + 1, text.size() - open - 2);
  bp_tensor_type_t type = tensor_type(dtype_from(text.substr(0, open)), numbers_in(sizes));
  type.rank = static_cast<uint16_t>(numbers_in(sizes).size());
  return type;
}

Inputs inputs_from(const std::vector<std::string>& texts) {
  Inputs inputs;
  for (const std::string& text : texts) {
    inputs.constants.push_back(constant_from(text));
    const Constant* const constant = inputs.constants.back().get();
    inputs.types.push_back(constant != nullptr ? constant->type : type_from(text));
  }
  return inputs;
}

uint32_t newest_version(const std::string& op) {
  const Definition* const definition = find_definition(op);
  return definition != nullptr ? definition->newest() : 0;
}

namespace {

using Infer = Status (*)(const bp_node_t& node, bp_tensor_type_t* out_types);

std::string said(Infer infer, const InferCase& of) {
  Operator described;
  described.op = of.op;
  described.since = newest_version(of.op);
  described.attributes = of.attributes;
  const Inputs given = inputs_from(of.inputs);
  const AbiNode node(described, given.types, std::vector<bp_tensor_type_t>(of.output_count),
                     given.constants);
  std::vector<bp_tensor_type_t> outputs(of.output_count);
  Status status = infer(node.node(), outputs.data());
  if (!status.ok()) return status_text(status);
  std::vector<std::string> texts;
  for (const bp_tensor_type_t& output : outputs) texts.push_back(text(output));
  return fmt::format("{}", fmt::join(texts, " "));
}

void expect_said(Infer infer, const std::vector<InferCase>& cases) {
  for (const InferCase& each : cases)
    EXPECT_EQ(said(infer, each), each.expected)
        << each.op << "(" << fmt::format("{}", fmt::join(each.inputs, "; ")) << ")";
}

}  // namespace

std::string inferred(const std::string& op, const std::vector<std::string>& inputs,
                     std::vector<Attribute> attributes, size_t output_count) {
  return said(infer, {op, inputs, std::move(attributes), "", output_count});
}

void expect_inferred(const std::vector<InferCase>& cases) { expect_said(infer, cases); }

void expect_bounds(const std::vector<InferCase>& cases) { expect_said(infer_bounds, cases); }

std::string normalised(const Draft& draft, uint32_t opset, const std::vector<std::string>& types) {
  std::map<std::string, bp_tensor_type_t> known;
  for (size_t i = 0; i < types.size(); ++i)
    if (!types[i].empty()) known[draft.inputs[i]] = type_from(types[i]);
  Values values;
  values.type = [&](const std::string& name) {
    const auto found = known.find(name);
    return found == known.end() ? nullptr : &found->second;
  };
  values.constant = [](const std::string&) { return nullptr; };
  const Result<Normalised> result = normalise(draft, opset, values);
  if (!result.ok()) return status_text(result.status());
  std::vector<std::string> texts;
  for (const Draft& node : result->nodes) texts.push_back(node_text(node));
  for (const auto& constant : result->constants)
    texts.push_back(constant.first + " = " + text(*constant.second));
  return fmt::format("{}", fmt::join(texts, "; "));
}

void expect_normalised(const std::vector<NormaliseCase>& cases) {
  for (const NormaliseCase& each : cases)
    EXPECT_EQ(normalised(each.draft, each.opset, each.types), each.expected)
        << each.draft.op.op << " of opset " << each.opset;
}

Draft draft_of(const std::string& op, std::vector<std::string> inputs,
               std::vector<Attribute> attributes, std::vector<std::string> outputs) {
  Draft draft;
  draft.op.op = op;
  draft.op.attributes = std::move(attributes);
  draft.inputs = std::move(inputs);
  draft.outputs = std::move(outputs);
  return draft;
}

std::string text(const Attribute& attribute) {
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
      return fmt::format("{}={}", attribute.name, attribute.floats.front());
    case BP_ATTRIBUTE_INT:
      return fmt::format("{}={}", attribute.name, attribute.ints.front());
    case BP_ATTRIBUTE_STRING:
      return fmt::format("{}=\"{}\"", attribute.name, attribute.strings.front());
    case BP_ATTRIBUTE_TENSOR:
      return fmt::format("{}={}", attribute.name, text(*attribute.tensor));
    case BP_ATTRIBUTE_FLOATS:
      return fmt::format("{}=[{}]", attribute.name, joined(attribute.floats));
    case BP_ATTRIBUTE_INTS:
      return fmt::format("{}=[{}]", attribute.name, joined(attribute.ints));
    default:
      return fmt::format("{}=[{}]", attribute.name, joined(attribute.strings));
  }
}

std::string text(const Constant& constant) {
  const uint64_t count = *element_count(constant.type);
  std::string values = "...";
  if (constant.type.dtype == BP_DTYPE_INT64) values = elements<int64_t>(constant, count);
  if (constant.type.dtype == BP_DTYPE_FLOAT32) values = elements<float>(constant, count);
  if (constant.type.dtype == BP_DTYPE_FLOAT64) values = elements<double>(constant, count);
  if (constant.type.dtype == BP_DTYPE_FLOAT16) values = elements<uint16_t>(constant, count);
  return fmt::format("{}{{{}}}", text(constant.type), values);
}

Attribute floats_attribute(std::string name, std::vector<float> values) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = BP_ATTRIBUTE_FLOATS;
  attribute.floats = std::move(values);
  return attribute;
}

}  // namespace backplane::ops::testing
