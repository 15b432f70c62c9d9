// Two inputs that broadcast to each other: arithmetic, comparisons, logic; and Where.
#include "ops/broadcast.hpp"
#include "ops/inference.hpp"
#include "ops/legacy_broadcast.hpp"
#include "ops/rewrite.hpp"
#include "ops/schema.hpp"

namespace backplane::ops {
namespace {

void add_arithmetic(Definitions& definitions) {
  for (const char* op : {"Add", "Sub", "Mul", "Div"})
    add_legacy_broadcast(
        definitions.add(op, {1, 6, 7, 13, 14})
            .input("A", 'T', kNumber)
            .input("B", 'T', kNumber)
            .output("C", 'T')
            .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
            .form_since(7, upgrade_legacy_broadcast)
            .infers(infer_broadcast));
  add_legacy_broadcast(definitions.add("Pow", {1, 7, 12, 13, 15})
                           .input("X", 'T', kFloat | set_of({BP_DTYPE_INT32, BP_DTYPE_INT64}))
                           .input("Y", 0, kNumber)
                           .output("Z", 'T')
                           .form_since(7, upgrade_legacy_broadcast)
                           .infers(infer_broadcast));
  definitions.add("Mod", {10, 13})
      .input("A", 'T', kNumber)
      .input("B", 'T', kNumber)
      .output("C", 'T')
      .flag("fmod", false)
      .infers(infer_broadcast);
  definitions.add("BitShift", {11})
      .input("X", 'T', kUnsigned)
      .input("Y", 'T', kUnsigned)
      .output("Z", 'T')
      .attribute("direction", BP_ATTRIBUTE_STRING, Presence::kRequired)
      .infers(infer_broadcast);
}

Definition& add_question(Definitions& definitions, const char* op, std::vector<uint32_t> versions,
                         Dtypes types) {
  return definitions.add(op, std::move(versions))
      .input("A", 'T', types)
      .input("B", 'T', types)
      .output("C", 0, kBool)
      .infers(infer_broadcast);
}

void add_questions(Definitions& definitions) {
  const auto since_1 = [](Definition& definition) {
    add_legacy_broadcast(definition.form_since(7, upgrade_legacy_broadcast));
  };
  since_1(add_question(definitions, "Equal", {1, 7, 11, 13}, kAny).widened_in(19));
  since_1(add_question(definitions, "Greater", {1, 7, 9, 13}, kNumber));
  since_1(add_question(definitions, "Less", {1, 7, 9, 13}, kNumber));
  for (const char* op : {"And", "Or", "Xor"}) since_1(add_question(definitions, op, {1, 7}, kBool));
  for (const char* op : {"GreaterOrEqual", "LessOrEqual"})
    add_question(definitions, op, {12, 16}, kNumber);
}

// Before version 7 a slope of one axis belonged to the channels.
Status upgrade_prelu(Rewrite& rewrite) {
  const bp_tensor_type_t* const data = rewrite.input_type(0);
  const bp_tensor_type_t* const slope = rewrite.input_type(1);
  if (data == nullptr || slope == nullptr)
    return rewrite.needs_known("a slope for each channel needs the inputs' ranks");
  if (slope->rank != 1 || slope->shape[0] == 1 || data->rank < 3) return {};
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis <= data->rank - 2; ++axis) axes.push_back(axis);
  rewrite.before(1, make_operator("Unsqueeze", {}), "slope", make_int64_constant(axes));
  return {};
}

Status infer_prelu(Inference& node) {
  Status status = check_broadcast_to(node.shape(1), node.shape(0));
  return status.ok() ? node.set_shape(0, node.shape(0)) : status;
}

}  // namespace

void define_binary(Definitions& definitions) {
  add_arithmetic(definitions);
  add_questions(definitions);
  definitions.add("PRelu", {1, 6, 7, 9, 16})
      .input("X", 'T', kFloat | kWide)
      .input("slope", 'T', kFloat | kWide)
      .output("Y", 'T')
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
      .form_since(7, upgrade_prelu)
      .infers(infer_prelu);
  definitions.add("Where", {9, 16})
      .input("condition", 0, kBool)
      .input("X", 'T', kAny)
      .input("Y", 'T', kAny)
      .output("output", 'T')
      .infers(infer_broadcast);
}

}  // namespace backplane::ops
