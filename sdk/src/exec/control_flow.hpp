// If, Loop and Scan, put into their graph as the nodes of their bodies, once for each trip.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/inlining.hpp"

namespace backplane::exec {

constexpr int64_t kMostTrips = 10'000;
constexpr size_t kMostNodes = 100'000;  // of a plan, once bodies stand in it

class ControlFlow {
 public:
  // `node` has bodies; the graph outlives this. Types of what the node reads are known.
  static std::unique_ptr<ControlFlow> create(graph::Graph& graph, graph::NodeId node);
  virtual ~ControlFlow() = default;

  // Adds the next node of a body and says which; none when there are no more. Types of what it
  // makes, and its results where they are known, have to be set before the next call, which may
  // hang on them. NOT_READY: it hangs on wanted(), which is not known.
  Result<std::vector<graph::NodeId>> add_next();

  graph::ValueId wanted() const { return wanted_; }
  // When there are no more nodes: what each output of the node is. BP_NONE: nobody wants it.
  const std::vector<graph::ValueId>& results() const { return results_; }

 protected:
  ControlFlow(graph::Graph& graph, graph::NodeId node);

  // Starts a body with start(), or has the results and says false. The outputs of the body before
  // are in `outputs`, none at first.
  virtual Result<bool> go_on(const std::vector<graph::ValueId>& outputs) = 0;

  // A body of the node; its inputs are in order, outputs that are not `wanted` are BP_NONE.
  void start(const graph::Body& body, const std::vector<graph::ValueId>& inputs,
             const std::vector<bool>& wanted);
  // One made here, with all its outputs.
  void start_own(graph::Body body, const std::vector<graph::ValueId>& inputs);

  Result<bool> flag(graph::ValueId id, const std::string& what);
  Result<int64_t> count(graph::ValueId id, const std::string& what);
  Status check_trip(int64_t trip) const;  // UNSUPPORTED: too many
  // Types of a body's outputs when it is never run, from those of its inputs. UNSUPPORTED: they
  // hang on values.
  Result<std::vector<bp_tensor_type_t>> types_without_trips(
      const graph::Body& body, const std::vector<bp_tensor_type_t>& inputs) const;
  // No trips, stacked.
  Result<graph::ValueId> add_empty(const bp_tensor_type_t& element, size_t axis);
  graph::ValueId add_constant(const ops::ConstantPtr& constant);
  bool is_wanted(size_t output) const;

  graph::Graph& graph_;
  const std::vector<graph::ValueId> inputs_;  // the node's own
  const graph::BodiesPtr bodies_;
  std::vector<graph::ValueId> results_;

 private:
  Result<bool> begin();
  graph::Scope scope_of(const graph::Body& body);
  Status want(graph::ValueId id, const std::string& what);

  const std::vector<graph::ValueId> node_outputs_;
  const graph::Scope captured_;
  std::map<const graph::Body*, graph::Scope> constants_;  // of the node's bodies
  graph::Body own_body_;
  std::unique_ptr<graph::Inlining> inlining_;
  size_t output_count_ = 0;  // of the body that is being added
  graph::ValueId wanted_ = BP_NONE;
};

// One tensor of `count` inputs, stacked along a new axis.
graph::Body stacking_body(size_t count, int64_t axis);
// Of each input one slice, without that axis.
graph::Body picking_body(const std::vector<int64_t>& axes, const std::vector<int64_t>& at);

std::unique_ptr<ControlFlow> create_loop(graph::Graph& graph, graph::NodeId node);
std::unique_ptr<ControlFlow> create_scan(graph::Graph& graph, graph::NodeId node);

}  // namespace backplane::exec
