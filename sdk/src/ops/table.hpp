// What the host knows of each ONNX operator: schema, defaults, types, older forms.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ops/node.hpp"

namespace backplane::ops {

// Why the host itself cannot serve a node; the report tells these apart from a plugin's refusals.
// The text of the UNSUPPORTED status begins with one of these.
constexpr const char* kNoSchema = "no schema yet";
constexpr const char* kSequence = "sequence";
constexpr const char* kString = "string";
constexpr const char* kControlFlow = "control flow";
constexpr const char* kUnknownSize = "unknown size";

// Is there a definition of `op` (in ai.onnx) that holds in `opset`?
bool is_known(const std::string& op, uint32_t opset);

// Every operator name with a definition in kReferenceOpset, sorted; for docs and reports.
std::vector<std::string> known_operators();

// Does `op` give other results for the same inputs? What it gives is then never computed
// beforehand.
bool draws_at_random(const std::string& op);

// A node on its way in: values are named, "" is absent.
struct Draft {
  Operator op;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

// What one node of a model becomes: one node in canonical form, or, where the newest form cannot
// say what an older one did, the few that together do.
struct Normalised {
  std::vector<Draft> nodes;
  std::vector<std::pair<std::string, ConstantPtr>> constants;  // new values that the nodes use
};

// The type of a named value, or nullptr when it is not known; the value, or nullptr when it is not.
struct Values {
  std::function<const bp_tensor_type_t*(const std::string&)> type;
  std::function<ConstantPtr(const std::string&)> constant;
};

// Brings a model's node into the newest form known: `since` set, attributes that later became
// inputs turned into constants, defaults filled in [BP-HOST-4], attributes and arity checked
// against the definition. UNSUPPORTED with one of the words above when the host does not know the
// operator or the form; INVALID_ARGUMENT when the node breaks its definition.
Result<Normalised> normalise(const Draft& draft, uint32_t opset, const Values& values);

// Output types from the node's inputs, attributes and constants; node.outputs is not read.
// `out_types` has node.output_count elements; an output that the node does not have (dtype 0 in
// node.outputs, when that is given) is inferred all the same. Unknown sizes stay unknown where
// nothing more can be said, and keep their number where the sizes are the same ("the same batch").
// NOT_READY: a rank hangs on the value of an input that is no constant. INVALID_ARGUMENT: the node
// breaks its definition, in words ("MatMul: inner sizes 64 and 32 differ").
Status infer(const bp_node_t& node, bp_tensor_type_t* out_types);

// Does the data decide the sizes of what it gives, as of NonZero?
bool is_sized_by_data(const std::string& op);
// As infer(), but of sizes that the data decides the most that they can be, which is known where
// the inputs' sizes are.
Status infer_bounds(const bp_node_t& node, bp_tensor_type_t* out_types);

}  // namespace backplane::ops
