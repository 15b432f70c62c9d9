#include "onnx/tensor.hpp"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "onnx/text.hpp"
#include "ops/table.hpp"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is used as it is");

namespace backplane::onnx {
namespace {

constexpr int kString = 8;  // format::TensorProto::STRING

Result<bp_tensor_type_t> type_of(const format::TensorProto& tensor) {
  const Result<bp_dtype_t> dtype = to_dtype(tensor.data_type());
  if (!dtype.ok()) return dtype.status();
  if (tensor.dims_size() > static_cast<int>(BP_MAX_RANK))
    return refused(ops::kNoSchema,
                   fmt::format("rank {}, at most {} is possible", tensor.dims_size(), BP_MAX_RANK));
  for (int axis = 0; axis < tensor.dims_size(); ++axis)
    if (tensor.dims(axis) < 0)
      return corrupt(fmt::format("axis {} has size {}", axis, tensor.dims(axis)));
  return tensor_type(*dtype, Shape(tensor.dims().begin(), tensor.dims().end()));
}

// The fields that may hold values, and how many they hold.
struct Field {
  const char* name;
  int count;
};

Field typed_field(const format::TensorProto& tensor, bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return {"float_data", tensor.float_data_size()};
    case BP_DTYPE_FLOAT64:
      return {"double_data", tensor.double_data_size()};
    case BP_DTYPE_INT64:
      return {"int64_data", tensor.int64_data_size()};
    case BP_DTYPE_UINT32:
    case BP_DTYPE_UINT64:
      return {"uint64_data", tensor.uint64_data_size()};
    default:
      return {"int32_data", tensor.int32_data_size()};
  }
}

int values_in_all_fields(const format::TensorProto& tensor) {
  return tensor.float_data_size() + tensor.double_data_size() + tensor.int64_data_size() +
         tensor.uint64_data_size() + tensor.int32_data_size() + tensor.string_data_size();
}

ops::ConstantPtr around(const bp_tensor_type_t& type, std::shared_ptr<const void> bytes) {
  return std::make_shared<ops::Constant>(
      ops::Constant{type, std::move(bytes), ops::fresh_constant_id()});
}

Result<ops::ConstantPtr> copy_of(const bp_tensor_type_t& type, const void* bytes) {
  ops::ConstantPtr constant = ops::make_constant(type, bytes);
  if (constant == nullptr) return out_of_memory(to_text(type) + " does not fit into memory");
  return constant;
}

// A constant over bytes that exist, or a copy where they are not aligned to their element.
Result<ops::ConstantPtr> over(const bp_tensor_type_t& type, std::shared_ptr<const void> bytes) {
  const uint64_t element = (dtype_bits(type.dtype) + 7) / 8;
  if (reinterpret_cast<uintptr_t>(bytes.get()) % element != 0) return copy_of(type, bytes.get());
  return around(type, std::move(bytes));
}

// Bytes that no kernel need expect: a bool that is neither 0 nor 1, an odd last half byte.
Status check_bytes(const bp_tensor_type_t& type, const void* data, uint64_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  if (type.dtype == BP_DTYPE_BOOL)
    for (uint64_t at = 0; at < size; ++at)
      if (bytes[at] > 1) return corrupt(fmt::format("bool {} is {}", at, bytes[at]));
  if (dtype_bits(type.dtype) == 4 && *element_count(type) % 2 != 0 && bytes[size - 1] > 0x0f)
    return corrupt("the half byte after the last element is not 0");
  return {};
}

Result<ops::ConstantPtr> from_raw(const bp_tensor_type_t& type, uint64_t size,
                                  format::TensorProto* tensor) {
  if (tensor->raw_data().size() != size)
    return corrupt(fmt::format("{} is {} bytes, and raw_data has {}", to_text(type), size,
                               tensor->raw_data().size()));
  const Status status = check_bytes(type, tensor->raw_data().data(), size);
  if (!status.ok()) return status;
  const std::shared_ptr<const std::string> owner(tensor->release_raw_data());
  return over(type, std::shared_ptr<const void>(owner, owner->data()));
}

Result<ops::ConstantPtr> from_file(const bp_tensor_type_t& type, uint64_t size,
                                   const format::TensorProto& tensor, ExternalFiles* files) {
  Result<std::shared_ptr<const void>> bytes = files->bytes_of(tensor, size);
  if (!bytes.ok()) return bytes.status();
  if (size == 0) return copy_of(type, nullptr);
  const Status status = check_bytes(type, bytes->get(), size);
  if (!status.ok()) return status;
  return over(type, bytes.take());
}

// Values of a wider field as elements of type T, each within [T's least, most].
template <class T, class Values>
Result<ops::ConstantPtr> narrowed(const bp_tensor_type_t& type, const Values& values,
                                  T most = std::numeric_limits<T>::max()) {
  using Wide = typename Values::value_type;
  std::vector<T> elements;
  elements.reserve(static_cast<size_t>(values.size()));
  for (const Wide value : values) {
    if (value < static_cast<Wide>(std::numeric_limits<T>::lowest()) ||
        value > static_cast<Wide>(most))
      return corrupt(
          fmt::format("value {} is {}, no {}", elements.size(), value, dtype_name(type.dtype)));
    elements.push_back(static_cast<T>(value));
  }
  const Status status = check_bytes(type, elements.data(), elements.size() * sizeof(T));
  if (!status.ok()) return status;
  return copy_of(type, elements.data());
}

Result<ops::ConstantPtr> from_integers(const bp_tensor_type_t& type,
                                       const format::TensorProto& tensor) {
  switch (type.dtype) {
    case BP_DTYPE_INT32:
      return copy_of(type, tensor.int32_data().data());
    case BP_DTYPE_INT16:
      return narrowed<int16_t>(type, tensor.int32_data());
    case BP_DTYPE_INT8:
      return narrowed<int8_t>(type, tensor.int32_data());
    case BP_DTYPE_UINT16:
    case BP_DTYPE_FLOAT16:
    case BP_DTYPE_BFLOAT16:
      return narrowed<uint16_t>(type, tensor.int32_data());
    case BP_DTYPE_BOOL:
      return narrowed<uint8_t>(type, tensor.int32_data(), 1);
    default:  // one byte each, or two elements in one
      return narrowed<uint8_t>(type, tensor.int32_data());
  }
}

Result<ops::ConstantPtr> from_values(const bp_tensor_type_t& type,
                                     const format::TensorProto& tensor) {
  switch (type.dtype) {
    case BP_DTYPE_FLOAT32:
      return copy_of(type, tensor.float_data().data());
    case BP_DTYPE_FLOAT64:
      return copy_of(type, tensor.double_data().data());
    case BP_DTYPE_INT64:
      return copy_of(type, tensor.int64_data().data());
    case BP_DTYPE_UINT64:
      return copy_of(type, tensor.uint64_data().data());
    case BP_DTYPE_UINT32:
      return narrowed<uint32_t>(type, tensor.uint64_data());
    default:
      return from_integers(type, tensor);
  }
}

Status check_count(const bp_tensor_type_t& type, uint64_t size, const format::TensorProto& tensor) {
  const Field field = typed_field(tensor, type.dtype);
  if (field.count != values_in_all_fields(tensor))
    return corrupt(fmt::format("it has values in other fields than {}, where {} belongs",
                               field.name, dtype_name(type.dtype)));
  const uint64_t wanted = dtype_bits(type.dtype) == 4 ? size : *element_count(type);
  if (static_cast<uint64_t>(field.count) != wanted)
    return corrupt(fmt::format("{} has {} values, and {} has {}", to_text(type), wanted, field.name,
                               field.count));
  return {};
}

}  // namespace

Result<bp_dtype_t> to_dtype(int32_t value) {
  if (value == 0) return corrupt("it has no element type");
  if (value == kString) return refused(ops::kString, "a tensor of strings");
  if (value < 0 || !is_known_dtype(static_cast<bp_dtype_t>(value)))
    return refused(ops::kNoSchema, fmt::format("element type {} of the format", value));
  return static_cast<bp_dtype_t>(value);
}

Result<ops::ConstantPtr> to_constant(format::TensorProto* tensor, ExternalFiles* files) {
  const Result<bp_tensor_type_t> type = type_of(*tensor);
  if (!type.ok()) return type.status();
  if (tensor->has_segment()) return refused(ops::kNoSchema, "a tensor in segments");
  const Result<uint64_t> size = byte_size(*type);
  if (!size.ok()) return corrupt(size.status().text());
  const bool is_external = tensor->data_location() == format::TensorProto::EXTERNAL;
  const bool is_raw = tensor->has_raw_data();
  if ((is_external && is_raw) || ((is_external || is_raw) && values_in_all_fields(*tensor) != 0))
    return corrupt("its values are in two places");
  if (is_external) return from_file(*type, *size, *tensor, files);
  if (is_raw) return from_raw(*type, *size, tensor);
  const Status status = check_count(*type, *size, *tensor);
  if (!status.ok()) return status;
  return from_values(*type, *tensor);
}

}  // namespace backplane::onnx
