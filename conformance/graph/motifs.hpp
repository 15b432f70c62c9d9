// Pieces of graphs that passes like to rewrite, and their look-alikes.
#pragma once

#include <vector>

#include "graph/draft.hpp"

namespace backplane::conformance {

struct Motif {
  size_t weight;
  bool is_for_exact;                   // its results are integers when its operands are
  std::vector<const char*> operators;  // what it cannot do without
  size_t (*add)(Draft* draft);         // gives the value that it ends in
};

const std::vector<Motif>& motifs();

// By what they are around.
std::vector<Motif> elementwise_motifs();
std::vector<Motif> layer_motifs();
std::vector<Motif> axis_motifs();

// One of Relu, Neg, Abs ... of what may be used, or `x` itself.
size_t add_activation(Draft* draft, size_t x);

}  // namespace backplane::conformance
