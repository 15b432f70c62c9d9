// A node as simpler ones that mean the same, for a device that does not have its operator. An
// operator's decomposition reads the node (attributes, types, constants) and adds nodes of the
// newest form; who may need it completes these with normalise() and runs them in its place.
#pragma once

#include <optional>

#include "ops/inference.hpp"
#include "ops/table.hpp"

namespace backplane::ops {

// Names: "in0".. are the node's inputs, "out0".. its outputs.
struct Parts {
  std::vector<Draft> nodes;  // in order; every wanted output is the output of one of them
  std::vector<std::pair<std::string, ConstantPtr>> constants;
};

class Decomposition {
 public:
  // `node` has passed check_node, all types and sizes are known, outputs included; borrowed.
  Decomposition(const bp_node_t& node, const Definition& definition);

  const Definition& definition() const { return definition_; }
  const Inference& node() const { return inference_; }
  const bp_tensor_type_t& output_type(uint32_t index) const;  // dtype 0: nobody wants it
  std::string input(uint32_t index) const;                    // "": absent

  // One more node with one output, whose name is returned.
  std::string add(const char* op, std::vector<std::string> inputs,
                  std::vector<Attribute> attributes = {});
  std::string constant(ConstantPtr value);
  std::string scalar(double value);                          // rank 0, of the dtype of input 0
  std::string integers(const std::vector<int64_t>& values);  // an int64 vector
  // `sizes` as they stand: a 0 is a size of 0.
  std::string reshape(std::string value, const std::vector<int64_t>& sizes);

  // `value` is this output. One that add() returned, and that is no output yet, takes its name;
  // any other goes through Reshape. An output that nobody wants is left out.
  void give(uint32_t output, const std::string& value);

  Status refuse(const std::string& text) const;  // UNSUPPORTED: this form has no decomposition

  Parts take() &&;

 private:
  bool rename(const std::string& value, const std::string& name);

  const bp_node_t& node_;
  const Definition& definition_;
  Inference inference_;
  Parts parts_;
};

// Has the operator a decomposition, if only of some forms?
bool has_decomposition(const Operator& op);

// Who said it: "by hand" or "ONNX's own body".
const char* origin_of_decomposition(const Operator& op);

// nullopt: the operator has no decomposition at all. UNSUPPORTED: this form of it has none.
Result<std::optional<Parts>> decompose(const bp_node_t& node);

}  // namespace backplane::ops
