// Operators that go through a sequence step by step: RNN, LSTM, GRU.
#include <fmt/format.h>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

enum RecurrentInput : uint32_t { kSequence, kWeights, kRecurrence };

Result<int64_t> directions_of(const Inference& node) {
  const std::string direction = node.text("direction");
  if (direction == "bidirectional") return int64_t{2};
  if (direction == "forward" || direction == "reverse") return int64_t{1};
  return invalid_argument(
      fmt::format("direction \"{}\" is none of forward, reverse, bidirectional", direction));
}

Result<int64_t> hidden_size(const Inference& node) {
  const int64_t told = node.shape(kRecurrence).back();
  if (!node.has_attribute("hidden_size")) return told;
  const int64_t said = node.integer("hidden_size");
  if (said < 1) return invalid_argument(fmt::format("a hidden_size of {}", said));
  const Result<int64_t> hidden = same_size(told, said);
  if (hidden.ok()) return hidden;
  return hidden.status().in("hidden_size");
}

Status check_ranks(const Inference& node) {
  for (const uint32_t i : {kSequence, kWeights, kRecurrence})
    if (node.rank(i) != 3)
      return invalid_argument(
          fmt::format("input {} has three axes, found {}", i, to_text(node.input(i))));
  return {};
}

Status infer_recurrent(Inference& node) {
  Status status = check_ranks(node);
  if (!status.ok()) return status;
  const Result<int64_t> directions = directions_of(node);
  if (!directions.ok()) return directions.status();
  const Result<int64_t> hidden = hidden_size(node);
  if (!hidden.ok()) return hidden.status();
  const Shape x = node.shape(kSequence);
  const bool is_batch_first = node.integer("layout") != 0;
  status = is_batch_first ? node.set_shape(0, {x[0], x[1], *directions, *hidden})
                          : node.set_shape(0, {x[0], *directions, x[1], *hidden});
  for (uint32_t i = 1; status.ok() && i < node.output_count(); ++i)
    status = is_batch_first ? node.set_shape(i, {x[0], *directions, *hidden})
                            : node.set_shape(i, {*directions, x[1], *hidden});
  return status;
}

// Before version 7 an attribute said whether all states are wanted; now the list of outputs does.
Status upgrade_recurrent(Rewrite& rewrite) {
  rewrite.take("output_sequence");
  if (rewrite.version() >= 3 || rewrite.node().op.op != "GRU") return {};
  const std::optional<Attribute> direction = rewrite.take("direction");  // its default is misspelt
  if (direction->strings.front() != "foward") rewrite.node().op.attributes.push_back(*direction);
  return {};
}

Definition& add_inputs(Definition& definition) {
  return definition.input("X", 'T', kIeee)
      .input("W", 'T', kIeee)
      .input("R", 'T', kIeee)
      .input("B", 'T', kIeee, Presence::kOptional)
      .input("sequence_lens", 0, set_of({BP_DTYPE_INT32}), Presence::kOptional)
      .input("initial_h", 'T', kIeee, Presence::kOptional);
}

Definition& add_attributes(Definition& definition) {
  return definition.attribute("activation_alpha", BP_ATTRIBUTE_FLOATS, Presence::kOptional)
      .attribute("activation_beta", BP_ATTRIBUTE_FLOATS, Presence::kOptional)
      .attribute("activations", BP_ATTRIBUTE_STRINGS, Presence::kOptional)
      .attribute("clip", BP_ATTRIBUTE_FLOAT, Presence::kOptional)
      .attribute("hidden_size", BP_ATTRIBUTE_INT, Presence::kOptional)
      .flag("output_sequence", false, before(7))
      .flag("layout", false, from(14));
}

}  // namespace

void define_recurrent(Definitions& definitions) {
  add_inputs(definitions.add("RNN", {1, 7, 14}))
      .output("Y", 'T', 0, Presence::kOptional)
      .output("Y_h", 'T', 0, Presence::kOptional);
  add_attributes(definitions.at("RNN"))
      .attribute(string_attribute("direction", "forward"))
      .form_since(7, upgrade_recurrent)
      .widened_in(22)
      .infers(infer_recurrent);
  Definition& lstm = definitions.add("LSTM", {1, 7, 14});
  add_inputs(lstm)
      .input("initial_c", 'T', kIeee, Presence::kOptional)
      .input("P", 'T', kIeee, Presence::kOptional)
      .output("Y", 'T', 0, Presence::kOptional)
      .output("Y_h", 'T', 0, Presence::kOptional)
      .output("Y_c", 'T', 0, Presence::kOptional);
  add_attributes(lstm)
      .attribute(string_attribute("direction", "forward"))
      .flag("input_forget", false)
      .form_since(7, upgrade_recurrent)
      .widened_in(22)
      .infers(infer_recurrent);
  Definition& gru = definitions.add("GRU", {1, 3, 7, 14});
  add_inputs(gru)
      .output("Y", 'T', 0, Presence::kOptional)
      .output("Y_h", 'T', 0, Presence::kRequired, before(3))
      .output("Y_h", 'T', 0, Presence::kOptional, from(3));
  add_attributes(gru)
      .attribute(string_attribute("direction", "foward"), before(3))
      .attribute(string_attribute("direction", "forward"), from(3))
      .flag("linear_before_reset", false, from(3))
      .form_since(7, upgrade_recurrent)
      .widened_in(22)
      .infers(infer_recurrent);
}

}  // namespace backplane::ops
