#include "ops/function_bodies/contexts.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace backplane::ops::bodies {
namespace {

using onnx::AttributeProto;
using onnx::TensorProto;
using Change = std::function<void(Context&)>;
using Choice = std::vector<Change>;  // one of them happens to a context

constexpr int kElementTypes[] = {TensorProto::FLOAT,   TensorProto::UINT8,  TensorProto::INT8,
                                 TensorProto::UINT16,  TensorProto::INT16,  TensorProto::INT32,
                                 TensorProto::INT64,   TensorProto::BOOL,   TensorProto::FLOAT16,
                                 TensorProto::DOUBLE,  TensorProto::UINT32, TensorProto::UINT64,
                                 TensorProto::BFLOAT16};

// The body has the attribute's value in it; every node has the attribute.
Choice carries(const char* name) {
  return {[=](Context& context) { context.carried.emplace_back(name); }};
}

Choice may_carry(const char* name) {
  const auto condition = [=](const char* kind) {
    return fmt::format("{{BodyCondition::Kind::{}, \"{}\"}}", kind, name);
  };
  return {[=](Context& context) { context.conditions.push_back(condition("kLacksAttribute")); },
          [=](Context& context) {
            context.conditions.push_back(condition("kHasAttribute"));
            context.carried.emplace_back(name);
          }};
}

Choice texts(const char* name, const std::vector<std::string>& values) {
  Choice choice;
  for (const std::string& value : values)
    choice.push_back([=](Context& context) {
      context.conditions.push_back(
          fmt::format("{{BodyCondition::Kind::kTextIs, \"{}\", \"{}\"}}", name, value));
      AttributeProto* const attribute = context.node.add_attribute();
      attribute->set_name(name);
      attribute->set_type(AttributeProto::STRING);
      attribute->set_s(value);
    });
  return choice;
}

Choice may_have_input(int index) {
  const auto condition = [=](const char* kind) {
    return fmt::format("{{BodyCondition::Kind::{}, nullptr, nullptr, {}}}", kind, index);
  };
  return {[=](Context& context) {
            context.conditions.push_back(condition("kLacksInput"));
            context.node.set_input(index, "");
          },
          [=](Context& context) { context.conditions.push_back(condition("kHasInput")); }};
}

template <class Types>
Choice types_of_input(int index, const Types& types) {
  Choice choice;
  for (const int type : types)
    choice.push_back([=](Context& context) {
      context.conditions.push_back(
          fmt::format("{{BodyCondition::Kind::kType, nullptr, nullptr, {}, {}}}", index, type));
      context.types.at(static_cast<size_t>(index)).mutable_tensor_type()->set_elem_type(type);
    });
  return choice;
}

const std::map<std::string, std::vector<Choice>>& choices() {
  static const std::map<std::string, std::vector<Choice>> all = {
      {"Softmax", {carries("axis")}},
      {"LogSoftmax", {carries("axis")}},
      {"CastLike", {types_of_input(1, kElementTypes)}},
      {"NegativeLogLikelihoodLoss",
       {texts("reduction", {"none", "sum", "mean"}), may_carry("ignore_index"), may_have_input(2),
        types_of_input(0, std::vector<int>{TensorProto::FLOAT, TensorProto::DOUBLE})}},
      {"SoftmaxCrossEntropyLoss", {may_have_input(2)}}};
  return all;
}

Context plain_context(const onnx::OpSchema& schema) {
  Context context;
  context.node.set_op_type(schema.Name());
  for (const auto& input : schema.inputs()) {
    context.node.add_input(input.GetName());
    context.types.emplace_back().mutable_tensor_type()->set_elem_type(TensorProto::FLOAT);
  }
  for (const auto& output : schema.outputs()) context.node.add_output(output.GetName());
  return context;
}

}  // namespace

std::vector<Context> contexts_of(const onnx::OpSchema& schema) {
  const auto found = choices().find(schema.Name());
  if (found == choices().end()) return {};
  std::vector<Context> contexts = {plain_context(schema)};
  for (const Choice& choice : found->second) {
    std::vector<Context> more;
    for (const Context& context : contexts)
      for (const Change& change : choice) change(more.emplace_back(context));
    contexts = std::move(more);
  }
  return contexts;
}

}  // namespace backplane::ops::bodies
