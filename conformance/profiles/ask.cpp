#include "profiles/ask.hpp"

#include "problems/node.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

std::string text_of(const bp_node_t& node) {
  std::string text = std::string(node.op) + "(";
  for (uint32_t i = 0; i < node.input_count; ++i)
    text += (i > 0 ? ", " : "") + to_text(node.inputs[i]);
  return text + ")";
}

}  // namespace

Outcome ask_for_profile(Subject& subject, const std::string& problem) {
  const Result<std::unique_ptr<ProblemNode>> made = node_of_line(problem);
  require(made.ok(), "the suite cannot make this node: " + made.status().text());
  const bp_node_t& node = (*made)->node();
  Outcome outcome;
  const bp_status_t status = subject.kernels().supports(subject.device(), &node);
  if (status == BP_STATUS_UNSUPPORTED) {
    outcome.verdict = Verdict::kMissing;
    outcome.text = text_of(node) + " is not served" + subject.words();
    return outcome;
  }
  subject.check(status, "supports of " + text_of(node));
  bp_kernel_t* kernel = nullptr;
  subject.check(subject.kernels().kernel_create(subject.device(), &node, &kernel),
                "kernel_create of " + text_of(node));
  subject.kernels().kernel_destroy(kernel);
  return outcome;
}

}  // namespace backplane::conformance
