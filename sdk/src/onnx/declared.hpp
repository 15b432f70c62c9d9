// What a model says of its values' types: of an input it is the only word, of others it is held
// against what the operators give.
#pragma once

#include <map>
#include <string>

#include "graph/graph.hpp"
#include "onnx/proto.hpp"

namespace backplane::onnx {

struct DeclaredType {
  bp_tensor_type_t type = {};  // dtype 0: not said
  bool has_shape = false;      // else the rank is unknown

  bool is_whole() const { return has_shape && !is_absent(type); }
};

std::string to_text(const DeclaredType& declared);

class Declarations {
 public:
  // Reads the types of inputs, outputs and values; named dimensions become the graph's unknown
  // sizes. CORRUPT: a negative size, two types for one value; UNSUPPORTED: no tensor (sequence,
  // optional, map, sparse), strings, too high a rank.
  Status read(const format::GraphProto& proto, graph::Graph* graph);

  DeclaredType of(const std::string& name) const;
  bool has(const std::string& name) const { return types_.count(name) != 0; }

  // CORRUPT, naming both, when `type`, which `source` gives, cannot be what was declared.
  Status check(const std::string& name, const bp_tensor_type_t& type, const char* source) const;

 private:
  Status add(const char* kind, const format::ValueInfoProto& info, graph::Graph* graph);

  std::map<std::string, DeclaredType> types_;
};

}  // namespace backplane::onnx
