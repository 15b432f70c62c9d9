// Layers as models have them: a product or convolution, then a bias, an activation, a residual.
#include <algorithm>

#include "graph/motifs.hpp"

namespace backplane::conformance {
namespace {

// What follows the sum of a layer: most often all of it.
size_t finish(Draft* draft, size_t x, const std::vector<int64_t>& bias) {
  if (draft->may_use("Add") && !draft->is_chance(4))
    x = draft->binary("Add", x, draft->add_constant(bias));
  if (!draft->is_chance(3)) x = add_activation(draft, x);
  const char* residual = draft->is_chance(4) && draft->may_use("Sum") ? "Sum" : "Add";
  if (draft->may_use(residual) && draft->is_chance(3))
    x = draft->binary(residual, x, draft->like(x));
  return x;
}

// One for each column; or what only looks like it: one for each row, for all, for each element.
std::vector<int64_t> bias_of(Draft* draft, const std::vector<int64_t>& shape) {
  const uint64_t kind = draft->below(6);
  if (kind == 0 && draft->has_batch_constants()) return {shape[0], 1};
  if (kind == 1 && draft->has_batch_constants()) return shape;
  if (kind == 2) return {1};
  if (kind == 3) return {1, shape[1]};
  return {shape[1]};
}

// Square ones among them, where a transposition does not show in the shape.
int64_t width_after(Draft* draft, int64_t width) {
  constexpr int64_t kWidths[] = {1, 2, 3, 4, 8};
  if (draft->is_chance(3)) return width;
  return draft->is_chance(2) ? draft->batch() : draft->one_of(kWidths);
}

double limit_of_sum(const Draft& draft, size_t x, size_t weights, int64_t terms) {
  return static_cast<double>(terms) * draft.limit(x) * draft.limit(weights);
}

size_t matmul(Draft* draft) {
  const size_t x = draft->pick(2);
  const std::vector<int64_t> shape = draft->shape(x);
  // The batch decides nothing about structure.
  const int64_t width = draft->has_batch_constants() ? width_after(draft, shape[1]) : shape[1];
  const size_t weights = draft->add_constant({shape[1], width});
  const size_t product = draft->node("MatMul", {x, weights}, {shape[0], width},
                                     limit_of_sum(*draft, x, weights, shape[1]));
  return finish(draft, product, bias_of(draft, {shape[0], width}));
}

size_t gemm(Draft* draft) {
  const size_t x = draft->pick(2);
  const std::vector<int64_t> shape = draft->shape(x);
  const int64_t width = draft->has_batch_constants() ? width_after(draft, shape[1]) : shape[1];
  const bool is_transposed = draft->is_chance(2);
  const size_t weights = draft->add_constant(is_transposed ? std::vector<int64_t>{width, shape[1]}
                                                           : std::vector<int64_t>{shape[1], width});
  std::vector<size_t> inputs = {x, weights};
  if (draft->is_chance(3)) inputs.push_back(draft->add_constant({width}));
  const float alpha = draft->is_chance(3) ? 2.0f : 1.0f;
  const size_t product = draft->node("Gemm", inputs, {shape[0], width},
                                     2 * limit_of_sum(*draft, x, weights, shape[1]) + 4);
  draft->last().ints["transB"] = is_transposed ? 1 : 0;
  draft->last().floats["alpha"] = alpha;
  return finish(draft, product, bias_of(draft, {shape[0], width}));
}

// One for all channels, one for each, or two.
int64_t groups_of(Draft* draft, int64_t channels) {
  if (!draft->is_chance(3)) return 1;
  return channels % 2 == 0 && draft->is_chance(2) ? 2 : channels;
}

size_t convolve(Draft* draft, size_t x) {
  const std::vector<int64_t> shape = draft->shape(x);
  const int64_t window = draft->is_chance(2) ? 1 : 3;
  const int64_t stride = draft->is_chance(4) ? 2 : 1;
  const int64_t groups = groups_of(draft, shape[1]);
  const int64_t channels =
      draft->is_chance(2)
          ? shape[1]
          : groups * (1 + static_cast<int64_t>(draft->below(groups > 2 ? 1 : 4 / groups)));
  const auto side = [&](int64_t in) { return (in + window / 2 * 2 - window) / stride + 1; };
  const int64_t terms = shape[1] / groups * window * window;
  const size_t filters = draft->add_constant({channels, shape[1] / groups, window, window});
  std::vector<size_t> inputs = {x, filters};
  if (draft->is_chance(3)) inputs.push_back(draft->add_constant({channels}));
  const size_t sum =
      draft->node("Conv", inputs, {shape[0], channels, side(shape[2]), side(shape[3])},
                  limit_of_sum(*draft, x, filters, terms) + 3);
  draft->last().lists["kernel_shape"] = {window, window};
  draft->last().lists["pads"] = std::vector<int64_t>(4, window / 2);
  draft->last().lists["strides"] = {stride, stride};
  draft->last().ints["group"] = groups;
  return sum;
}

size_t conv(Draft* draft) {
  const size_t sum = convolve(draft, draft->pick(4));
  const std::vector<int64_t> shape = draft->shape(sum);
  // The image's width is no channel; [W] and [C,1,1] are not the same.
  return finish(
      draft, sum,
      draft->is_chance(4) ? std::vector<int64_t>{shape[3]} : std::vector<int64_t>{shape[1], 1, 1});
}

// Neighbours, which may hand each other images in a layout of their own.
size_t conv_chain(Draft* draft) {
  size_t x = draft->pick(4);
  for (uint64_t left = 2 + draft->below(2); left > 0; --left) {
    x = convolve(draft, draft->made_small(x));
    if (!draft->is_chance(3)) x = add_activation(draft, x);
  }
  return x;
}

size_t pool(Draft* draft, const char* op) {
  const size_t x = draft->pick(4);
  const std::vector<int64_t> shape = draft->shape(x);
  if (std::min(shape[2], shape[3]) < 3) return x;
  const size_t made =
      draft->node(op, {x}, {shape[0], shape[1], shape[2] - 1, shape[3] - 1}, draft->limit(x));
  draft->last().lists["kernel_shape"] = {2, 2};
  return made;
}

size_t max_pool(Draft* draft) { return pool(draft, "MaxPool"); }
size_t average_pool(Draft* draft) { return pool(draft, "AveragePool"); }

size_t normalise(Draft* draft, size_t x) {
  const std::vector<int64_t> shape = draft->shape(x);
  const std::vector<int64_t> channels = {shape[1]};
  const size_t scale = draft->add_constant(channels, 0.5f, 1.5f);
  const size_t shift = draft->add_constant(channels, -1, 1);
  const size_t mean = draft->add_constant(channels, -1, 1);
  const size_t variance = draft->add_constant(channels, 0.5f, 2);
  const size_t made = draft->node("BatchNormalization", {x, scale, shift, mean, variance}, shape,
                                  (draft->limit(x) + 1) * 2.2 + 1);
  draft->last().floats["epsilon"] = draft->is_chance(2) ? 1e-5f : 0.25f;
  return draft->may_use("Relu") && draft->is_chance(2) ? draft->unary("Relu", made) : made;
}

size_t normalisation(Draft* draft) {
  const bool has_layer = draft->is_chance(2) && draft->may_use("Conv");
  return normalise(draft, has_layer ? conv(draft) : draft->pick(4));
}

// Directly behind a convolution; now and then of what others read, too.
size_t normalised_conv(Draft* draft) {
  const size_t sum = convolve(draft, draft->pick(4));
  if (draft->is_chance(4)) draft->keep(sum);
  return normalise(draft, sum);
}

// One number for each place of axis 1, or for all; and what has as many numbers along another axis.
std::vector<int64_t> scale_shape(Draft* draft, const std::vector<int64_t>& shape) {
  const bool is_image = shape.size() == 4;
  const uint64_t kind = draft->below(6);
  if (kind == 0) return {};
  if (kind == 1 && is_image) return {shape[3]};
  if (kind == 2)
    return is_image ? std::vector<int64_t>{1, shape[1], 1, 1} : std::vector<int64_t>{1, shape[1]};
  return is_image ? std::vector<int64_t>{shape[1], 1, 1} : std::vector<int64_t>{shape[1]};
}

// A few products and sums with constants; now and then others read what is between.
size_t scale_channels(Draft* draft, size_t x) {
  constexpr const char* kSteps[] = {"Mul", "Add", "Mul", "Sub", "Div"};
  const double most = draft->is_half() ? 1 << 10 : 1 << 20;  // so that exact ones stay so
  for (uint64_t left = 1 + draft->below(3); left > 0; --left) {
    const char* op = draft->one_of(kSteps);
    const bool is_division = std::string(op) == "Div";
    if (!draft->may_use(op) || (is_division && draft->is_exact())) continue;
    if (draft->limit(x) > most || draft->is_chance(8)) draft->keep(x);
    if (draft->limit(x) > most) return x;
    const std::vector<int64_t> shape = scale_shape(draft, draft->shape(x));
    const size_t constant =
        draft->is_exact() ? draft->add_constant(shape) : draft->add_constant(shape, 0.5f, 1.5f);
    const bool is_first = !is_division && draft->is_chance(4);
    x = is_division ? draft->node(op, {x, constant}, draft->shape(x), 2 * draft->limit(x))
        : is_first  ? draft->binary(op, constant, x)
                    : draft->binary(op, x, constant);
  }
  return x;
}

size_t scaled_conv(Draft* draft) { return scale_channels(draft, convolve(draft, draft->pick(4))); }

size_t scaled_gemm(Draft* draft) { return scale_channels(draft, gemm(draft)); }

size_t scaled_normalisation(Draft* draft) {
  return scale_channels(draft, normalise(draft, draft->pick(4)));
}

}  // namespace

std::vector<Motif> layer_motifs() {
  return {
      {4, true, {"MatMul"}, matmul},
      {3, true, {"Gemm"}, gemm},
      {4, true, {"Conv"}, conv},
      {2, true, {"Conv", "Clip"}, conv_chain},
      {1, true, {"MaxPool"}, max_pool},
      {2, false, {"AveragePool"}, average_pool},
      {2, false, {"BatchNormalization"}, normalisation},
      {2, false, {"BatchNormalization", "Conv"}, normalised_conv},
      {2, true, {"Conv"}, scaled_conv},
      {1, true, {"Gemm"}, scaled_gemm},
      {1, false, {"BatchNormalization"}, scaled_normalisation},
  };
}

const std::vector<Motif>& motifs() {
  static const std::vector<Motif> all = [] {
    std::vector<Motif> together;
    for (const auto& some : {elementwise_motifs(), layer_motifs(), axis_motifs()})
      together.insert(together.end(), some.begin(), some.end());
    return together;
  }();
  return all;
}

}  // namespace backplane::conformance
