#include "onnx/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "onnx/text.hpp"
#include "ops/schema.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

constexpr int64_t kNewestIrVersion = 13;  // up to it, no field read here changed its meaning
constexpr size_t kOperatorsNamed = 8;

Status check_names(const format::NodeProto& node) {
  Status status = check_name("node", node.name());
  if (status.ok()) status = check_name("operator", node.op_type());
  if (status.ok()) status = check_name("domain", node.domain());
  for (int at = 0; at < node.input_size() && status.ok(); ++at)
    status = check_name("input", node.input(at));
  for (int at = 0; at < node.output_size() && status.ok(); ++at)
    status = check_name("output", node.output(at));
  return status;
}

Status check_operator(const format::NodeProto& node, uint32_t opset) {
  if (node.op_type().empty()) return corrupt("it has no operator");
  if (opset == 0 && is_standard_domain(node.domain()))
    return corrupt(node.op_type() + " is of ai.onnx, and the model imports no version of that");
  return {};
}

bool is_body(const std::string& attribute, const format::NodeProto& node) {
  const graph::ControlForm* const form = control_of(node);
  return form != nullptr &&
         std::find(form->bodies.begin(), form->bodies.end(), attribute) != form->bodies.end();
}

Status check_bodies(const format::NodeProto& node, bool reads_bodies) {
  for (const format::AttributeProto& attribute : node.attribute()) {
    if (!attribute.has_g() && attribute.graphs_size() == 0) continue;
    if (reads_bodies && attribute.graphs_size() == 0 && is_body(attribute.name(), node)) continue;
    return refused(ops::kControlFlow, fmt::format("{} has a body, attribute {}",
                                                  operator_name(node), quoted(attribute.name())));
  }
  return {};
}

std::string first_few(const std::set<std::string>& names) {
  std::string text;
  size_t count = 0;
  for (const std::string& name : names)
    if (count++ < kOperatorsNamed) text += (text.empty() ? "" : ", ") + name;
  if (count > kOperatorsNamed) text += fmt::format(" and {} more", count - kOperatorsNamed);
  return text;
}

bool is_known(const format::NodeProto& node, uint32_t opset) {
  const graph::ControlForm* const form = control_of(node);
  if (form == nullptr) return ops::is_known(node.op_type(), opset);
  return graph::version_in(*form, opset) != 0 && opset <= ops::kNewestOpset;
}

// All nodes of a model, with those of bodies.
class NodeSurvey {
 public:
  NodeSurvey(uint32_t opset, bool reads_bodies) : opset_(opset), reads_bodies_(reads_bodies) {}

  Status check(const format::GraphProto& graph, int depth) {
    if (depth > graph::kDeepestBody)
      return refused(ops::kControlFlow, fmt::format("bodies within bodies, {} deep and deeper",
                                                    graph::kDeepestBody + 1));
    Status status;
    for (int position = 0; position < graph.node_size() && status.ok(); ++position) {
      const format::NodeProto& node = graph.node(position);
      status = check(node, depth);
      if (!status.ok()) status = about(status, node_text(node, position));
    }
    return status;
  }

  // UNSUPPORTED: some that were seen are not known.
  Status check_known() const {
    return unknown_.empty() ? Status() : refused(ops::kNoSchema, first_few(unknown_));
  }

 private:
  Status check(const format::NodeProto& node, int depth) {
    Status status = check_names(node);
    if (status.ok()) status = check_operator(node, opset_);
    if (status.ok()) status = check_bodies(node, reads_bodies_);
    if (!status.ok()) return status;
    if (!is_standard_domain(node.domain()))
      unknown_.insert(operator_name(node));
    else if (!is_known(node, opset_))
      unknown_.insert(fmt::format("{} in opset {}", node.op_type(), opset_));
    for (int at = 0; at < node.attribute_size() && status.ok(); ++at)
      if (node.attribute(at).has_g()) status = check(node.attribute(at).g(), depth + 1);
    return status;
  }

  const uint32_t opset_;
  const bool reads_bodies_;
  std::set<std::string> unknown_;
};

}  // namespace

const graph::ControlForm* control_of(const format::NodeProto& node) {
  return is_standard_domain(node.domain()) ? graph::find_control(node.op_type()) : nullptr;
}

bool is_standard_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

std::string operator_name(const format::NodeProto& node) {
  return is_standard_domain(node.domain()) ? node.op_type() : node.domain() + '.' + node.op_type();
}

std::string node_text(const format::NodeProto& node, int position) {
  return node.name().empty() ? fmt::format("node {}", position) : "node " + quoted(node.name());
}

Result<uint32_t> opset_of(const format::ModelProto& model) {
  if (model.ir_version() < 1) return corrupt("the model has no IR version");
  if (model.opset_import_size() == 0) {
    if (model.ir_version() < 3) return uint32_t{1};  // imports came with IR version 3
    return corrupt("the model imports no operators");
  }
  int64_t version = 0;
  for (const format::OperatorSetIdProto& import : model.opset_import()) {
    if (!is_standard_domain(import.domain())) continue;
    if (import.version() < 1 || import.version() > INT32_MAX)
      return corrupt(fmt::format("the model imports version {} of ai.onnx", import.version()));
    if (version != 0 && version != import.version())
      return corrupt(fmt::format("the model imports versions {} and {} of ai.onnx", version,
                                 import.version()));
    version = import.version();
  }
  return static_cast<uint32_t>(version);
}

Status check_model(const format::ModelProto& model) {
  if (model.ir_version() > kNewestIrVersion)
    return refused(ops::kNoSchema, fmt::format("IR version {}, at most {} is known",
                                               model.ir_version(), kNewestIrVersion));
  if (!model.has_graph()) return corrupt("the model has no graph");
  if (model.functions_size() != 0)
    return refused(ops::kNoSchema, fmt::format("the model defines functions of its own, eg {}",
                                               quoted(model.functions(0).name())));
  if (model.graph().sparse_initializer_size() != 0)
    return refused(ops::kNoSchema, "the model has sparse initializers");
  return {};
}

Status check_nodes(const format::GraphProto& graph, uint32_t opset, bool reads_bodies) {
  NodeSurvey survey(opset, reads_bodies);
  Status status = survey.check(graph, 0);
  return status.ok() ? survey.check_known() : status;
}

}  // namespace backplane::onnx
