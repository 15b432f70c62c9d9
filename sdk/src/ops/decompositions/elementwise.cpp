// Operators of one element each as arithmetic, Relu and Clip; sums and means of several tensors.
#include <cmath>
#include <cstring>

#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

Status neg(Decomposition& parts) {
  parts.give(0, times(parts, parts.input(0), -1));
  return {};
}

Status reciprocal(Decomposition& parts) {
  parts.give(0, parts.add("Div", {parts.scalar(1), parts.input(0)}));
  return {};
}

// `result`, from input 0 element by element; integers have no NaN to be kept.
void give_keeping_nan(Decomposition& parts, const std::string& result) {
  const bool has_nan = contains(kFloat, dtype_of(parts));
  parts.give(0, has_nan ? keep_nan(parts, result, parts.input(0)) : result);
}

Status abs(Decomposition& parts) {
  give_keeping_nan(parts, magnitude(parts, parts.input(0)));
  return {};
}

// x where it is above 0, x times `slope` where it is below: each time the other term is 0.
Status bend(Decomposition& parts, const std::string& slope) {
  const std::string depth = parts.add("Relu", {times(parts, parts.input(0), -1)});
  const std::string below = parts.add("Mul", {depth, slope});
  give_keeping_nan(parts, parts.add("Sub", {parts.add("Relu", {parts.input(0)}), below}));
  return {};
}

Status leaky_relu(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const float alpha = parts.node().number("alpha");
  if (!std::isfinite(alpha)) return parts.refuse("not with an alpha that is not finite");
  return bend(parts, parts.scalar(alpha));
}

template <class T>
bool are_finite(const void* data, uint64_t count) {
  const T* const values = static_cast<const T*>(data);
  for (uint64_t i = 0; i < count; ++i)
    if (!std::isfinite(values[i])) return false;
  return true;
}

bool are_finite(const bp_constant_t& constant) {
  const uint64_t count = *element_count(constant.type);
  if (constant.type.dtype == BP_DTYPE_FLOAT32) return are_finite<float>(constant.data, count);
  if (constant.type.dtype == BP_DTYPE_FLOAT64) return are_finite<double>(constant.data, count);
  return true;  // integers
}

// A slope that is not finite makes NaN of 0 times it, where x is not below 0. Those that are
// trained are constants; one that comes with a launch cannot be looked at, and is taken as finite.
Status prelu(Decomposition& parts) {
  Status status = only(parts, kReal | kIndex);
  if (!status.ok()) return status;
  if (parts.node().is_constant(1) && !are_finite(*parts.node().constant(1)))
    return parts.refuse("not with a slope that is not finite");
  return bend(parts, parts.input(1));
}

std::string clipped_line(Decomposition& parts, const std::string& slope_times_x, double shift) {
  const std::string line = parts.add("Add", {slope_times_x, parts.scalar(shift)});
  return parts.add("Clip", {line, parts.scalar(0), parts.scalar(1)});
}

Status hard_sigmoid(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const double alpha = double{parts.node().number("alpha")};
  const double beta = double{parts.node().number("beta")};
  parts.give(0, clipped_line(parts, times(parts, parts.input(0), alpha), beta));
  return {};
}

Status hard_swish(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const std::string share = parts.add("Div", {parts.input(0), parts.scalar(6)});
  parts.give(0, parts.add("Mul", {parts.input(0), clipped_line(parts, share, 0.5)}));
  return {};
}

Status softsign(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const std::string more = parts.add("Add", {magnitude(parts, parts.input(0)), parts.scalar(1)});
  parts.give(0, parts.add("Div", {parts.input(0), more}));
  return {};
}

std::string total(Decomposition& parts) {
  std::string value = parts.input(0);
  for (uint32_t i = 1; i < parts.node().input_count(); ++i)
    value = parts.add("Add", {value, parts.input(i)});
  return value;
}

Status sum(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (status.ok()) parts.give(0, total(parts));
  return status;
}

Status mean(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const uint32_t count = parts.node().input_count();
  const std::string value = total(parts);
  parts.give(0, count == 1 ? value : parts.add("Div", {value, parts.scalar(count)}));
  return {};
}

}  // namespace

void decompose_elementwise(Definitions& definitions) {
  definitions.at("Neg").decomposes(neg);
  definitions.at("Reciprocal").decomposes(reciprocal);
  definitions.at("Abs").decomposes(abs);
  definitions.at("LeakyRelu").decomposes(leaky_relu);
  definitions.at("PRelu").decomposes(prelu);
  definitions.at("HardSigmoid").decomposes(hard_sigmoid);
  definitions.at("HardSwish").decomposes(hard_swish);
  definitions.at("Softsign").decomposes(softsign);
  definitions.at("Sum").decomposes(sum);
  definitions.at("Mean").decomposes(mean);
}

}  // namespace backplane::ops
