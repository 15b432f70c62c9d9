#include "models/model.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "compare/element.hpp"
#include "compare/format.hpp"
#include "onnx/reader.hpp"
#include "ops/reference.hpp"
#include "ops/table.hpp"
#include "problems/fill.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

// Elements of a constant that decide what a node does: shapes and indices; factors and bounds.
constexpr uint64_t kMostIntegers = 64;
constexpr uint64_t kMostFloats = 2;

const char* brief_of(bp_dtype_t dtype) {
  const char* name = dtype_brief(dtype);
  if (*name == '\0') throw NotDefined{"a tensor of type " + std::to_string(dtype)};
  return name;
}

std::string type_words(const bp_tensor_type_t& type) {
  std::string text = std::string(brief_of(type.dtype)) + "[";
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    text += (axis > 0 ? "," : "") + std::to_string(type.shape[axis]);
  return text + "]";
}

std::string number_words(double number, bool is_float) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", number);
  std::string words = text;
  if (is_float && words.find_first_not_of("-0123456789") == std::string::npos) words += ".0";
  return words;
}

std::string constant_words(const ops::Constant& constant) {
  std::string text = "=" + type_words(constant.type);
  const uint64_t count = element_count_of(constant.type);
  if (count > (is_float_type(constant.type.dtype) ? kMostFloats : kMostIntegers) || count == 0)
    return text;
  text += "(";
  for (uint64_t i = 0; i < count; ++i) {
    const Exact element =
        exact_element(constant.type.dtype, static_cast<const char*>(constant.bytes()), i);
    if (!is_finite(element)) return "=" + type_words(constant.type);
    text += (i > 0 ? "," : "") + number_words(static_cast<double>(element), false);
  }
  return text + ")";
}

std::string attribute_words(const ops::Attribute& attribute) {
  std::string text = " " + attribute.name + "=";
  std::vector<std::string> parts;
  switch (attribute.kind) {
    case BP_ATTRIBUTE_STRING:
      return text + attribute.strings.at(0);
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      for (int64_t number : attribute.ints) parts.push_back(std::to_string(number));
      break;
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      for (float number : attribute.floats)
        parts.push_back(number_words(static_cast<double>(number), true));
      break;
    default:
      throw NotDefined{"attribute " + attribute.name + " is no number, list of numbers or text"};
  }
  const bool is_list = attribute.kind == BP_ATTRIBUTE_INTS || attribute.kind == BP_ATTRIBUTE_FLOATS;
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ",") + part;
  return text + (is_list ? "[" + list + "]" : list);
}

// The constant that a ConstantOfShape of a known shape is: real models make weights with it.
ops::ConstantPtr filled(const ops::Operator& op, const bp_tensor_type_t& type) {
  const ops::Attribute* value = op.attribute("value");
  const Result<uint64_t> size = byte_size(type);
  if (value == nullptr || value->tensor == nullptr || !size.ok()) return nullptr;
  const std::string one(static_cast<const char*>(value->tensor->bytes()),
                        element_bytes(type.dtype));
  std::string bytes;
  bytes.reserve(*size);
  while (!one.empty() && bytes.size() < *size) bytes += one;
  return bytes.size() == *size ? ops::make_constant(type, bytes.data()) : nullptr;
}

// The types of all values with the open sizes of the inputs filled in.
Status fill_sizes(graph::Graph* graph, int64_t unknown_size) {
  const auto known = [unknown_size](bp_tensor_type_t type) {
    for (uint16_t axis = 0; axis < type.rank; ++axis)
      if (type.shape[axis] < 0) type.shape[axis] = unknown_size;
    return type;
  };
  for (graph::ValueId id : graph->inputs()) graph->set_type(id, known(graph->value(id).type));
  for (const graph::Node& node : graph->nodes()) {
    std::vector<bp_tensor_type_t> inputs;
    std::vector<ops::ConstantPtr> constants;
    for (graph::ValueId id : node.inputs) {
      inputs.push_back(id == BP_NONE ? bp_tensor_type_t{} : graph->value(id).type);
      constants.push_back(id == BP_NONE ? nullptr : graph->value(id).constant);
    }
    std::vector<bp_tensor_type_t> outputs(node.outputs.size());
    const ops::AbiNode abi(node.op, std::move(inputs), outputs, constants);
    if (!ops::infer(abi.node(), outputs.data()).ok()) continue;
    for (size_t i = 0; i < outputs.size(); ++i)
      if (node.outputs[i] != BP_NONE) graph->set_type(node.outputs[i], known(outputs[i]));
    const bool is_filled = node.op.op == "ConstantOfShape" && node.op.domain.empty();
    if (is_filled && constants[0] != nullptr && node.outputs[0] != BP_NONE)
      graph->set_constant(node.outputs[0], filled(node.op, outputs[0]));
  }
  return {};
}

std::vector<bp_tensor_type_t> input_types(const graph::Graph& graph, const graph::Node& node) {
  std::vector<bp_tensor_type_t> types;
  for (graph::ValueId id : node.inputs)
    types.push_back(id == BP_NONE ? bp_tensor_type_t{} : graph.value(id).type);
  return types;
}

Problem problem_of(const graph::Graph& graph, const graph::Node& node) {
  Result<Problem> problem = parse_problem(problem_text(graph, node, input_types(graph, node)));
  if (!problem.ok()) throw NotDefined{problem.status().text()};
  const Reference* reference = find_reference(problem->op);
  if (reference == nullptr) throw NotDefined{"there is no reference of " + problem->op};
  reference->infer(outline_of(*problem));
  return problem.take();
}

}  // namespace

Result<graph::Graph> read_model_of_size(const std::string& path, int64_t unknown_size) {
  Result<graph::Graph> graph = onnx::read_model_file(path, false);
  if (!graph.ok()) return graph.status();
  const Status status = fill_sizes(&*graph, unknown_size);
  if (!status.ok()) return status;
  return graph;
}

std::string problem_text(const graph::Graph& graph, const graph::Node& node,
                         const std::vector<bp_tensor_type_t>& input_types) {
  std::string text = node.op.op + " :";
  if (!node.op.domain.empty()) throw NotDefined{"an operator of domain " + node.op.domain};
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const graph::ValueId id = node.inputs[i];
    if (id == BP_NONE)
      text += " -";
    else if (graph.value(id).constant != nullptr)
      text += " " + constant_words(*graph.value(id).constant);
    else if (has_unknown_size(input_types[i]))
      throw NotDefined{"the sizes of " + graph.value(id).name + " hang on data"};
    else
      text += " " + type_words(input_types[i]);
  }
  for (const ops::Attribute& attribute : node.op.attributes) text += attribute_words(attribute);
  if (node.outputs.size() > 1) text += " outputs=" + std::to_string(node.outputs.size());
  return text;
}

bool is_constant(const graph::Graph& graph, const graph::Node& node) {
  return std::all_of(node.outputs.begin(), node.outputs.end(), [&graph](graph::ValueId id) {
    return id == BP_NONE || graph.value(id).constant != nullptr;
  });
}

std::string name_of(const graph::Graph& graph, const graph::Node& node) {
  const bool has_name = !node.op.name.empty() || node.outputs.empty() || node.outputs[0] == BP_NONE;
  const std::string& name = has_name ? node.op.name : graph.value(node.outputs[0]).name;
  return "node " + name + " (" + node.op.op + ")";
}

ModelProblems problems_of(const graph::Graph& graph) {
  ModelProblems all;
  for (const graph::Node& node : graph.nodes()) {
    if (is_constant(graph, node)) continue;
    try {
      Problem problem = problem_of(graph, node);
      if (++all.occurs[problem.id] == 1) all.problems.push_back(std::move(problem));
    } catch (const NotDefined& reason) {
      all.left_out.push_back(name_of(graph, node) + ": " + reason.text);
    }
  }
  return all;
}

}  // namespace backplane::conformance
