// A graph on the device under test, node by node.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/drawn_graph.hpp"
#include "graph/graph.hpp"
#include "problems/launches.hpp"

namespace backplane::conformance {

// Of each value of the graph the bytes of its constant, or none.
std::vector<TensorBytes> constant_values(const graph::Graph& graph);

class GraphRun {
 public:
  explicit GraphRun(Subject& subject);
  ~GraphRun();
  GraphRun(const GraphRun&) = delete;
  GraphRun& operator=(const GraphRun&) = delete;

  // The graph's outputs, in order. Inputs are the drawn ones, by name. Ends the case as unsupported
  // where the plugin does not serve a node. Kernels are kept for equal nodes of other graphs.
  std::vector<std::vector<float>> run(const graph::Graph& graph, const DrawnGraph& drawn);

  // The same of `values` by id, those that no node makes; of any type.
  std::vector<TensorBytes> run(const graph::Graph& graph, std::vector<TensorBytes> values);

  // The least exact that any kernel so far has declared.
  const Declared& least_exact() const { return least_exact_; }

 private:
  struct Prepared;

  Prepared& prepared(const graph::Graph& graph, graph::NodeId id);
  void run_node(const graph::Graph& graph, graph::NodeId id, std::vector<TensorBytes>* values);

  Subject& subject_;
  Owned<bp_stream_t> stream_;
  std::map<std::string, std::unique_ptr<Prepared>> kernels_;
  Declared least_exact_;
  size_t launches_ = 0;
};

}  // namespace backplane::conformance
