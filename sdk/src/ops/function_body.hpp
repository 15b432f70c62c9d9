// ONNX says some operators as functions of simpler ones. The build takes these bodies out of
// libonnx (function_bodies/) as a table of plain data; where libonnx cannot be run it is empty.
#pragma once

#include <backplane/tensor.h>

#include <cstddef>
#include <cstdint>

namespace backplane::ops {

class Definitions;

// What does not fit these is left out of the table.
constexpr size_t kMostBodyInputs = 5;
constexpr size_t kMostBodyOutputs = 3;
constexpr size_t kMostBodyAttributes = 3;
constexpr size_t kMostBodyValues = 4;
constexpr size_t kMostBodyConditions = 4;

// In all of these, nullptr for a name ends a list.
struct BodyAttribute {
  const char* name = nullptr;
  bp_attribute_kind_t kind = 0;
  // The whole node's attribute whose value stands here; of a list or a tensor, its one element. An
  // attribute that the whole node does not have is left out.
  const char* reference = nullptr;
  bp_dtype_t dtype = 0;  // of a tensor
  uint32_t rank = 0;     // of a tensor: 0 or 1
  uint32_t count = 0;
  double values[kMostBodyValues] = {};
};

// Inputs and outputs have the names that the body gives them; "" is absent. "Constant" has one
// attribute, the tensor "value".
struct BodyNode {
  const char* op = nullptr;
  const char* inputs[kMostBodyInputs] = {};
  const char* output = nullptr;
  BodyAttribute attributes[kMostBodyAttributes] = {};
};

struct BodyCondition {
  enum class Kind { kNone, kTextIs, kHasAttribute, kLacksAttribute, kHasInput, kLacksInput, kType };
  Kind kind = Kind::kNone;
  const char* name = nullptr;  // of an attribute
  const char* text = nullptr;
  uint32_t input = 0;
  bp_dtype_t dtype = 0;  // of this input
};

struct FunctionBody {
  const char* op = nullptr;
  uint32_t since = 0;  // of the whole
  uint32_t opset = 0;  // that the parts are nodes of
  const char* inputs[kMostBodyInputs] = {};
  const char* outputs[kMostBodyOutputs] = {};
  BodyCondition conditions[kMostBodyConditions] = {};  // all hold for the nodes that this is for
  const BodyNode* nodes = nullptr;                     // in order
  size_t node_count = 0;
};

const FunctionBody* function_bodies();  // the last one has no `op`

// Do its parts, written for an older opset, mean in the newest form what they meant there?
bool is_current(const Definitions& definitions, const FunctionBody& body);

// Operators that have a body, and no decomposition yet, get it for one.
void decompose_by_bodies(Definitions& definitions);

}  // namespace backplane::ops
