#include "graph/print.hpp"

#include <fmt/format.h>

#include <cctype>

namespace backplane::graph {
namespace {

constexpr size_t kListShown = 8;  // elements of a list, before "..."
constexpr size_t kTextShown = 40;

// One line, whatever the bytes: what would end it or a string in it is escaped.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char byte : text) {
    if (byte == '"' || byte == '\\')
      result += std::string("\\") + byte;
    else if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f)
      result += fmt::format("\\\\x{:02x}", static_cast<unsigned char>(byte));
    else
      result += byte;
  }
  return result;
}

std::string quoted(const std::string& text) { return '"' + escaped(text) + '"'; }

template <class T, class Write>
std::string list_text(const std::vector<T>& list, bool is_list, Write write) {
  std::string text = is_list ? "[" : "";
  for (size_t index = 0; index < list.size() && index < kListShown; ++index)
    text += (index > 0 ? "," : "") + write(list[index]);
  if (list.size() > kListShown) text += ",...";
  return is_list ? text + "]" : text;
}

std::string attribute_text(const ops::Attribute& attribute) {
  const auto number = [](auto value) { return fmt::format("{}", value); };
  const auto string = [](const std::string& value) {
    return quoted(value.size() > kTextShown ? value.substr(0, kTextShown) + "..." : value);
  };
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      return list_text(attribute.floats, attribute.kind == BP_ATTRIBUTE_FLOATS, number);
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      return list_text(attribute.ints, attribute.kind == BP_ATTRIBUTE_INTS, number);
    case BP_ATTRIBUTE_STRING:
    case BP_ATTRIBUTE_STRINGS:
      return list_text(attribute.strings, attribute.kind == BP_ATTRIBUTE_STRINGS, string);
    case BP_ATTRIBUTE_TENSOR:
      return attribute.tensor == nullptr ? "none" : backplane::to_text(attribute.tensor->type);
    default:
      return fmt::format("kind {}", attribute.kind);
  }
}

std::string operator_text(const ops::Operator& op) {
  return (op.domain.empty() ? "" : op.domain + '.') + fmt::format("{}-{}", op.op, op.since);
}

std::string typed(const Value& value) {
  return escaped(value.name) + ": " + backplane::to_text(value.type);
}

std::string edge_line(const Value& value, const std::string& from, const std::string& to) {
  return fmt::format("  {} -> {} [label=\"{}\"];\n", from, to,
                     escaped(backplane::to_text(value.type)));
}

std::string producer_of(const Value& value, ValueId id) {
  return value.producer == BP_NONE ? fmt::format("v{}", id) : fmt::format("n{}", value.producer);
}

}  // namespace

std::string node_line(const Graph& graph, const Node& node) {
  std::string line;
  for (const ValueId id : node.outputs)
    line +=
        (line.empty() ? "" : ", ") + (id == BP_NONE ? std::string("-") : typed(graph.value(id)));
  line += " = " + operator_text(node.op) + '(';
  for (size_t index = 0; index < node.inputs.size(); ++index)
    line += (index > 0 ? ", " : "") + (node.inputs[index] == BP_NONE
                                           ? std::string("-")
                                           : escaped(graph.value(node.inputs[index]).name));
  line += ')';
  std::string attributes;
  for (const ops::Attribute& attribute : node.op.attributes)
    attributes += (attributes.empty() ? "" : ", ") + escaped(attribute.name) + '=' +
                  attribute_text(attribute);
  if (node.bodies != nullptr)
    for (const auto& [name, body] : node.bodies->all)
      attributes += (attributes.empty() ? "" : ", ") + escaped(name) +
                    fmt::format("=body of {} nodes", body.nodes.size());
  if (!attributes.empty()) line += " {" + attributes + '}';
  if (!node.op.name.empty()) line += ' ' + quoted(node.op.name);
  return line;
}

std::string to_text(const Graph& graph) {
  std::string text;
  for (const ValueId id : graph.inputs()) text += "input " + typed(graph.value(id)) + '\n';
  for (const Value& value : graph.values())
    if (value.constant != nullptr && value.producer == BP_NONE)
      text += "constant " + typed(value) + '\n';
  for (const Node& node : graph.nodes()) text += node_line(graph, node) + '\n';
  for (size_t index = 0; index < graph.outputs().size(); ++index) {
    const Value& value = graph.value(graph.outputs()[index]);
    text += "output " + escaped(graph.output_name(index));
    text += value.name == graph.output_name(index) ? "\n" : " = " + escaped(value.name) + '\n';
  }
  return text;
}

std::string to_dot(const Graph& graph) {
  std::string text = "digraph graph_of_nodes {\n  node [shape=box];\n";
  for (ValueId id = 0; id < graph.values().size(); ++id)
    if (graph.value(id).producer == BP_NONE)
      text += fmt::format("  v{} [label=\"{}\", shape={}];\n", id, escaped(graph.value(id).name),
                          graph.value(id).is_input ? "ellipse" : "note");
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.node(id);
    text += fmt::format("  n{} [label=\"{}\\n{}\"];\n", id, escaped(operator_text(node.op)),
                        escaped(node.op.name));
    for (const ValueId input : node.inputs)
      if (input != BP_NONE)
        text += edge_line(graph.value(input), producer_of(graph.value(input), input),
                          fmt::format("n{}", id));
  }
  for (size_t index = 0; index < graph.outputs().size(); ++index) {
    const ValueId id = graph.outputs()[index];
    text += fmt::format("  o{} [label=\"{}\", shape=ellipse];\n", index,
                        escaped(graph.output_name(index)));
    text += edge_line(graph.value(id), producer_of(graph.value(id), id), fmt::format("o{}", index));
  }
  return text + "}\n";
}

}  // namespace backplane::graph
