#include "onnx/model.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "graph/verify.hpp"
#include "onnx/declared.hpp"
#include "onnx/nodes.hpp"
#include "onnx/survey.hpp"
#include "onnx/tensor.hpp"
#include "onnx/text.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

using graph::Graph;
using graph::ValueId;

Status add_initializer(const Declarations& declarations, format::TensorProto* tensor,
                       ExternalFiles* files, Graph* graph) {
  Status status = check_name("initializer", tensor->name());
  if (!status.ok()) return status;
  if (tensor->name().empty()) return corrupt("an initializer has no name");
  const std::string what = "initializer " + quoted(tensor->name());
  Result<ops::ConstantPtr> constant = to_constant(tensor, files);
  if (!constant.ok()) return about(constant.status(), what);
  Status agreed = declarations.check(tensor->name(), (*constant)->type, "its initializer");
  if (!agreed.ok()) return agreed;
  if (graph->add_constant(tensor->name(), constant.take()) == BP_NONE)
    return corrupt(what + " is there twice");
  return {};
}

Status add_initializers(const Declarations& declarations, format::GraphProto* proto,
                        ExternalFiles* files, Graph* graph) {
  Status status;
  for (int at = 0; at < proto->initializer_size() && status.ok(); ++at)
    status = add_initializer(declarations, proto->mutable_initializer(at), files, graph);
  return status;
}

// An input with an initializer is a constant that a caller could replace: here nobody can.
Status add_inputs(const Declarations& declarations, const format::GraphProto& proto, Graph* graph) {
  std::set<std::string> names;
  for (const format::ValueInfoProto& input : proto.input()) {
    const std::string what = "input " + quoted(input.name());
    if (input.name().empty()) return corrupt("an input of the graph has no name");
    if (!names.insert(input.name()).second) return corrupt(what + " is there twice");
    if (graph->find(input.name()) != BP_NONE) continue;
    const DeclaredType declared = declarations.of(input.name());
    if (is_absent(declared.type)) return corrupt(what + " has no element type");
    if (!declared.has_shape)
      return refused(ops::kUnknownSize, what + " has no shape, not even a rank");
    graph->add_input(input.name(), declared.type);
  }
  return {};
}

Status add_nodes(uint32_t opset, const Declarations& declarations, format::GraphProto* proto,
                 ExternalFiles* files, Graph* graph) {
  NodeReader reader(*proto, opset, &declarations, files, graph);
  Status status;
  for (int position = 0; position < proto->node_size() && status.ok(); ++position)
    status = reader.add(proto->mutable_node(position), position);
  return status;
}

Status add_outputs(const format::GraphProto& proto, Graph* graph) {
  if (proto.output_size() == 0) return corrupt("the graph has no output");
  for (const format::ValueInfoProto& output : proto.output()) {
    if (output.name().empty()) return corrupt("an output of the graph has no name");
    const std::string what = "output " + quoted(output.name());
    const ValueId id = graph->find(output.name());
    if (id == BP_NONE) return corrupt(what + " is made by nobody");
    if (!graph->add_output(id, output.name()).ok()) return corrupt(what + " is there twice");
  }
  return {};
}

// The reader has checked everything that a model can get wrong; what is left is its own fault.
Status check_result(const Graph& graph) {
  Status status = graph::verify(graph);
  if (status.ok()) return status;
  return internal("the graph that was made of the model is unsound: " + status.text());
}

}  // namespace

Result<Graph> to_graph(format::ModelProto* model, ExternalFiles* files, bool reads_bodies) {
  const Result<uint32_t> opset = opset_of(*model);
  if (!opset.ok()) return opset.status();
  Status status = check_model(*model);
  if (!status.ok()) return status;
  format::GraphProto* proto = model->mutable_graph();
  Graph graph;
  Declarations declarations;
  status = declarations.read(*proto, &graph);
  if (status.ok()) status = check_nodes(*proto, *opset, reads_bodies);
  if (status.ok()) status = add_initializers(declarations, proto, files, &graph);
  if (status.ok()) status = add_inputs(declarations, *proto, &graph);
  if (status.ok()) status = add_nodes(*opset, declarations, proto, files, &graph);
  if (status.ok()) status = add_outputs(*proto, &graph);
  if (status.ok()) status = check_result(graph);
  if (!status.ok()) return status;
  return graph;
}

}  // namespace backplane::onnx
