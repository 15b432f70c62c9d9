// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

// Scores are [N, C, D1 ...], labels [N, D1 ...], weights [C].
Status check_labels(const Inference& node) {
  const Shape scores = node.shape(0);
  const Shape labels = node.shape(1);
  bool fits = scores.size() >= 2 && labels.size() + 1 == scores.size();
  for (size_t axis = 0; fits && axis < labels.size(); ++axis)
    fits = same_size(labels[axis], scores[axis == 0 ? 0 : axis + 1]).ok();
  if (fits) return {};
  return invalid_argument(fmt::format("labels {} do not go with scores {}", to_text(node.input(1)),
                                      to_text(node.input(0))));
}

Status check_weights(const Inference& node) {
  if (!node.has_input(2)) return {};
  const Result<int64_t> length = node.length(2);
  if (!length.ok()) return length.status();
  return same_size(*length, node.input(0).shape[1]).status().in("weights and classes");
}

// One loss an element, or all of them reduced to one.
Status infer_loss(Inference& node) {
  for (const auto check : {check_labels, check_weights}) {
    Status status = check(node);
    if (!status.ok()) return status;
  }
  const std::string reduction = node.text("reduction");
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    return invalid_argument(fmt::format("reduction \"{}\" is none of none, sum, mean", reduction));
  Status status = node.set_shape(1, node.shape(0));  // the logarithms, where asked for
  if (!status.ok()) return status;
  return node.set_shape(0, reduction == "none" ? node.shape(1) : Shape());
}

}  // namespace

void define_losses(Definitions& definitions) {
  definitions.add("NegativeLogLikelihoodLoss", {12, 13})
      .input("input", 'T', kIeee)
      .input("target", 0, kIndex)
      .input("weight", 'T', kIeee, Presence::kOptional)
      .output("loss", 'T')
      .attribute("ignore_index", BP_ATTRIBUTE_INT, Presence::kOptional)
      .attribute(string_attribute("reduction", "mean"))
      .widened_in(22)
      .infers(infer_loss);
  definitions.add("SoftmaxCrossEntropyLoss", {12, 13})
      .input("scores", 'T', kFloat)
      .input("labels", 0, kIndex)
      .input("weights", 'T', kFloat, Presence::kOptional)
      .output("output", 'T')
      .output("log_prob", 'T', 0, Presence::kOptional)
      .attribute("ignore_index", BP_ATTRIBUTE_INT, Presence::kOptional)
      .attribute(string_attribute("reduction", "mean"))
      .infers(infer_loss);
}

}  // namespace backplane::ops
