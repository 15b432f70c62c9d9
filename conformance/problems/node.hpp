// A problem's node as the host would hand it to a plugin: normalised, with types inferred.
#pragma once

#include <memory>
#include <vector>

#include "ops/node.hpp"
#include "problems/problem.hpp"

namespace backplane::conformance {

// Thrown when the host itself does not know such a node.
struct HostRefusal {
  std::string text;
};

class ProblemNode {
 public:
  // `types`: of the inputs, unknown sizes negative; `data`: what they hold, read for constants.
  ProblemNode(const Problem& problem, std::vector<bp_tensor_type_t> types,
              const std::vector<TensorData>& data);

  const bp_node_t& node() const { return abi_->node(); }
  // With strides that launch would like to bring, per input; nullptr: dense.
  bp_node_t strided(const std::vector<const int64_t*>& strides) const;
  const std::vector<bp_tensor_type_t>& outputs() const { return outputs_; }
  // The output types for inputs of known sizes.
  std::vector<bp_tensor_type_t> outputs_for(const std::vector<bp_tensor_type_t>& inputs) const;
  // Which of the problem's inputs the node's input is; those beyond are constants of the node's
  // own.
  bool is_constant(size_t input) const { return constants_[input] != nullptr; }
  const std::vector<ops::ConstantPtr>& constants() const { return constants_; }

 private:
  ops::Operator op_;
  std::vector<ops::ConstantPtr> constants_;
  std::vector<bp_tensor_type_t> outputs_;
  std::unique_ptr<ops::AbiNode> abi_;  // borrows the others
};

// Of a problem's line that has the values of its constants in it; INVALID_ARGUMENT or UNSUPPORTED,
// in words, when it is none or the host does not know it.
Result<std::unique_ptr<ProblemNode>> node_of_line(const std::string& text);

}  // namespace backplane::conformance
