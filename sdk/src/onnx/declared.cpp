#include "onnx/declared.hpp"

#include <fmt/format.h>

#include "graph/typing.hpp"
#include "onnx/tensor.hpp"
#include "onnx/text.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

using format::TypeProto;

Result<int64_t> to_size(const format::TensorShapeProto::Dimension& dimension, graph::Graph* graph) {
  if (dimension.has_dim_param()) {
    const Status status = check_name("dimension", dimension.dim_param());
    if (!status.ok()) return status;
    return graph->unknown_size(dimension.dim_param());
  }
  if (!dimension.has_dim_value()) return graph->unknown_size("");
  if (dimension.dim_value() < 0)
    return corrupt(fmt::format("a dimension of size {}", dimension.dim_value()));
  return dimension.dim_value();
}

Result<DeclaredType> to_tensor(const TypeProto::Tensor& tensor, graph::Graph* graph) {
  DeclaredType declared;
  if (tensor.elem_type() != 0) {
    const Result<bp_dtype_t> dtype = to_dtype(tensor.elem_type());
    if (!dtype.ok()) return dtype.status();
    declared.type.dtype = *dtype;
  }
  if (!tensor.has_shape()) return declared;
  const format::TensorShapeProto& shape = tensor.shape();
  if (shape.dim_size() > static_cast<int>(BP_MAX_RANK))
    return refused(ops::kNoSchema,
                   fmt::format("rank {}, at most {} is possible", shape.dim_size(), BP_MAX_RANK));
  declared.has_shape = true;
  for (const auto& dimension : shape.dim()) {
    const Result<int64_t> size = to_size(dimension, graph);
    if (!size.ok()) return size.status();
    declared.type.shape[declared.type.rank++] = *size;
  }
  return declared;
}

Result<DeclaredType> to_declared(const TypeProto& type, graph::Graph* graph) {
  switch (type.value_case()) {
    case TypeProto::kTensorType:
      return to_tensor(type.tensor_type(), graph);
    case TypeProto::kSequenceType:
      return refused(ops::kSequence, "a sequence");
    case TypeProto::kOptionalType:
      return refused(ops::kSequence, "an optional");
    case TypeProto::kMapType:
      return refused(ops::kSequence, "a map");
    case TypeProto::kSparseTensorType:
      return refused(ops::kNoSchema, "a sparse tensor");
    default:
      return DeclaredType();
  }
}

bool same_shape(const DeclaredType& a, const DeclaredType& b) {
  bp_tensor_type_t of_same_dtype = b.type;
  of_same_dtype.dtype = a.type.dtype;
  return graph::agree(a.type, of_same_dtype);
}

// As far as both say something.
bool agree(const DeclaredType& a, const DeclaredType& b) {
  const bool same_dtype = is_absent(a.type) || is_absent(b.type) || a.type.dtype == b.type.dtype;
  return same_dtype && (!a.has_shape || !b.has_shape || same_shape(a, b));
}

// What either says; they agree.
DeclaredType merged(const DeclaredType& a, const DeclaredType& b) {
  DeclaredType result = a.has_shape ? a : b;
  result.type.dtype = is_absent(a.type) ? b.type.dtype : a.type.dtype;
  for (uint16_t axis = 0; a.has_shape && b.has_shape && axis < a.type.rank; ++axis)
    if (BP_DIM_IS_UNKNOWN(a.type.shape[axis])) result.type.shape[axis] = b.type.shape[axis];
  return result;
}

}  // namespace

std::string to_text(const DeclaredType& declared) {
  if (declared.is_whole()) return backplane::to_text(declared.type);
  if (declared.has_shape) return "any type " + backplane::to_text(shape_of(declared.type));
  if (!is_absent(declared.type)) return dtype_name(declared.type.dtype) + " of any shape";
  return "nothing";
}

Status Declarations::read(const format::GraphProto& proto, graph::Graph* graph) {
  Status status;
  for (int at = 0; at < proto.input_size() && status.ok(); ++at)
    status = add("input", proto.input(at), graph);
  for (int at = 0; at < proto.output_size() && status.ok(); ++at)
    status = add("output", proto.output(at), graph);
  for (int at = 0; at < proto.value_info_size() && status.ok(); ++at)
    status = add("value", proto.value_info(at), graph);
  return status;
}

DeclaredType Declarations::of(const std::string& name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? DeclaredType() : found->second;
}

Status Declarations::check(const std::string& name, const bp_tensor_type_t& type,
                           const char* source) const {
  const DeclaredType declared = of(name);
  if (agree(declared, DeclaredType{type, true})) return {};
  return corrupt(fmt::format("{} is declared {}, and {} gives {}", quoted(name), to_text(declared),
                             source, backplane::to_text(type)));
}

Status Declarations::add(const char* kind, const format::ValueInfoProto& info,
                         graph::Graph* graph) {
  Status name = check_name(kind, info.name());
  if (!name.ok()) return name;
  const std::string what = std::string(kind) + ' ' + quoted(info.name());
  const Result<DeclaredType> type = to_declared(info.type(), graph);
  if (!type.ok()) return about(type.status(), what);
  DeclaredType& known = types_.emplace(info.name(), *type).first->second;
  if (!agree(known, *type))
    return corrupt(
        fmt::format("{} is declared both {} and {}", what, to_text(known), to_text(*type)));
  known = merged(known, *type);
  return {};
}

}  // namespace backplane::onnx
