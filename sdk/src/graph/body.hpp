// Graphs within a node: the branches of If, the bodies of Loop and Scan. They are kept as the model
// has them. Which form their nodes take hangs on types that only a trip knows, so they are typed
// and brought into the newest form when they are put into a graph (graph/inlining.hpp).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ops/table.hpp"

namespace backplane::graph {

struct Bodies;
using BodiesPtr = std::shared_ptr<const Bodies>;

struct BodyNode {
  ops::Draft draft;
  BodiesPtr bodies;  // nullptr: none
};

// Names are its own, and those of `Bodies::captured`, which its own hide.
struct Body {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::pair<std::string, ops::ConstantPtr>> constants;
  std::vector<BodyNode> nodes;  // topological
};

// All bodies of a node.
struct Bodies {
  uint32_t opset = 0;                 // that their nodes are written in
  std::map<std::string, Body> all;    // by the attribute's name
  std::vector<std::string> captured;  // what they, and bodies in them, read of the graphs around
};

constexpr int kDeepestBody = 6;  // bodies within bodies

// An operator with bodies.
struct ControlForm {
  std::vector<uint32_t> versions;
  std::vector<std::string> bodies;      // attributes, all of them required
  std::vector<std::string> attributes;  // all others
};

// nullptr: `op` (of ai.onnx) has no body.
const ControlForm* find_control(const std::string& op);
// 0: it begins later.
uint32_t version_in(const ControlForm& form, uint32_t opset);

}  // namespace backplane::graph
