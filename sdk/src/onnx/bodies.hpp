// GraphProto in a node to a body.
#pragma once

#include <functional>
#include <string>

#include "graph/body.hpp"
#include "onnx/external.hpp"
#include "onnx/proto.hpp"

namespace backplane::onnx {

// A node as the model has it, for normalising. Takes the node's tensors away.
Result<ops::Draft> to_draft(format::NodeProto* node, ExternalFiles* files);

// What is around a node with bodies.
struct Surroundings {
  uint32_t opset = 0;
  ExternalFiles* files = nullptr;
  std::function<bool(const std::string& name)> is_visible;  // that bodies may read
  int depth = 0;                                            // of the bodies that the node is in
};

// If, Loop or Scan with its bodies: every name in them means something, and they have as many
// inputs and outputs as the node wants; types are not looked at. CORRUPT: that does not hold.
Result<graph::BodyNode> read_control(format::NodeProto* node, const graph::ControlForm& form,
                                     const Surroundings& around);

}  // namespace backplane::onnx
