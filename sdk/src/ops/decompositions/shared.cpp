#include "ops/decompositions/shared.hpp"

#include <cstring>

#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

constexpr int64_t kMostAtOnce = 16;  // inputs of one Concat

std::vector<int64_t> order_behind(const std::vector<bool>& folded) {
  std::vector<int64_t> order;
  for (const bool is_behind : {false, true})
    for (size_t axis = 0; axis < folded.size(); ++axis)
      if (folded[axis] == is_behind) order.push_back(static_cast<int64_t>(axis));
  return order;
}

bool is_sorted(const std::vector<int64_t>& order) {
  for (size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<int64_t>(i)) return false;
  return true;
}

}  // namespace

bp_dtype_t dtype_of(const Decomposition& parts) { return parts.node().input(0).dtype; }

Status only(const Decomposition& parts, Dtypes dtypes) {
  if (contains(dtypes, dtype_of(parts))) return {};
  return parts.refuse("not of " + dtype_name(dtype_of(parts)));
}

Status not_empty(const Decomposition& parts) {
  const Result<uint64_t> count = element_count(parts.node().input(0));
  return count.ok() && *count > 0 ? Status{} : parts.refuse("not of a tensor without elements");
}

void give_reshaped(Decomposition& parts, const std::string& value) {
  parts.give(0, parts.reshape(value, shape_of(parts.output_type(0))));
}

std::string times(Decomposition& parts, const std::string& value, double factor) {
  return parts.add("Mul", {value, parts.scalar(factor)});
}

std::string keep_nan(Decomposition& parts, const std::string& result, const std::string& x) {
  // Less zero, not plus: -0 stays what it is.
  return parts.add("Sub", {result, times(parts, parts.add("Sigmoid", {x}), 0)});
}

std::string magnitude(Decomposition& parts, const std::string& value) {
  if (contains(kUnsigned, dtype_of(parts))) return value;
  const std::string above = parts.add("Relu", {value});
  return parts.add("Add", {above, parts.add("Relu", {times(parts, value, -1)})});
}

std::string copies(Decomposition& parts, const std::string& value, int64_t count, size_t axis) {
  if (count == 1) return value;
  const int64_t each = count <= kMostAtOnce ? 1 : count / kMostAtOnce;
  std::vector<std::string> all(static_cast<size_t>(count / each), copies(parts, value, each, axis));
  const int64_t left = count % each;
  if (left > 0) all.push_back(copies(parts, value, left, axis));
  return parts.add("Concat", std::move(all), {int_attribute("axis", static_cast<int64_t>(axis))});
}

std::string stretched(Decomposition& parts, std::string value, Shape from, const Shape& to) {
  if (from.size() < to.size()) {
    from.insert(from.begin(), to.size() - from.size(), 1);
    value = parts.reshape(value, from);
  }
  for (size_t axis = to.size(); axis-- > 0;)
    if (from[axis] != to[axis]) value = copies(parts, value, to[axis], axis);
  return value;
}

std::string mirrored(Decomposition& parts, const std::string& value) {
  if (contains(kFloat, dtype_of(parts))) return times(parts, value, -1);
  const double centre = dtype_of(parts) == BP_DTYPE_UINT8 ? 255 : -1;
  return parts.add("Sub", {parts.scalar(centre), value});
}

ConstantPtr filled(bp_dtype_t dtype, const Shape& shape, const void* element) {
  const bp_tensor_type_t type = tensor_type(dtype, shape);
  const Result<uint64_t> size = byte_size(type);
  constexpr uint64_t kMost = uint64_t{1} << 28;
  if (!size.ok() || *size > kMost) return nullptr;
  const size_t step = dtype_bits(dtype) / 8;
  std::vector<char> bytes(*size);
  for (size_t at = 0; at < bytes.size(); at += step) std::memcpy(&bytes[at], element, step);
  return make_constant(type, bytes.data());
}

ConstantPtr rounded(bp_dtype_t dtype, const Shape& shape, const std::vector<double>& numbers) {
  const bp_tensor_type_t type = tensor_type(dtype, shape);
  if (dtype == BP_DTYPE_FLOAT64) return make_constant(type, numbers.data());
  const std::vector<float> singles(numbers.begin(), numbers.end());
  if (dtype == BP_DTYPE_FLOAT32) return make_constant(type, singles.data());
  std::vector<uint16_t> halves;
  halves.reserve(singles.size());
  for (const float single : singles)
    halves.push_back(dtype == BP_DTYPE_FLOAT16 ? to_float16(single) : to_bfloat16(single));
  return make_constant(type, halves.data());
}

Rows rows_of(Decomposition& parts, const std::string& value, const Shape& shape,
             const std::vector<bool>& folded) {
  Rows rows;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    (folded[axis] ? rows.length : rows.rows) *= shape[axis];
  const std::vector<int64_t> order = order_behind(folded);
  rows.value =
      is_sorted(order) ? value : parts.add("Transpose", {value}, {ints_attribute("perm", order)});
  rows.value = parts.reshape(rows.value, {rows.rows, rows.length});
  return rows;
}

std::string sum_of(Decomposition& parts, const Rows& rows) {
  if (rows.length == 1) return rows.value;
  const ConstantPtr one = make_scalar(dtype_of(parts), 1);
  const std::string ones = parts.constant(filled(dtype_of(parts), {rows.length, 1}, one->bytes()));
  return parts.add("MatMul", {rows.value, ones});
}

}  // namespace backplane::ops
