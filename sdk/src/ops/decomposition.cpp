#include "ops/decomposition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

constexpr bp_tensor_type_t kUnwanted = {};

std::string output_name(uint32_t index) { return fmt::format("out{}", index); }

const Definition* decomposable(const std::string& domain, const std::string& op, uint32_t since) {
  const Definition* const definition = domain.empty() ? find_definition(op) : nullptr;
  const bool is_known =
      definition != nullptr && definition->decompose != nullptr && since >= definition->form;
  return is_known ? definition : nullptr;
}

bool gives(const Parts& parts, const std::string& name) {
  return std::any_of(parts.nodes.begin(), parts.nodes.end(), [&name](const Draft& draft) {
    return std::find(draft.outputs.begin(), draft.outputs.end(), name) != draft.outputs.end();
  });
}

Status check_outputs(const bp_node_t& node, const Parts& parts) {
  for (uint32_t i = 0; i < node.output_count; ++i)
    if (!is_absent(node.outputs[i]) && !gives(parts, output_name(i)))
      return internal(fmt::format("the decomposition of {} leaves output {} out", node.op, i));
  return {};
}

}  // namespace

Decomposition::Decomposition(const bp_node_t& node, const Definition& definition)
    : node_(node), definition_(definition), inference_(node, definition) {}

const bp_tensor_type_t& Decomposition::output_type(uint32_t index) const {
  return index < node_.output_count ? node_.outputs[index] : kUnwanted;
}

std::string Decomposition::input(uint32_t index) const {
  return inference_.has_input(index) ? fmt::format("in{}", index) : "";
}

std::string Decomposition::add(const char* op, std::vector<std::string> inputs,
                               std::vector<Attribute> attributes) {
  Draft draft;
  draft.op.op = op;
  draft.op.attributes = std::move(attributes);
  draft.inputs = std::move(inputs);
  draft.outputs = {fmt::format("part{}", parts_.nodes.size())};
  parts_.nodes.push_back(std::move(draft));
  return parts_.nodes.back().outputs.front();
}

std::string Decomposition::constant(ConstantPtr value) {
  parts_.constants.emplace_back(fmt::format("constant{}", parts_.constants.size()),
                                std::move(value));
  return parts_.constants.back().first;
}

std::string Decomposition::scalar(double value) {
  const bp_dtype_t dtype = inference_.input(0).dtype;
  return constant(dtype == BP_DTYPE_FLOAT64 ? make_constant(tensor_type(dtype, {}), &value)
                                            : make_scalar(dtype, static_cast<float>(value)));
}

std::string Decomposition::integers(const std::vector<int64_t>& values) {
  return constant(make_int64_constant(values));
}

std::string Decomposition::reshape(std::string value, const std::vector<int64_t>& sizes) {
  const bool has_zero = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  return add("Reshape", {std::move(value), integers(sizes)},
             {int_attribute("allowzero", has_zero ? 1 : 0)});
}

void Decomposition::give(uint32_t output, const std::string& value) {
  if (is_absent(output_type(output)) || rename(value, output_name(output))) return;
  const std::string same = reshape(value, shape_of(output_type(output)));
  rename(same, output_name(output));
}

bool Decomposition::rename(const std::string& value, const std::string& name) {
  if (value.rfind("part", 0) != 0 || !gives(parts_, value)) return false;
  for (Draft& draft : parts_.nodes) {
    std::replace(draft.inputs.begin(), draft.inputs.end(), value, name);
    std::replace(draft.outputs.begin(), draft.outputs.end(), value, name);
  }
  return true;
}

Status Decomposition::refuse(const std::string& text) const {
  return unsupported(fmt::format("{} has no decomposition here: {}", definition_.op, text));
}

Parts Decomposition::take() && { return std::move(parts_); }

bool has_decomposition(const Operator& op) {
  return decomposable(op.domain, op.op, op.since) != nullptr;
}

const char* origin_of_decomposition(const Operator& op) {
  const Definition* const definition = decomposable(op.domain, op.op, op.since);
  const bool is_of_onnx = definition != nullptr && definition->has_body_of_onnx;
  return is_of_onnx ? "ONNX's own body" : "by hand";
}

Result<std::optional<Parts>> decompose(const bp_node_t& node) {
  const Definition* const definition = decomposable(node.domain, node.op, node.since);
  if (definition == nullptr) return std::optional<Parts>();
  Decomposition decomposition(node, *definition);
  Status status = definition->decompose(decomposition);
  if (!status.ok()) return status;
  Parts parts = std::move(decomposition).take();
  status = check_outputs(node, parts);
  if (!status.ok()) return status;
  return std::optional<Parts>(std::move(parts));
}

}  // namespace backplane::ops
