#include "onnx/summary.hpp"

#include <set>

#include "onnx/survey.hpp"

namespace backplane::onnx {
namespace {

using format::TypeProto;

// Walks a graph and the bodies in it; the parser has limited how deep they lie.
class Summariser {
 public:
  void edge(const format::ValueInfoProto& info) {
    const TypeProto& type = info.type();
    if (type.value_case() == TypeProto::kTensorType)
      dtype(type.tensor_type().elem_type());
    else if (type.value_case() != TypeProto::VALUE_NOT_SET)
      summary_.only_tensors = false;
  }

  void graph(const format::GraphProto& graph) {
    for (const format::TensorProto& tensor : graph.initializer()) dtype(tensor.data_type());
    for (const format::ValueInfoProto& info : graph.value_info())
      if (info.type().has_tensor_type()) dtype(info.type().tensor_type().elem_type());
    for (const format::NodeProto& each : graph.node()) node(each);
  }

  Summary result(uint32_t opset) {
    summary_.opset = opset;
    summary_.operators.assign(operators_.begin(), operators_.end());
    return std::move(summary_);
  }

 private:
  void dtype(int32_t value) {
    if (value == format::TensorProto::STRING) summary_.has_strings = true;
  }

  void node(const format::NodeProto& node) {
    ++summary_.node_count;
    operators_.insert(operator_name(node));
    if (!is_standard_domain(node.domain())) summary_.only_standard_domain = false;
    for (const format::AttributeProto& attribute : node.attribute()) {
      if (attribute.has_t()) dtype(attribute.t().data_type());
      if (attribute.has_g()) body(attribute.g());
      for (const format::GraphProto& each : attribute.graphs()) body(each);
    }
  }

  void body(const format::GraphProto& graph_in_node) {
    summary_.has_subgraphs = true;
    graph(graph_in_node);
  }

  Summary summary_;
  std::set<std::string> operators_;
};

}  // namespace

Result<Summary> to_summary(const format::ModelProto& model) {
  const Result<uint32_t> opset = opset_of(model);
  if (!opset.ok()) return opset.status();
  if (!model.has_graph()) return corrupt("the model has no graph");
  Summariser summariser;
  for (const format::ValueInfoProto& input : model.graph().input()) summariser.edge(input);
  for (const format::ValueInfoProto& output : model.graph().output()) summariser.edge(output);
  summariser.graph(model.graph());
  return summariser.result(*opset);
}

}  // namespace backplane::onnx
