// One node on the device under test: asked, made, launched between guards, read back.
#pragma once

#include <string>
#include <vector>

#include "ops/node.hpp"
#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// Thrown where a node is refused.
struct Refusal {
  RefusedBy by;
  std::string text;
};

struct NodeCall {
  const ops::Operator* op = nullptr;
  std::vector<const TensorBytes*> inputs;  // nullptr: absent
  std::vector<bool> input_is_constant;     // its value is told to the plugin
  std::vector<bool> output_is_wanted;      // false: absent
};

// The outputs' types as the host infers them, every input's value known; Refusal by the host when
// they cannot be known before the node has run.
std::vector<bp_tensor_type_t> infer_outputs(const NodeCall& call);

// Runs it on `stream`; Refusal by the plugin when supports says no. Outputs that nobody wants come
// back empty.
std::vector<TensorBytes> run_node(Subject& subject, bp_stream_t* stream, const NodeCall& call);

}  // namespace backplane::conformance
