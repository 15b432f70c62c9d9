// Operators that draw at random: RandomUniform, RandomNormal, their Like forms, Bernoulli.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

constexpr Dtypes kDrawn = kIeee;  // bfloat16 came with version 22

// The attribute dtype, or `otherwise` without one.
Status set_said_dtype(Inference& node, bp_dtype_t otherwise, Dtypes allowed) {
  const int64_t said = node.has_attribute("dtype") ? node.integer("dtype") : otherwise;
  const auto dtype = static_cast<bp_dtype_t>(said);
  const bool is_dtype = said > 0 && said < 32 && is_known_dtype(dtype);
  if (!is_dtype || !contains(allowed, dtype))
    return invalid_argument(fmt::format("attribute dtype is {}", said));
  node.set_dtype(0, dtype);
  return {};
}

Status infer_random(Inference& node) {
  Status status = set_said_dtype(node, BP_DTYPE_FLOAT32, kDrawn);
  if (!status.ok()) return status;
  const std::vector<int64_t> shape = node.integers("shape");
  for (const int64_t size : shape)
    if (size < 0) return invalid_argument(fmt::format("attribute shape has a size of {}", size));
  return node.set_shape(0, shape);
}

Status infer_random_like(Inference& node) {
  Status status = set_said_dtype(node, node.input(0).dtype, kDrawn);
  return status.ok() ? node.set_shape(0, node.shape(0)) : status;
}

Status infer_bernoulli(Inference& node) {
  Status status = set_said_dtype(node, node.input(0).dtype, kFloat | kInteger | kBool);
  return status.ok() ? node.set_shape(0, node.shape(0)) : status;
}

void add_law(Definition& definition, const char* first, const char* second) {
  definition.attribute(float_attribute(first, 0.0f))
      .attribute(float_attribute(second, 1.0f))
      .attribute("seed", BP_ATTRIBUTE_FLOAT, Presence::kOptional)
      .draws_at_random()
      .widened_in(22);
}

void add_random(Definitions& definitions, const std::string& op, const char* first,
                const char* second) {
  add_law(definitions.add(op, {1})
              .output("output", 0)
              .attribute(int_attribute("dtype", BP_DTYPE_FLOAT32))
              .attribute("shape", BP_ATTRIBUTE_INTS, Presence::kRequired)
              .infers(infer_random),
          first, second);
  add_law(definitions.add(op + "Like", {1})
              .input("input", 0, kIeee | kInteger | kBool)
              .output("output", 0)
              .attribute("dtype", BP_ATTRIBUTE_INT, Presence::kOptional)
              .infers(infer_random_like),
          first, second);
}

}  // namespace

void define_random(Definitions& definitions) {
  add_random(definitions, "RandomUniform", "low", "high");
  add_random(definitions, "RandomNormal", "mean", "scale");
  definitions.add("Bernoulli", {15})
      .input("input", 0, kIeee)
      .output("output", 0)
      .attribute("dtype", BP_ATTRIBUTE_INT, Presence::kOptional)
      .attribute("seed", BP_ATTRIBUTE_FLOAT, Presence::kOptional)
      .draws_at_random()
      .widened_in(22)
      .infers(infer_bernoulli);
}

}  // namespace backplane::ops
