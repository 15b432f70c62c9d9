// For tests only: nodes, types and normalised nodes as short texts.
#pragma once

#include <string>
#include <vector>

#include "ops/node.hpp"
#include "ops/table.hpp"

namespace backplane::ops::testing {

// "float32[2,-1,3]", unknown sizes as their numbers; "absent".
std::string text(const bp_tensor_type_t& type);
// Whether `ours` says everything that `theirs` says, and nothing else of it.
bool says_as_much(const bp_tensor_type_t& ours, const bp_tensor_type_t& theirs);
// The other way; "" is absent.
bp_tensor_type_t type_from(const std::string& text);

// A node's inputs, one text each:
//   "float32[2,3]"    a type
//   ""                absent
//   "=2,3"            a constant vector of int64, "=" an empty one
//   "int32=2,3"       of another integer type
//   "int64:5"         a constant scalar
struct Inputs {
  std::vector<bp_tensor_type_t> types;
  std::vector<ConstantPtr> constants;
};
Inputs inputs_from(const std::vector<std::string>& texts);

// The newest version of `op`, or 0.
uint32_t newest_version(const std::string& op);

// What infer() says: "float32[2,3] int64[2,3]", or "INVALID_ARGUMENT MatMul: inner sizes ...".
std::string inferred(const std::string& op, const std::vector<std::string>& inputs,
                     std::vector<Attribute> attributes = {}, size_t output_count = 1);

struct InferCase {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<Attribute> attributes;
  std::string expected;
  size_t output_count = 1;
};
void expect_inferred(const std::vector<InferCase>& cases);
// Of infer_bounds().
void expect_bounds(const std::vector<InferCase>& cases);

// A node as a model has it, and what it becomes:
//   "Squeeze-13(x, y#axes) -> y {axis=1, mode="edge"}; y#axes = int64[1]{0}", or status and text.
// `types` are those of the inputs, "" where not known.
std::string normalised(const Draft& draft, uint32_t opset, const std::vector<std::string>& types);
struct NormaliseCase {
  Draft draft;
  uint32_t opset;
  std::vector<std::string> types;
  std::string expected;
};
void expect_normalised(const std::vector<NormaliseCase>& cases);
Draft draft_of(const std::string& op, std::vector<std::string> inputs,
               std::vector<Attribute> attributes = {}, std::vector<std::string> outputs = {"y"});
std::string text(const Attribute& attribute);
std::string text(const Constant& constant);  // with its elements

Attribute floats_attribute(std::string name, std::vector<float> values);

}  // namespace backplane::ops::testing
