#include "ops/testing_onnx.hpp"

#include <fstream>

namespace backplane::ops::testing {
namespace {

template <class T, class Field>
ConstantPtr from_field(const bp_tensor_type_t& type, const Field& field) {
  std::vector<T> values;
  for (const auto value : field) values.push_back(static_cast<T>(value));
  values.resize(*element_count(type));
  if constexpr (std::is_same_v<T, bool>) {
    const std::vector<uint8_t> bytes(values.begin(), values.end());
    return make_constant(type, bytes.data());
  } else {
    return make_constant(type, values.data());
  }
}

ConstantPtr from_fields(const bp_tensor_type_t& type, const onnx::TensorProto& tensor) {
  switch (type.dtype) {
    case BP_DTYPE_FLOAT32:
      return from_field<float>(type, tensor.float_data());
    case BP_DTYPE_FLOAT64:
      return from_field<double>(type, tensor.double_data());
    case BP_DTYPE_INT64:
      return from_field<int64_t>(type, tensor.int64_data());
    case BP_DTYPE_UINT64:
      return from_field<uint64_t>(type, tensor.uint64_data());
    case BP_DTYPE_UINT32:
      return from_field<uint32_t>(type, tensor.uint64_data());
    case BP_DTYPE_INT32:
      return from_field<int32_t>(type, tensor.int32_data());
    default:
      return dtype_bits(type.dtype) == 8 ? from_field<uint8_t>(type, tensor.int32_data())
                                         : from_field<uint16_t>(type, tensor.int32_data());
  }
}

std::optional<Attribute> attribute_from(const onnx::AttributeProto& proto) {
  Attribute attribute;
  attribute.name = proto.name();
  attribute.kind = static_cast<bp_attribute_kind_t>(proto.type());
  switch (proto.type()) {
    case onnx::AttributeProto::FLOAT:
      attribute.floats = {proto.f()};
      break;
    case onnx::AttributeProto::FLOATS:
      attribute.floats = {proto.floats().begin(), proto.floats().end()};
      break;
    case onnx::AttributeProto::INT:
      attribute.ints = {proto.i()};
      break;
    case onnx::AttributeProto::INTS:
      attribute.ints = {proto.ints().begin(), proto.ints().end()};
      break;
    case onnx::AttributeProto::STRING:
      attribute.strings = {proto.s()};
      break;
    case onnx::AttributeProto::STRINGS:
      attribute.strings = {proto.strings().begin(), proto.strings().end()};
      break;
    case onnx::AttributeProto::TENSOR:
      attribute.tensor = constant_from(proto.t());
      if (attribute.tensor == nullptr) return std::nullopt;
      break;
    default:
      return std::nullopt;
  }
  return attribute;
}

template <class Message>
Message read(const std::filesystem::path& path) {
  Message message;
  std::ifstream stream(path, std::ios::binary);
  if (!message.ParseFromIstream(&stream)) message.Clear();
  return message;
}

}  // namespace

std::optional<Draft> draft_from(const onnx::NodeProto& node) {
  Draft draft;
  draft.op.domain = node.domain();
  draft.op.op = node.op_type();
  draft.op.name = node.name();
  draft.inputs = {node.input().begin(), node.input().end()};
  draft.outputs = {node.output().begin(), node.output().end()};
  for (const onnx::AttributeProto& proto : node.attribute()) {
    std::optional<Attribute> attribute = attribute_from(proto);
    if (!attribute.has_value()) return std::nullopt;
    draft.op.attributes.push_back(std::move(*attribute));
  }
  return draft;
}

std::optional<bp_tensor_type_t> type_from(const onnx::TypeProto& type) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape()) return std::nullopt;
  Shape shape;
  for (const auto& dimension : type.tensor_type().shape().dim())
    shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
  const auto dtype = static_cast<bp_dtype_t>(type.tensor_type().elem_type());
  if (!is_known_dtype(dtype) || shape.size() > BP_MAX_RANK) return std::nullopt;
  return tensor_type(dtype, shape);
}

ConstantPtr constant_from(const onnx::TensorProto& tensor) {
  const auto dtype = static_cast<bp_dtype_t>(tensor.data_type());
  const Shape shape(tensor.dims().begin(), tensor.dims().end());
  if (!is_known_dtype(dtype) || shape.size() > BP_MAX_RANK) return nullptr;
  const bp_tensor_type_t type = tensor_type(dtype, shape);
  if (!tensor.has_raw_data()) return from_fields(type, tensor);
  return tensor.raw_data().size() == *byte_size(type)
             ? make_constant(type, tensor.raw_data().data())
             : nullptr;
}

onnx::ModelProto read_model(const std::filesystem::path& path) {
  return read<onnx::ModelProto>(path);
}

onnx::TensorProto read_tensor(const std::filesystem::path& path) {
  return read<onnx::TensorProto>(path);
}

uint32_t opset_of(const onnx::ModelProto& model) {
  for (const onnx::OperatorSetIdProto& opset : model.opset_import())
    if (opset.domain().empty() || opset.domain() == "ai.onnx")
      return static_cast<uint32_t>(opset.version());
  return 0;
}

}  // namespace backplane::ops::testing
