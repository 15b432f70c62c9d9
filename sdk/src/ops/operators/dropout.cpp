// Dropout.
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

Status infer_dropout(Inference& node) {
  for (uint32_t i = 1; i < node.input_count(); ++i) {
    Status status = node.check_scalar(i);
    if (!status.ok()) return status;
  }
  return infer_same_shape(node);
}

// Before version 10 the mask had the data's type.
Status cast_mask(Rewrite& rewrite) {
  const bp_tensor_type_t* data = rewrite.input_type(0);
  if (data == nullptr)
    return rewrite.refuse("the mask has the type of the data, which is not known");
  rewrite.after(1, make_operator("Cast", {int_attribute("to", data->dtype)}), "mask", nullptr);
  return {};
}

// Before version 7 `is_test` = 0 meant training; before 12 the ratio was an attribute.
Status upgrade_dropout(Rewrite& rewrite) {
  if (rewrite.version() < 7 && rewrite.take_int("is_test") == 0)
    return rewrite.refuse("is_test = 0 is training");
  const std::vector<std::string>& outputs = rewrite.node().outputs;
  rewrite.set_input(1, "ratio",
                    make_scalar(BP_DTYPE_FLOAT32, rewrite.take("ratio")->floats.front()));
  const bool has_old_mask = rewrite.version() < 10 && outputs.size() > 1 && !outputs[1].empty();
  return has_old_mask ? cast_mask(rewrite) : Status{};
}

}  // namespace

void define_dropout(Definitions& definitions) {
  definitions.add("Dropout", {1, 6, 7, 10, 12, 13})
      .input("data", 'T', kFloat)
      .input("ratio", 0, kIeee, Presence::kOptional, from(12))
      .input("training_mode", 0, kBool, Presence::kOptional, from(12))
      .output("output", 'T')
      .output("mask", 'T', 0, Presence::kOptional, before(10))
      .output("mask", 0, kBool, Presence::kOptional, from(10))
      .attribute("seed", BP_ATTRIBUTE_INT, Presence::kOptional, from(12))
      .attribute(float_attribute("ratio", 0.5f), before(12))
      .flag("is_test", false, before(7))
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
      .form_since(12, upgrade_dropout)
      .widened_in(22)
      .infers(infer_dropout);
}

}  // namespace backplane::ops
