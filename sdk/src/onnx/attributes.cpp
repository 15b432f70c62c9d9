#include "onnx/attributes.hpp"

#include <fmt/format.h>

#include <set>

#include "onnx/tensor.hpp"
#include "onnx/text.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

using format::AttributeProto;

// The fields that hold something, each under the type that it belongs to.
std::set<int> types_with_values(const AttributeProto& attribute) {
  const std::pair<int, bool> fields[] = {
      {AttributeProto::FLOAT, attribute.has_f()},
      {AttributeProto::INT, attribute.has_i()},
      {AttributeProto::STRING, attribute.has_s()},
      {AttributeProto::TENSOR, attribute.has_t()},
      {AttributeProto::GRAPH, attribute.has_g()},
      {AttributeProto::SPARSE_TENSOR, attribute.has_sparse_tensor()},
      {AttributeProto::TYPE_PROTO, attribute.has_tp()},
      {AttributeProto::FLOATS, attribute.floats_size() != 0},
      {AttributeProto::INTS, attribute.ints_size() != 0},
      {AttributeProto::STRINGS, attribute.strings_size() != 0},
      {AttributeProto::TENSORS, attribute.tensors_size() != 0},
      {AttributeProto::GRAPHS, attribute.graphs_size() != 0},
      {AttributeProto::SPARSE_TENSORS, attribute.sparse_tensors_size() != 0},
      {AttributeProto::TYPE_PROTOS, attribute.type_protos_size() != 0}};
  std::set<int> types;
  for (const auto& [type, is_there] : fields)
    if (is_there) types.insert(type);
  return types;
}

Status check(const AttributeProto& attribute) {
  Status name = check_name("attribute", attribute.name());
  if (!name.ok()) return name;
  if (attribute.name().empty()) return corrupt("an attribute has no name");
  if (!attribute.ref_attr_name().empty())
    return corrupt("it refers to an attribute of a function, and the node is in none");
  if (!attribute.has_type() || attribute.type() == AttributeProto::UNDEFINED)
    return corrupt("it does not say its type");
  for (const int type : types_with_values(attribute))
    if (type != attribute.type())
      return corrupt("it has values of another type than the one that it says");
  return {};
}

// Types that the host does not read.
Status refusal(const AttributeProto& attribute) {
  switch (attribute.type()) {
    case AttributeProto::GRAPH:
    case AttributeProto::GRAPHS:
      return refused(ops::kControlFlow, "a body");
    case AttributeProto::TYPE_PROTO:
    case AttributeProto::TYPE_PROTOS:
      return refused(ops::kSequence, "an attribute that is a type");
    case AttributeProto::TENSORS:
      return refused(ops::kNoSchema, "an attribute that is a list of tensors");
    default:
      return refused(ops::kNoSchema, "an attribute that is a sparse tensor");
  }
}

Result<ops::Attribute> to_attribute(AttributeProto* attribute, ExternalFiles* files) {
  ops::Attribute result;
  result.name = attribute->name();
  result.kind = static_cast<bp_attribute_kind_t>(attribute->type());
  switch (attribute->type()) {
    case AttributeProto::FLOAT:  // writers that leave zeros out are believed
      result.floats = {attribute->f()};
      return result;
    case AttributeProto::INT:
      result.ints = {attribute->i()};
      return result;
    case AttributeProto::STRING:
      result.strings = {attribute->s()};
      return result;
    case AttributeProto::FLOATS:
      result.floats.assign(attribute->floats().begin(), attribute->floats().end());
      return result;
    case AttributeProto::INTS:
      result.ints.assign(attribute->ints().begin(), attribute->ints().end());
      return result;
    case AttributeProto::STRINGS:
      result.strings.assign(attribute->strings().begin(), attribute->strings().end());
      return result;
    case AttributeProto::TENSOR: {
      if (!attribute->has_t()) return corrupt("it has no tensor");
      Result<ops::ConstantPtr> tensor = to_constant(attribute->mutable_t(), files);
      if (!tensor.ok()) return tensor.status();
      result.tensor = tensor.take();
      return result;
    }
    default:
      return refusal(*attribute);
  }
}

}  // namespace

Result<std::vector<ops::Attribute>> to_attributes(format::NodeProto* node, ExternalFiles* files) {
  std::vector<ops::Attribute> attributes;
  std::set<std::string> names;
  for (AttributeProto& attribute : *node->mutable_attribute()) {
    const std::string what = "attribute " + quoted(attribute.name());
    const Status status = check(attribute);
    if (!status.ok()) return about(status, what);
    if (!names.insert(attribute.name()).second) return corrupt(what + " is there twice");
    Result<ops::Attribute> result = to_attribute(&attribute, files);
    if (!result.ok()) return about(result.status(), what);
    attributes.push_back(result.take());
  }
  return attributes;
}

}  // namespace backplane::onnx
