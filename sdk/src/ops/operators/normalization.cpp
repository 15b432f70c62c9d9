// Elements brought to a common scale: BatchNormalization, LayerNormalization and their kin.
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.hpp"
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

// Every statistic is a vector with an element for each channel.
Result<int64_t> channels_of(const Inference& node) {
  if (node.rank(0) == 0) return invalid_argument("input 0 is a scalar, which has no channels");
  int64_t channels = node.rank(0) == 1 ? 1 : node.input(0).shape[1];
  for (uint32_t i = 1; i < node.input_count(); ++i) {
    const Result<int64_t> length = node.length(i);
    if (!length.ok()) return length;
    const Result<int64_t> merged = same_size(channels, *length);
    if (!merged.ok())
      return invalid_argument(
          fmt::format("input {} has {} elements for {} channels", i, *length, channels));
    channels = *merged;
  }
  return channels;
}

Status infer_batch_normalization(Inference& node) {
  const Result<int64_t> channels = channels_of(node);
  if (!channels.ok()) return channels.status();
  const bool is_training = node.integer("training_mode") != 0;
  for (uint32_t i = 1; i < node.output_count(); ++i) {
    if (!is_training && node.wants_output(i))
      return invalid_argument(fmt::format("output {} is only there in training_mode", i));
    Status status = node.set_shape(i, {*channels});
    if (!status.ok()) return status;
  }
  return node.set_shape(0, node.shape(0));
}

// Before version 14 more outputs than one meant training; before 7 `is_test` said it as well.
Status upgrade_batch_normalization(Rewrite& rewrite) {
  const std::optional<Attribute> is_test = rewrite.take("is_test");
  if (is_test.has_value() && is_test->ints.front() == 0)
    return rewrite.refuse("is_test = 0 is training");
  const std::optional<Attribute> spatial = rewrite.take("spatial");
  if (spatial.has_value() && spatial->ints.front() == 0)
    return rewrite.refuse("spatial = 0 has statistics for each element");
  std::vector<std::string>& outputs = rewrite.node().outputs;
  for (size_t i = 1; i < outputs.size(); ++i)
    if (!outputs[i].empty()) return rewrite.refuse("more outputs than one are training");
  outputs.resize(1);
  return {};
}

Status complete_batch_normalization(Draft& draft, const Values& /*values*/) {
  if (draft.outputs.size() == 1 || draft.op.attribute("training_mode")->ints.front() != 0)
    return {};
  return invalid_argument("with training_mode = 0 there is one output");
}

void add_batch_normalization(Definitions& definitions) {
  Definition& definition = definitions.add("BatchNormalization", {1, 6, 7, 9, 14, 15});
  definition.input("X", 'X', kFloat)
      .input("scale", 'S', kFloat)
      .input("B", 'S', kFloat)
      .input("input_mean", 'M', kFloat)
      .input("input_var", 'M', kFloat);
  definition.output("Y", 'X')
      .output("running_mean", 'M', 0, Presence::kOptional)
      .output("running_var", 'M', 0, Presence::kOptional)
      .output("saved_mean", 'M', 0, Presence::kOptional, before(14))
      .output("saved_var", 'M', 0, Presence::kOptional, before(14));
  definition.attribute(float_attribute("epsilon", 1e-5f))
      .attribute(float_attribute("momentum", 0.9f))
      .flag("training_mode", false, from(14))
      // In version 6 a node that does not say is_test has one output when it is a test.
      .attribute("is_test", BP_ATTRIBUTE_INT, Presence::kOptional, before(7))
      .flag("spatial", true, before(9))
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6));
  definition.form_since(14, upgrade_batch_normalization)
      .completes(complete_batch_normalization)
      .infers(infer_batch_normalization);
}

Status infer_instance_normalization(Inference& node) {
  const Result<int64_t> channels = channels_of(node);
  return channels.ok() ? infer_same_shape(node) : channels.status();
}

// The axes from `axis` on are normalised together, so that each keeps one mean for them.
Status infer_layer_normalization(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  const Shape shape = node.shape(0);
  for (uint32_t i = 1; i < node.input_count(); ++i) {
    Status fits = check_broadcast_to(node.shape(i), shape);
    if (!fits.ok()) return fits.in(fmt::format("input {}", i));
  }
  const int64_t stash = node.integer("stash_type");
  if (stash != BP_DTYPE_FLOAT32 && stash != BP_DTYPE_BFLOAT16)
    return invalid_argument(fmt::format("stash_type {}, wanted float32 or bfloat16", stash));
  Shape kept = shape;
  std::fill(kept.begin() + static_cast<std::ptrdiff_t>(*axis), kept.end(), 1);
  for (uint32_t i = 1; i < node.output_count(); ++i) {
    node.set_dtype(i, static_cast<bp_dtype_t>(stash));
    Status status = node.set_shape(i, kept);
    if (!status.ok()) return status;
  }
  return node.set_shape(0, shape);
}

Status infer_along_axis(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  return axis.ok() ? infer_same_shape(node) : axis.status();
}

Status infer_along_axes(Inference& node) {
  const Result<std::vector<bool>> axes = node.axes(node.integers("axes"), node.rank(0));
  return axes.ok() ? infer_same_shape(node) : axes.status();
}

void add_layer_normalization(Definitions& definitions) {
  definitions.add("LayerNormalization", {17})
      .input("X", 'T', kFloat)
      .input("Scale", 'T', kFloat)
      .input("B", 'T', kFloat, Presence::kOptional)
      .output("Y", 'T')
      .output("Mean", 0, 0, Presence::kOptional)
      .output("InvStdDev", 0, 0, Presence::kOptional)
      .attribute(int_attribute("axis", -1))
      .attribute(float_attribute("epsilon", 1e-5f))
      .attribute(int_attribute("stash_type", 1))
      .infers(infer_layer_normalization);
}

}  // namespace

void define_normalization(Definitions& definitions) {
  add_batch_normalization(definitions);
  add_layer_normalization(definitions);
  definitions.add("InstanceNormalization", {1, 6})
      .input("input", 'T', kIeee)
      .input("scale", 'T', kIeee)
      .input("B", 'T', kIeee)
      .output("output", 'T')
      .attribute(float_attribute("epsilon", 1e-5f))
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
      .widened_in(22)
      .infers(infer_instance_normalization);
  definitions.add("LpNormalization", {1})
      .input("input", 'T', kIeee)
      .output("output", 'T')
      .attribute(int_attribute("axis", -1))
      .attribute(int_attribute("p", 2))
      .widened_in(22)
      .infers(infer_along_axis);
  definitions.add("MeanVarianceNormalization", {9, 13})
      .input("X", 'T', kFloat)
      .output("Y", 'T')
      .attribute(ints_attribute("axes", {0, 2, 3}))
      .infers(infer_along_axes);
  definitions.add("LRN", {1, 13})
      .input("X", 'T', kFloat)
      .output("Y", 'T')
      .attribute(float_attribute("alpha", 1e-4f))
      .attribute(float_attribute("beta", 0.75f))
      .attribute(float_attribute("bias", 1.0f))
      .attribute("size", BP_ATTRIBUTE_INT, Presence::kRequired)
      .infers(infer_same_shape);
}

}  // namespace backplane::ops
