// Random graphs in which passes find what they look for, and what only looks like it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "graph/drawn_graph.hpp"

namespace backplane::conformance {

// What is excluded of float16 alone has this behind its name.
constexpr const char* kOfHalf = ":float16";

struct DrawOptions {
  uint64_t seed = 0;
  // Small integers whose every sum and product is exact in float32, whatever the order; or real
  // numbers, with functions.
  bool is_exact = true;
  size_t least_nodes = 5;           // a few more come
  int64_t batch = 0;                // 0: drawn
  bool has_batch_constants = true;  // constants whose first size is the batch
  uint64_t outputs_one_in = 8;      // of the values that others read
  uint64_t data_seed = 0;           // other numbers in the same graph
  uint64_t half_one_in = 0;         // of the motifs, of float16 with a Cast before; 0: none, 1: all
  std::set<std::string> excluded;   // operators that are not to be used
};

// The same graph for the same options; another batch alone changes sizes alone.
DrawnGraph draw(const DrawOptions& options);

// 5 to 300 nodes, most often few, and never more than `most`.
size_t draw_node_count(uint64_t seed, size_t most = 300);
// Graph number `index` of the row that `seed` begins, of which two in three are exact, one in six
// is of float16, and one in six partly.
DrawOptions nth_draw(uint64_t seed, size_t index, size_t most_nodes);

// The same nodes in another topological order.
DrawnGraph reordered(const DrawnGraph& graph, uint64_t seed);

}  // namespace backplane::conformance
