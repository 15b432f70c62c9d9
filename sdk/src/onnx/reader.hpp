// ONNX files into the host's graph. The only folder that knows protobuf.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace backplane::onnx {

struct ReadOptions {
  std::string folder;        // where external weights are; "": such a model is refused
  bool reads_bodies = true;  // false: UNSUPPORTED, for those who go from node to node
};

// Reads, normalises older forms, infers types and verifies. Nothing in the bytes is believed:
//   CORRUPT           not a model, cut short, or at odds with itself
//   INVALID_ARGUMENT  a well-formed file whose graph breaks a definition, or a file (of external
//                     weights, too) that cannot be opened
//   UNSUPPORTED       what this host does not do; the text begins with one of ops/table.hpp's words
//   OUT_OF_MEMORY     a tensor larger than memory
// The text names the node, value or field.
Result<graph::Graph> read_model(const void* bytes, uint64_t size, const ReadOptions& options);
// External weights are beside it.
Result<graph::Graph> read_model_file(const std::string& path, bool reads_bodies = true);

// A TensorProto, as the published tests keep their inputs and outputs in (input_0.pb).
struct NamedTensor {
  std::string name;
  ops::ConstantPtr value;
};
Result<NamedTensor> read_tensor(const void* bytes, uint64_t size);
Result<NamedTensor> read_tensor_file(const std::string& path);

// What can be said of a model without being able to run it: for counting and refusing in words.
struct Summary {
  std::vector<std::string> operators;  // "domain.Op" or "Op", sorted, each once, bodies included
  uint32_t opset = 0;                  // of ai.onnx
  bool only_tensors = true;            // no sequence, optional, map or sparse tensor at the edges
  bool has_strings = false;
  bool has_subgraphs = false;
  bool only_standard_domain = true;
  size_t node_count = 0;
};
Result<Summary> summarise(const void* bytes, uint64_t size);

}  // namespace backplane::onnx
