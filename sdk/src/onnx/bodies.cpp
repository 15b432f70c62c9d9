#include "onnx/bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "onnx/attributes.hpp"
#include "onnx/declared.hpp"
#include "onnx/survey.hpp"
#include "onnx/tensor.hpp"
#include "onnx/text.hpp"

namespace backplane::onnx {
namespace {

using graph::Body;
using graph::BodyNode;

class BodyReader {
 public:
  BodyReader(const Surroundings& around, std::set<std::string>* captured)
      : around_(around), captured_(captured) {}

  Result<Body> read(format::GraphProto* proto) {
    if (proto->sparse_initializer_size() != 0)
      return refused(ops::kNoSchema, "the body has sparse initializers");
    graph::Graph thrown_away;
    Status status = Declarations().read(*proto, &thrown_away);
    if (status.ok()) status = add_inputs(*proto);
    if (status.ok()) status = add_constants(proto);
    for (const format::NodeProto& node : proto->node())
      made_later_.insert(node.output().begin(), node.output().end());
    for (int position = 0; position < proto->node_size() && status.ok(); ++position) {
      format::NodeProto* const node = proto->mutable_node(position);
      status = add_node(node);
      if (!status.ok()) status = about(status, node_text(*node, position));
    }
    if (status.ok()) status = add_outputs(*proto);
    if (!status.ok()) return status;
    return std::move(body_);
  }

 private:
  Status add_own(const std::string& kind, const std::string& name) {
    Status status = check_name(kind.c_str(), name);
    if (!status.ok()) return status;
    if (name.empty()) return corrupt("an " + kind + " of the body has no name");
    if (!own_.insert(name).second) return corrupt(kind + " " + quoted(name) + " is there twice");
    return {};
  }

  Status add_inputs(const format::GraphProto& proto) {
    Status status;
    for (int at = 0; at < proto.input_size() && status.ok(); ++at) {
      status = add_own("input", proto.input(at).name());
      body_.inputs.push_back(proto.input(at).name());
    }
    return status;
  }

  Status add_constants(format::GraphProto* proto) {
    for (format::TensorProto& tensor : *proto->mutable_initializer()) {
      Status status = add_own("initializer", tensor.name());
      if (!status.ok()) return status;
      const std::string name = tensor.name();
      Result<ops::ConstantPtr> constant = to_constant(&tensor, around_.files);
      if (!constant.ok()) return about(constant.status(), "initializer " + quoted(name));
      body_.constants.emplace_back(name, constant.take());
    }
    return {};
  }

  // CORRUPT: nothing that is known here has the name.
  Status read_name(const std::string& reader, const std::string& name) {
    if (name.empty() || own_.count(name) != 0) return {};
    if (!around_.is_visible(name))
      return corrupt(
          fmt::format("{} reads {}, which {}", reader, quoted(name),
                      made_later_.count(name) != 0 ? "a later node makes" : "nobody makes"));
    captured_->insert(name);
    return {};
  }

  Status add_node(format::NodeProto* node) {
    Status status;
    for (int at = 0; at < node->input_size() && status.ok(); ++at)
      status = read_name(node->op_type(), node->input(at));
    if (!status.ok()) return status;
    Result<BodyNode> added = read_node(node);
    if (!added.ok()) return added.status();
    for (const std::string& output : added->draft.outputs)
      if (!output.empty() && !own_.insert(output).second)
        return corrupt(
            fmt::format("{} makes {}, which is there already", node->op_type(), quoted(output)));
    body_.nodes.push_back(added.take());
    return {};
  }

  Result<BodyNode> read_node(format::NodeProto* node) {
    const graph::ControlForm* const form = control_of(*node);
    if (form == nullptr) {
      Result<ops::Draft> draft = to_draft(node, around_.files);
      if (!draft.ok()) return draft.status();
      return BodyNode{draft.take(), nullptr};
    }
    Surroundings around = around_;
    ++around.depth;
    around.is_visible = [this](const std::string& name) {
      return own_.count(name) != 0 || around_.is_visible(name);
    };
    Result<BodyNode> control = read_control(node, *form, around);
    if (!control.ok()) return control;
    for (const std::string& name : control->bodies->captured)
      if (own_.count(name) == 0) captured_->insert(name);
    return control;
  }

  Status add_outputs(const format::GraphProto& proto) {
    for (const format::ValueInfoProto& output : proto.output()) {
      if (output.name().empty()) return corrupt("an output of the body has no name");
      Status status = read_name("the body's output", output.name());
      if (!status.ok()) return status;
      body_.outputs.push_back(output.name());
    }
    return {};
  }

  const Surroundings& around_;
  std::set<std::string>* const captured_;  // of the node that the body is in
  std::set<std::string> own_;              // names so far
  std::set<std::string> made_later_;
  Body body_;
};

Status check_counts(const char* what, size_t has, size_t wants) {
  if (has == wants) return {};
  return corrupt(fmt::format("the body has {} {}, and the node wants {}", has, what, wants));
}

// Outputs of the body that go on to be the node's; the last may be left out.
Status check_outputs(const Body& body, size_t skipped, size_t states, const ops::Draft& draft) {
  if (body.outputs.size() < skipped + states)
    return corrupt(fmt::format("the body has {} outputs, and the node wants {} or more",
                               body.outputs.size(), skipped + states));
  if (draft.outputs.size() <= body.outputs.size() - skipped) return {};
  return corrupt(fmt::format("the node has {} outputs, and its body gives {}", draft.outputs.size(),
                             body.outputs.size() - skipped));
}

Status check_present(const ops::Draft& draft, size_t first) {
  for (size_t i = first; i < draft.inputs.size(); ++i)
    if (draft.inputs[i].empty()) return corrupt(fmt::format("input {} is absent", i));
  return {};
}

Status check_branch(const Body& body, const ops::Draft& draft) {
  Status status = check_counts("inputs", body.inputs.size(), 0);
  return status.ok() ? check_counts("outputs", body.outputs.size(), draft.outputs.size()) : status;
}

Status check_loop(const Body& body, const ops::Draft& draft) {
  Status status = check_counts("inputs", body.inputs.size(), draft.inputs.size());
  if (status.ok()) status = check_present(draft, 2);
  return status.ok() ? check_outputs(body, 1, draft.inputs.size() - 2, draft) : status;
}

Status check_scan(const Body& body, const ops::Draft& draft) {
  const size_t lengths = draft.op.since == 8 ? 1 : 0;  // the first input, sequence_lens
  if (draft.inputs.size() <= lengths) return corrupt("Scan has no input to scan");
  Status status = check_counts("inputs", body.inputs.size(), draft.inputs.size() - lengths);
  if (status.ok()) status = check_present(draft, lengths);
  const ops::Attribute* const scans = draft.op.attribute("num_scan_inputs");
  const int64_t count = scans == nullptr || scans->ints.size() != 1 ? 0 : scans->ints[0];
  const auto most = static_cast<int64_t>(body.inputs.size());
  if (status.ok() && (count < 1 || count > most))
    return corrupt(fmt::format("num_scan_inputs is {}, of {} inputs", count, most));
  return status.ok() ? check_outputs(body, 0, static_cast<size_t>(most - count), draft) : status;
}

Status check(const graph::Bodies& bodies, ops::Draft* draft) {
  const std::string& op = draft->op.op;
  if (op == "If") {
    if (draft->inputs.size() != 1 || draft->inputs[0].empty())
      return corrupt("If has one input, the condition");
    Status status = check_branch(bodies.all.at("then_branch"), *draft).in("then_branch");
    if (status.ok()) status = check_branch(bodies.all.at("else_branch"), *draft).in("else_branch");
    return status;
  }
  if (op == "Loop") draft->inputs.resize(std::max<size_t>(draft->inputs.size(), 2));
  return op == "Loop" ? check_loop(bodies.all.at("body"), *draft)
                      : check_scan(bodies.all.at("body"), *draft);
}

// Takes the attribute away: the others are read as those of any node.
Result<Body> take_body(format::NodeProto* node, const std::string& name, const Surroundings& around,
                       std::set<std::string>* captured) {
  auto& attributes = *node->mutable_attribute();
  const auto is_it = [&](const format::AttributeProto& each) { return each.name() == name; };
  const auto found = std::find_if(attributes.begin(), attributes.end(), is_it);
  if (found == attributes.end() || found->type() != format::AttributeProto::GRAPH ||
      !found->has_g())
    return corrupt(fmt::format("{} has no body {}", node->op_type(), quoted(name)));
  format::GraphProto proto;
  proto.Swap(found->mutable_g());
  attributes.erase(found);
  if (std::any_of(attributes.begin(), attributes.end(), is_it))
    return corrupt("attribute " + quoted(name) + " is there twice");
  Result<Body> body = BodyReader(around, captured).read(&proto);
  if (!body.ok()) return about(body.status(), name);
  return body;
}

}  // namespace

Result<ops::Draft> to_draft(format::NodeProto* node, ExternalFiles* files) {
  Result<std::vector<ops::Attribute>> attributes = to_attributes(node, files);
  if (!attributes.ok()) return attributes.status();
  ops::Draft draft;
  draft.op.op = node->op_type();
  draft.op.name = node->name();
  draft.op.attributes = attributes.take();
  draft.inputs.assign(node->input().begin(), node->input().end());
  draft.outputs.assign(node->output().begin(), node->output().end());
  return draft;
}

Result<BodyNode> read_control(format::NodeProto* node, const graph::ControlForm& form,
                              const Surroundings& around) {
  graph::Bodies bodies;
  bodies.opset = around.opset;
  std::set<std::string> captured;
  for (const std::string& name : form.bodies) {
    Result<Body> body = take_body(node, name, around, &captured);
    if (!body.ok()) return body.status();
    bodies.all.emplace(name, body.take());
  }
  bodies.captured.assign(captured.begin(), captured.end());
  Result<ops::Draft> draft = to_draft(node, around.files);
  if (!draft.ok()) return draft.status();
  for (const ops::Attribute& attribute : draft->op.attributes)
    if (std::count(form.attributes.begin(), form.attributes.end(), attribute.name) == 0)
      return corrupt(
          fmt::format("{} has no attribute {}", node->op_type(), quoted(attribute.name)));
  draft->op.since = graph::version_in(form, around.opset);
  Status status = check(bodies, &*draft);
  if (!status.ok()) return status;
  return BodyNode{draft.take(), std::make_shared<const graph::Bodies>(std::move(bodies))};
}

}  // namespace backplane::onnx
