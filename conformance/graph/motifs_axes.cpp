// What moves elements or gathers them along axes, and what looks like it and does nothing.
#include "graph/motifs.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kMostWidth = 36;  // of a matrix: sums over it stay small
constexpr int64_t kMostChannels = 8;

size_t pick_any(Draft* draft) { return draft->pick(draft->is_chance(2) ? 4 : 2); }

size_t transpose(Draft* draft, size_t x, const std::vector<int64_t>& order) {
  const std::vector<int64_t> from = draft->shape(x);
  std::vector<int64_t> shape;
  for (const int64_t axis : order) shape.push_back(from[static_cast<size_t>(axis)]);
  const size_t made = draft->node("Transpose", {x}, shape, draft->limit(x));
  draft->last().lists["perm"] = order;
  return made;
}

// To channels-last and back, with something between; or once, which makes another image.
size_t transposed_image(Draft* draft) {
  const size_t x = draft->pick(4);
  if (draft->is_chance(2))
    return transpose(draft, add_activation(draft, transpose(draft, x, {0, 2, 3, 1})), {0, 3, 1, 2});
  constexpr int64_t kOrders[][4] = {{0, 1, 3, 2}, {0, 2, 1, 3}, {0, 3, 1, 2}, {0, 2, 3, 1}};
  const auto& order = draft->one_of(kOrders);
  const size_t turned = transpose(draft, x, {std::begin(order), std::end(order)});
  return draft->shape(turned)[1] > kMostChannels ? x : turned;
}

size_t transposed_matrix(Draft* draft) {
  const size_t turned = transpose(draft, draft->pick(2), {1, 0});
  return transpose(draft, add_activation(draft, turned), {1, 0});
}

size_t reshape(Draft* draft, size_t x, const std::vector<int64_t>& shape) {
  std::vector<int64_t> wanted = shape;
  wanted[0] = 0;  // whatever the batch is
  const size_t made = draft->node("Reshape", {x, draft->add_index(wanted)}, shape, draft->limit(x));
  return made;
}

// An image as a matrix, a matrix as an image, an image of other sides.
size_t reshaped(Draft* draft) {
  const size_t x = pick_any(draft);
  const std::vector<int64_t> shape = draft->shape(x);
  if (shape.size() == 2) return reshape(draft, x, {shape[0], shape[1], 1, 1});
  const int64_t width = shape[1] * shape[2] * shape[3];
  if (width > kMostWidth) return reshape(draft, x, {shape[0], shape[1], shape[3], shape[2]});
  if (!draft->may_use("Flatten") || draft->is_chance(2))
    return reshape(draft, x, {shape[0], width});
  const size_t made = draft->node("Flatten", {x}, {shape[0], width}, draft->limit(x));
  draft->last().ints["axis"] = 1;
  return made;
}

size_t joined(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t y = draft->is_chance(4) ? x : add_activation(draft, x);
  std::vector<int64_t> shape = draft->shape(x);
  const auto axis = static_cast<size_t>(1 + draft->below(shape.size() - 1));
  shape[axis] *= 2;
  if (shape[axis] > kMostChannels) return y;
  const size_t made =
      draft->node("Concat", {x, y}, shape, std::max(draft->limit(x), draft->limit(y)));
  draft->last().ints["axis"] = static_cast<int64_t>(axis);
  return made;
}

size_t reduce(Draft* draft, const std::string& op) {
  const size_t x = pick_any(draft);
  std::vector<int64_t> shape = draft->shape(x);
  const bool is_image = shape.size() == 4;
  const std::vector<int64_t> axes =
      is_image && draft->is_chance(2) ? std::vector<int64_t>{2, 3} : std::vector<int64_t>{1};
  const bool keeps = axes.size() == 1 || draft->is_chance(2);
  double terms = 1;
  for (const int64_t axis : axes) {
    terms *= static_cast<double>(shape[static_cast<size_t>(axis)]);
    shape[static_cast<size_t>(axis)] = 1;
  }
  if (!keeps) shape.resize(2);
  std::vector<size_t> inputs = {x};
  if (op == "ReduceSum") inputs.push_back(draft->add_index(axes));
  const size_t made =
      draft->node(op, inputs, shape, draft->limit(x) * (op == "ReduceSum" ? terms : 1));
  if (op != "ReduceSum") draft->last().lists["axes"] = axes;
  draft->last().ints["keepdims"] = keeps ? 1 : 0;
  return made;
}

size_t reduced_sum(Draft* draft) { return reduce(draft, "ReduceSum"); }
size_t reduced_most(Draft* draft) { return reduce(draft, "ReduceMax"); }
size_t reduced_mean(Draft* draft) { return reduce(draft, "ReduceMean"); }

size_t global_pool(Draft* draft) {
  const size_t x = draft->pick(4);
  return draft->node("GlobalAveragePool", {x}, {draft->shape(x)[0], draft->shape(x)[1], 1, 1},
                     draft->limit(x));
}

size_t softmax(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t made = draft->node("Softmax", {x}, draft->shape(x), 1);
  draft->last().ints["axis"] = static_cast<int64_t>(1 + draft->below(draft->shape(x).size() - 1));
  return made;
}

// Gives what it gets.
size_t no_operation(Draft* draft) {
  const size_t x = pick_any(draft);
  const uint64_t kind = draft->below(4);
  if (kind == 0 && draft->may_use("Identity")) return draft->unary("Identity", x);
  if (kind == 1 && draft->may_use("Dropout")) return draft->unary("Dropout", x);
  if (kind == 2 && draft->may_use("Reshape")) return reshape(draft, x, draft->shape(x));
  if (!draft->may_use("Transpose")) return x;
  return draft->shape(x).size() == 2 ? transpose(draft, x, {0, 1})
                                     : transpose(draft, x, {0, 1, 2, 3});
}

}  // namespace

std::vector<Motif> axis_motifs() {
  return {
      {2, true, {"Transpose"}, transposed_image}, {1, true, {"Transpose"}, transposed_matrix},
      {2, true, {"Reshape"}, reshaped},           {2, true, {"Concat"}, joined},
      {1, true, {"ReduceSum"}, reduced_sum},      {1, true, {"ReduceMax"}, reduced_most},
      {1, false, {"ReduceMean"}, reduced_mean},   {1, false, {"GlobalAveragePool"}, global_pool},
      {2, false, {"Softmax"}, softmax},           {3, true, {}, no_operation},
  };
}

}  // namespace backplane::conformance
