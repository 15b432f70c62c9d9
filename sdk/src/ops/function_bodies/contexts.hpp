// Some of ONNX's bodies are made for a node at hand. These are the nodes that they are asked for,
// so many that every form of the operator is one of them.
#pragma once

#include <onnx/defs/schema.h>

#include <string>
#include <vector>

namespace backplane::ops::bodies {

struct Context {
  onnx::NodeProto node;
  std::vector<onnx::TypeProto> types;   // one an input
  std::vector<std::string> conditions;  // when a node is of this form: initialisers
  std::vector<std::string> carried;     // integer attributes whose value the body has in it
};

// None: the operator is not one of those listed here.
std::vector<Context> contexts_of(const onnx::OpSchema& schema);

}  // namespace backplane::ops::bodies
