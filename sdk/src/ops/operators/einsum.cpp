// Einsum: products summed over the axes that its equation leaves out.
#include <fmt/format.h>

#include <map>

#include "ops/broadcast.hpp"
#include "ops/equation.hpp"
#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

// Axes of a letter are of one size; those of an ellipsis stretch to each other.
Result<int64_t> together(Label label, int64_t a, int64_t b) {
  if (label < kEllipsis) return same_size(a, b);
  const Result<Shape> both = broadcast({{a}, {b}});
  if (!both.ok()) return both.status();
  return both->front();
}

Status infer_einsum(Inference& node) {
  std::vector<size_t> ranks;
  for (uint32_t i = 0; i < node.input_count(); ++i) ranks.push_back(node.rank(i));
  const Result<Equation> equation = parse_equation(node.text("equation"), ranks);
  if (!equation.ok()) return equation.status();
  std::map<Label, int64_t> sizes;
  for (uint32_t i = 0; i < node.input_count(); ++i)
    for (size_t axis = 0; axis < ranks[i]; ++axis) {
      const Label label = equation->inputs[i][axis];
      const auto [found, is_new] = sizes.emplace(label, node.input(i).shape[axis]);
      const Result<int64_t> size = together(label, found->second, node.input(i).shape[axis]);
      if (!size.ok()) return size.status().in(fmt::format("axis {} of input {}", axis, i));
      found->second = *size;
    }
  Shape shape;
  for (const Label label : equation->output) shape.push_back(sizes.at(label));
  return node.set_shape(0, shape);
}

}  // namespace

void define_einsum(Definitions& definitions) {
  definitions.add("Einsum", {12})
      .input("Inputs", 'T', kIeee | kInteger, Presence::kVariadic)
      .output("Output", 'T')
      .attribute("equation", BP_ATTRIBUTE_STRING, Presence::kRequired)
      .infers(infer_einsum);
}

}  // namespace backplane::ops
