// Normalisations in two passes as they are written: a mean, then the mean of squared deviations.
#include <cmath>

#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

Status only_real(const Decomposition& parts) {
  Status status = only(parts, kReal);
  return status.ok() ? not_empty(parts) : status;
}

std::vector<int64_t> axes_from(size_t first, size_t rank) {
  std::vector<int64_t> axes;
  for (size_t axis = first; axis < rank; ++axis) axes.push_back(static_cast<int64_t>(axis));
  return axes;
}

std::string mean_over(Decomposition& parts, const std::string& value,
                      const std::vector<int64_t>& axes) {
  return parts.add("ReduceMean", {value},
                   {ints_attribute("axes", axes), int_attribute("keepdims", 1)});
}

struct Moments {
  std::string mean;
  std::string centred;
  std::string variance;
};

Moments moments_of(Decomposition& parts, const std::vector<int64_t>& axes) {
  Moments moments;
  moments.mean = mean_over(parts, parts.input(0), axes);
  moments.centred = parts.add("Sub", {parts.input(0), moments.mean});
  const std::string squares = parts.add("Mul", {moments.centred, moments.centred});
  moments.variance = mean_over(parts, squares, axes);
  return moments;
}

std::string inverse_deviation(Decomposition& parts, const std::string& variance) {
  const std::string epsilon = parts.scalar(double{parts.node().number("epsilon")});
  const std::string sum = parts.add("Add", {variance, epsilon});
  return parts.add("Div", {parts.scalar(1), parts.add("Sqrt", {sum})});
}

// Mean and InvStdDev are float32 whatever X is.
Status layer_normalization(Decomposition& parts) {
  Status status = only(parts, set_of({BP_DTYPE_FLOAT32}));
  if (status.ok()) status = not_empty(parts);
  if (status.ok() && parts.node().integer("stash_type") != BP_DTYPE_FLOAT32)
    status = parts.refuse("not with a stash_type but float32");
  if (!status.ok()) return status;
  const size_t rank = parts.node().rank(0);
  const size_t axis = *parts.node().axis(parts.node().integer("axis"), rank);
  const Moments moments = moments_of(parts, axes_from(axis, rank));
  const std::string inverse = inverse_deviation(parts, moments.variance);
  std::string y = parts.add("Mul", {moments.centred, inverse});
  y = parts.add("Mul", {y, parts.input(1)});
  if (parts.node().has_input(2)) y = parts.add("Add", {y, parts.input(2)});
  parts.give(0, y);
  if (!is_absent(parts.output_type(1))) parts.give(1, moments.mean);
  if (!is_absent(parts.output_type(2))) parts.give(2, inverse);
  return {};
}

// One element a channel, to be stretched over the axes behind the channels.
std::string of_channels(Decomposition& parts, uint32_t input) {
  Shape shape(parts.node().rank(0) - 1, 1);
  shape[0] = parts.node().input(0).shape[1];
  return parts.reshape(parts.input(input), shape);
}

// With the scale and the bias that are inputs 1 and 2.
void give_scaled(Decomposition& parts, const std::string& centred, const std::string& variance) {
  std::string y = parts.add("Mul", {centred, inverse_deviation(parts, variance)});
  y = parts.add("Mul", {y, of_channels(parts, 1)});
  parts.give(0, parts.add("Add", {y, of_channels(parts, 2)}));
}

Status instance_normalization(Decomposition& parts) {
  Status status = only_real(parts);
  const size_t rank = parts.node().rank(0);
  if (status.ok() && rank < 3) status = parts.refuse("not without axes of space");
  if (!status.ok()) return status;
  const Moments moments = moments_of(parts, axes_from(2, rank));
  give_scaled(parts, moments.centred, moments.variance);
  return {};
}

// What training keeps of a statistic: momentum times input `index`, the rest from the batch.
void give_running(Decomposition& parts, uint32_t output, uint32_t input, const std::string& batch) {
  if (is_absent(parts.output_type(output))) return;
  const double momentum = double{parts.node().number("momentum")};
  const std::string flat = parts.reshape(batch, {parts.node().input(0).shape[1]});
  const std::string kept = times(parts, parts.input(input), momentum);
  parts.give(output, parts.add("Add", {kept, times(parts, flat, 1 - momentum)}));
}

Status batch_normalization(Decomposition& parts) {
  Status status = only_real(parts);
  const size_t rank = parts.node().rank(0);
  if (status.ok() && rank < 2) status = parts.refuse("not without channels");
  for (uint32_t input = 1; status.ok() && input < 5; ++input)
    if (parts.node().input(input).dtype != dtype_of(parts))
      status = parts.refuse("not of several dtypes");
  if (!status.ok()) return status;
  if (parts.node().integer("training_mode") == 0) {
    const std::string centred = parts.add("Sub", {parts.input(0), of_channels(parts, 3)});
    give_scaled(parts, centred, of_channels(parts, 4));
    return {};
  }
  std::vector<int64_t> axes = axes_from(1, rank);
  axes[0] = 0;  // all but the channels
  const Moments moments = moments_of(parts, axes);
  give_scaled(parts, moments.centred, moments.variance);
  give_running(parts, 1, 3, moments.mean);
  give_running(parts, 2, 4, moments.variance);
  return {};
}

// With the 1e-9 that ONNX's own function adds to the deviation.
Status mean_variance_normalization(Decomposition& parts) {
  Status status = only_real(parts);
  if (!status.ok()) return status;
  const std::vector<int64_t> axes = parts.node().integers("axes");
  if (axes.empty()) return parts.refuse("not over no axes");
  const Moments moments = moments_of(parts, axes);
  const std::string deviation = parts.add("Sqrt", {moments.variance});
  const std::string divisor = parts.add("Add", {deviation, parts.scalar(1e-9)});
  parts.give(0, parts.add("Div", {moments.centred, divisor}));
  return {};
}

// The sizes or the squares of the elements, of which sum and root are the norm.
Result<std::string> terms_of_norm(Decomposition& parts) {
  const int64_t p = parts.node().integer("p");
  if (p == 1) return magnitude(parts, parts.input(0));
  if (p == 2) return parts.add("Mul", {parts.input(0), parts.input(0)});
  return parts.refuse("not with p = " + std::to_string(p));
}

Status lp_normalization(Decomposition& parts) {
  Status status = only_real(parts);
  const Result<std::string> terms = status.ok() ? terms_of_norm(parts) : status;
  if (!terms.ok()) return terms.status();
  Shape kept = parts.node().shape(0);
  const size_t axis = *parts.node().axis(parts.node().integer("axis"), kept.size());
  std::vector<bool> folded(kept.size());
  folded[axis] = true;
  std::string norm = sum_of(parts, rows_of(parts, *terms, kept, folded));
  if (parts.node().integer("p") == 2) norm = parts.add("Sqrt", {norm});
  kept[axis] = 1;
  parts.give(0, parts.add("Div", {parts.input(0), parts.reshape(norm, kept)}));
  return {};
}

// Sums of squares over neighbouring channels are `size` times what a pool along them gives, when it
// counts its padding; of an even size the odd channel is behind.
std::string mean_of_neighbours(Decomposition& parts, int64_t size) {
  const Shape shape = parts.node().shape(0);
  int64_t pixels = 1;
  for (size_t axis = 2; axis < shape.size(); ++axis) pixels *= shape[axis];
  const std::string squares = parts.add("Mul", {parts.input(0), parts.input(0)});
  const std::string pool =
      parts.add("AveragePool", {parts.reshape(squares, {shape[0], 1, shape[1], pixels})},
                {int_attribute("count_include_pad", 1), ints_attribute("kernel_shape", {size, 1}),
                 ints_attribute("pads", {(size - 1) / 2, 0, size / 2, 0})});
  return parts.reshape(pool, shape);
}

Status lrn(Decomposition& parts) {
  Status status = only_real(parts);
  const int64_t size = parts.node().integer("size");
  if (status.ok() && (parts.node().rank(0) < 2 || size < 1))
    status = parts.refuse("not without channels or neighbours");
  if (!status.ok()) return status;
  const std::string share =
      times(parts, mean_of_neighbours(parts, size), double{parts.node().number("alpha")});
  const std::string base =
      parts.add("Add", {share, parts.scalar(double{parts.node().number("bias")})});
  const std::string power =
      parts.add("Pow", {base, parts.scalar(double{parts.node().number("beta")})});
  parts.give(0, parts.add("Div", {parts.input(0), power}));
  return {};
}

}  // namespace

void decompose_normalization(Definitions& definitions) {
  definitions.at("LayerNormalization").decomposes(layer_normalization);
  definitions.at("BatchNormalization").decomposes(batch_normalization);
  definitions.at("InstanceNormalization").decomposes(instance_normalization);
  definitions.at("MeanVarianceNormalization").decomposes(mean_variance_normalization);
  definitions.at("LpNormalization").decomposes(lp_normalization);
  definitions.at("LRN").decomposes(lrn);
}

}  // namespace backplane::ops
