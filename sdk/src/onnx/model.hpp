// ModelProto to Graph.
#pragma once

#include "graph/graph.hpp"
#include "onnx/external.hpp"
#include "onnx/proto.hpp"

namespace backplane::onnx {

// What read_model promises, after parsing. Takes the weights out of the message.
Result<graph::Graph> to_graph(format::ModelProto* model, ExternalFiles* files, bool reads_bodies);

}  // namespace backplane::onnx
