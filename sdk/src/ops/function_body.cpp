#include "ops/function_body.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

// Their parts move, compare and convert; a body of any other has arithmetic, which is as good as
// the operator's own in some types only, and may reduce, which is not said of no elements.
constexpr const char* kWithoutArithmetic[] = {"CastLike", "GreaterOrEqual", "LessOrEqual"};

bool has_arithmetic(const std::string& op) {
  return std::find(std::begin(kWithoutArithmetic), std::end(kWithoutArithmetic), op) ==
         std::end(kWithoutArithmetic);
}

template <class Element, size_t count>
size_t length(const Element (&list)[count]) {
  return static_cast<size_t>(
      std::find(std::begin(list), std::end(list), static_cast<Element>(nullptr)) - list);
}

bool holds(const BodyCondition& condition, const Inference& node) {
  switch (condition.kind) {
    case BodyCondition::Kind::kTextIs:
      return node.text(condition.name) == condition.text;
    case BodyCondition::Kind::kHasAttribute:
      return node.has_attribute(condition.name);
    case BodyCondition::Kind::kLacksAttribute:
      return !node.has_attribute(condition.name);
    case BodyCondition::Kind::kHasInput:
      return node.has_input(condition.input);
    case BodyCondition::Kind::kLacksInput:
      return !node.has_input(condition.input);
    case BodyCondition::Kind::kType:
      return node.input(condition.input).dtype == condition.dtype;
    default:
      return true;
  }
}

const FunctionBody* body_for(const Definition& definition, const Inference& node) {
  for (const FunctionBody* body = function_bodies(); body->op != nullptr; ++body)
    if (definition.op == body->op && is_current(definitions(), *body) &&
        std::all_of(std::begin(body->conditions), std::end(body->conditions),
                    [&node](const BodyCondition& each) { return holds(each, node); }))
      return body;
  return nullptr;
}

// The parts of one node, made out of its body.
class Writer {
 public:
  Writer(Decomposition& parts, const FunctionBody& body) : parts_(parts), body_(body) {
    for (uint32_t i = 0; i < length(body.inputs); ++i) names_[body.inputs[i]] = parts.input(i);
    names_[""] = "";
  }

  void write() {
    const std::vector<bool> is_used = used_nodes();
    for (size_t i = 0; i < body_.node_count; ++i)
      if (is_used[i]) names_[body_.nodes[i].output] = add(body_.nodes[i]);
    for (uint32_t i = 0; i < length(body_.outputs); ++i)
      if (!is_absent(parts_.output_type(i))) parts_.give(i, names_[body_.outputs[i]]);
  }

 private:
  // Those that the outputs of this node hang on.
  std::vector<bool> used_nodes() const {
    std::set<std::string> wanted;
    for (uint32_t i = 0; i < length(body_.outputs); ++i)
      if (!is_absent(parts_.output_type(i))) wanted.insert(body_.outputs[i]);
    std::vector<bool> is_used(body_.node_count);
    for (size_t i = body_.node_count; i-- > 0;) {
      const BodyNode& node = body_.nodes[i];
      is_used[i] = wanted.count(node.output) != 0;
      if (is_used[i]) wanted.insert(node.inputs, node.inputs + length(node.inputs));
    }
    return is_used;
  }

  std::string add(const BodyNode& node) {
    if (std::strcmp(node.op, "Constant") == 0)
      return parts_.constant(tensor_of(node.attributes[0]));
    std::vector<std::string> inputs;
    for (size_t i = 0; i < length(node.inputs); ++i) inputs.push_back(names_[node.inputs[i]]);
    return parts_.add(node.op, std::move(inputs), attributes_of(node));
  }

  std::vector<Attribute> attributes_of(const BodyNode& node) const {
    std::vector<Attribute> attributes;
    for (const BodyAttribute& each : node.attributes)
      if (each.name != nullptr &&
          (each.reference == nullptr || parts_.node().has_attribute(each.reference)))
        attributes.push_back(attribute_of(each));
    return attributes;
  }

  Attribute attribute_of(const BodyAttribute& from) const {
    Attribute attribute;
    attribute.name = from.name;
    attribute.kind = from.kind;
    if (from.kind == BP_ATTRIBUTE_STRING)
      attribute.strings = {parts_.node().text(from.reference)};
    else if (from.kind == BP_ATTRIBUTE_TENSOR)
      attribute.tensor = tensor_of(from);
    else if (from.kind == BP_ATTRIBUTE_FLOAT || from.kind == BP_ATTRIBUTE_FLOATS)
      attribute.floats = values_of<float>(from);
    else
      attribute.ints = values_of<int64_t>(from);
    return attribute;
  }

  ConstantPtr tensor_of(const BodyAttribute& attribute) const {
    return attribute.dtype == BP_DTYPE_FLOAT32 ? tensor_of<float>(attribute)
                                               : tensor_of<int64_t>(attribute);
  }

  template <class T>
  ConstantPtr tensor_of(const BodyAttribute& attribute) const {
    const std::vector<T> values = values_of<T>(attribute);
    const Shape shape(attribute.rank, static_cast<int64_t>(values.size()));
    return make_constant(tensor_type(attribute.dtype, shape), values.data());
  }

  template <class T>
  std::vector<T> values_of(const BodyAttribute& attribute) const {
    if (attribute.reference == nullptr) {
      std::vector<T> values(attribute.count);
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(attribute.values[i]);
      return values;
    }
    if constexpr (std::is_same_v<T, float>)
      return {parts_.node().number(attribute.reference)};
    else
      return parts_.node().integers(attribute.reference);
  }

  Decomposition& parts_;
  const FunctionBody& body_;
  std::map<std::string, std::string> names_;  // of the parts, by those that the body has
};

Status write_body(Decomposition& parts) {
  const FunctionBody* const body = body_for(parts.definition(), parts.node());
  if (body == nullptr) return parts.refuse("ONNX has no body for this form");
  if (has_arithmetic(body->op)) {
    Status status = only(parts, kReal);
    if (status.ok()) status = not_empty(parts);
    if (!status.ok()) return status;
  }
  Writer(parts, *body).write();
  return {};
}

}  // namespace

bool is_current(const Definitions& definitions, const FunctionBody& body) {
  return std::all_of(body.nodes, body.nodes + body.node_count, [&](const BodyNode& node) {
    if (std::strcmp(node.op, "Constant") == 0) return true;
    const Definition* const definition = definitions.find(node.op);
    return definition != nullptr && !definition->is_replaced() &&
           definition->version_in(body.opset) >= definition->form &&
           definition->version_in(body.opset) != 0;
  });
}

void decompose_by_bodies(Definitions& definitions) {
  for (const FunctionBody* body = function_bodies(); body->op != nullptr; ++body) {
    const Definition* const definition = definitions.find(body->op);
    const bool is_wanted = definition != nullptr && definition->decompose == nullptr &&
                           definition->newest() == body->since && is_current(definitions, *body);
    if (is_wanted) definitions.at(body->op).decomposes(write_body).has_body_of_onnx = true;
  }
}

}  // namespace backplane::ops
