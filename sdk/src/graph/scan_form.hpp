// How a Scan goes through its inputs, from its attributes.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace backplane::graph {

struct ScanForm {
  std::vector<ValueId> inputs;  // of the body, in its order: first the states
  size_t states = 0;
  int64_t length = 0;           // trips; negative: not known
  std::vector<int64_t> axes;    // of each scanned input, from the front
  std::vector<bool> backwards;  // each scanned input
  std::vector<int64_t> output_axes;
  std::vector<bool> output_backwards;
  bool has_batches = false;  // version 8: axis 0 of everything that comes and goes
  int64_t batches = 1;

  size_t scans() const { return inputs.size() - states; }
  // What input `index` of the body is in one trip.
  bp_tensor_type_t element_type(const Graph& graph, size_t index) const;
  // Where trips are stacked in scanned output `index`. INVALID_ARGUMENT: outside.
  Result<size_t> output_axis(size_t index, size_t element_rank) const;
};

// INVALID_ARGUMENT: what does not fit together, in words.
Result<ScanForm> scan_form(const Graph& graph, const Node& node);

}  // namespace backplane::graph
