// What libonnx says of every version of every operator, against our definitions.
#include <gtest/gtest.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <set>

#include "ops/schema.hpp"

namespace backplane::ops {
namespace {

using Schemas = std::map<uint32_t, onnx::OpSchema>;  // by version; those in use

std::map<std::string, Schemas> schemas_of_known_operators() {
  std::map<std::string, Schemas> result;
  for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history())
    if (schema.domain().empty() && !schema.Deprecated() &&
        find_definition(schema.Name()) != nullptr)
      result[schema.Name()].emplace(static_cast<uint32_t>(schema.since_version()), schema);
  return result;
}

// "axis INT =1", "axes INTS", "perm INTS required"; of a tensor's default only that there is one.
std::string attribute_text(const std::string& name, int kind, bool required,
                           const std::string& standard) {
  const std::string kind_name = onnx::AttributeProto_AttributeType_Name(
      static_cast<onnx::AttributeProto_AttributeType>(kind));
  return name + " " + kind_name + (required ? " required" : "") +
         (standard.empty() ? "" : " =" + standard);
}

std::string default_text(const onnx::AttributeProto& value) {
  if (value.type() == onnx::AttributeProto::INT) return std::to_string(value.i());
  if (value.type() == onnx::AttributeProto::FLOAT) return std::to_string(value.f());
  if (value.type() == onnx::AttributeProto::STRING) return value.s();
  return "";
}

std::string default_text(const AttributeDefinition& attribute) {
  if (attribute.presence != Presence::kDefault) return "";
  if (attribute.value.kind == BP_ATTRIBUTE_INT) return std::to_string(attribute.value.ints.front());
  if (attribute.value.kind == BP_ATTRIBUTE_FLOAT)
    return std::to_string(attribute.value.floats.front());
  if (attribute.value.kind == BP_ATTRIBUTE_STRING) return attribute.value.strings.front();
  return "";
}

std::set<std::string> their_attributes(const onnx::OpSchema& schema) {
  std::set<std::string> result;
  for (const auto& entry : schema.attributes()) {
    const onnx::OpSchema::Attribute& attribute = entry.second;
    if (attribute.type == onnx::AttributeProto::SPARSE_TENSOR) continue;  // the reader refuses it
    const bool is_dead = attribute.name == "consumed_inputs";
    result.insert(attribute_text(attribute.name, attribute.type, attribute.required && !is_dead,
                                 default_text(attribute.default_value)));
  }
  return result;
}

std::set<std::string> our_attributes(const Definition& definition, uint32_t version) {
  std::set<std::string> result;
  for (const AttributeDefinition& attribute : definition.attributes)
    if (attribute.versions.hold(version))
      result.insert(attribute_text(attribute.value.name, static_cast<int>(attribute.value.kind),
                                   attribute.presence == Presence::kRequired,
                                   default_text(attribute)));
  return result;
}

// Types that are no dtype of ours (strings, complex numbers, sequences) are left out.
std::set<std::string> their_types(const onnx::OpSchema::FormalParameter& parameter) {
  const std::map<std::string, std::string> renamed = {{"tensor(float)", "float32"},
                                                      {"tensor(double)", "float64"}};
  std::set<std::string> result;
  for (const std::string* type : parameter.GetTypes()) {
    const auto known = renamed.find(*type);
    const bool is_tensor = type->rfind("tensor(", 0) == 0;
    const std::string name = known != renamed.end() ? known->second
                             : is_tensor            ? type->substr(7, type->size() - 8)
                                                    : "";
    if (!name.empty() && name != "string" && name.rfind("complex", 0) != 0) result.insert(name);
  }
  return result;
}

std::set<std::string> our_types(Dtypes types) {
  std::set<std::string> result;
  for (bp_dtype_t dtype = 0; dtype < 32; ++dtype)
    if (contains(types, dtype)) result.insert(dtype_name(dtype));
  return result;
}

std::string presence_text(bool optional, bool variadic) {
  return variadic ? "variadic" : optional ? "optional" : "required";
}

std::vector<std::string> their_presence(
    const std::vector<onnx::OpSchema::FormalParameter>& parameters) {
  std::vector<std::string> result;
  result.reserve(parameters.size());
  for (const onnx::OpSchema::FormalParameter& parameter : parameters)
    result.push_back(presence_text(parameter.GetOption() == onnx::OpSchema::Optional,
                                   parameter.GetOption() == onnx::OpSchema::Variadic));
  return result;
}

std::vector<std::string> our_presence(const std::vector<const Parameter*>& parameters) {
  std::vector<std::string> result;
  result.reserve(parameters.size());
  for (const Parameter* parameter : parameters)
    result.push_back(presence_text(parameter->presence == Presence::kOptional,
                                   parameter->presence == Presence::kVariadic));
  return result;
}

TEST(OnnxSchemas, EveryDefinitionHasTheVersionsOfItsSchema) {
  const auto schemas = schemas_of_known_operators();
  for (const auto& entry : definitions().all()) {
    ASSERT_EQ(schemas.count(entry.first), 1u) << entry.first << " is no operator of ONNX";
    std::vector<uint32_t> versions;
    for (const auto& schema : schemas.at(entry.first)) versions.push_back(schema.first);
    EXPECT_EQ(entry.second.versions, versions) << entry.first;
  }
}

struct Difference {
  const char* op;
  uint32_t version;
  const char* reason;
};

constexpr Difference kDifferentAttributes[] = {
    {"BatchNormalization", 1, "by its text, not its schema, one output alone is a test"},
    {"BatchNormalization", 6, "by its text, not its schema, one output alone is a test"},
    {"Concat", 1, "the default of axis is in its text, not in its schema"},
};

bool is_known_difference(const std::string& op, uint32_t version) {
  for (const Difference& difference : kDifferentAttributes)
    if (op == difference.op && version == difference.version) return true;
  return false;
}

TEST(OnnxSchemas, EveryVersionHasTheAttributesOfItsSchema) {
  for (const auto& entry : schemas_of_known_operators())
    for (const auto& [version, schema] : entry.second) {
      if (is_known_difference(entry.first, version)) continue;
      EXPECT_EQ(our_attributes(*find_definition(entry.first), version), their_attributes(schema))
          << entry.first << "-" << version;
    }
}

TEST(OnnxSchemas, EveryVersionHasTheInputsAndOutputsOfItsSchema) {
  for (const auto& entry : schemas_of_known_operators())
    for (const auto& [version, schema] : entry.second) {
      const Definition& definition = *find_definition(entry.first);
      EXPECT_EQ(our_presence(definition.inputs_of(version)), their_presence(schema.inputs()))
          << entry.first << "-" << version;
      EXPECT_EQ(our_presence(definition.outputs_of(version)), their_presence(schema.outputs()))
          << entry.first << "-" << version;
    }
}

TEST(OnnxSchemas, TheNewestFormTakesTheTypesOfItsSchema) {
  for (const auto& entry : schemas_of_known_operators()) {
    const Definition& definition = *find_definition(entry.first);
    const onnx::OpSchema& schema = entry.second.at(definition.newest());
    const auto inputs = definition.inputs_of(definition.newest());
    ASSERT_EQ(inputs.size(), schema.inputs().size()) << entry.first;
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_EQ(our_types(inputs[i]->types), their_types(schema.inputs()[i]))
          << entry.first << " " << inputs[i]->name;
      EXPECT_EQ(inputs[i]->name, schema.inputs()[i].GetName()) << entry.first;
    }
  }
}

}  // namespace
}  // namespace backplane::ops
