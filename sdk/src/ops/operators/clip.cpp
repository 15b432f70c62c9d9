// Clip.
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

Status infer_clip(Inference& node) {
  for (uint32_t i = 1; i < node.input_count(); ++i) {
    Status status = node.check_scalar(i);
    if (!status.ok()) return status;
  }
  return node.set_shape(0, node.shape(0));
}

// Before version 11 the bounds were attributes, always float32; they take the data's type.
Status upgrade_clip(Rewrite& rewrite) {
  const char* const names[] = {"min", "max"};
  for (size_t i = 0; i < 2; ++i) {
    const std::optional<Attribute> bound = rewrite.take(names[i]);
    if (!bound.has_value()) continue;
    const bp_tensor_type_t* const type = rewrite.input_type(0);
    if (type == nullptr) return rewrite.needs_known("a bound takes the type of the input");
    const ConstantPtr value = make_scalar(type->dtype, bound->floats.front());
    if (value == nullptr) return invalid_argument("no bounds for " + to_text(*type));
    rewrite.set_input(i + 1, names[i], value);
  }
  return {};
}

}  // namespace

void define_clip(Definitions& definitions) {
  constexpr float kLargest = 3.402823466e+38f;
  definitions.add("Clip", {1, 6, 11, 12, 13})
      .input("input", 'T', kNumber)
      .input("min", 'T', kNumber, Presence::kOptional, from(11))
      .input("max", 'T', kNumber, Presence::kOptional, from(11))
      .output("output", 'T')
      .attribute("min", BP_ATTRIBUTE_FLOAT, Presence::kOptional, before(6))
      .attribute("max", BP_ATTRIBUTE_FLOAT, Presence::kOptional, before(6))
      .attribute(float_attribute("min", -kLargest), Versions{6, 11})
      .attribute(float_attribute("max", kLargest), Versions{6, 11})
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
      .form_since(11, upgrade_clip)
      .infers(infer_clip);
}

}  // namespace backplane::ops
