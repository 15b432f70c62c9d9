// A step of the build: writes ONNX's own function bodies, as libonnx has them, into a C++ file, and
// says which it leaves out.
//
//   write_function_bodies FILE
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "ops/function_bodies/contexts.hpp"
#include "ops/function_bodies/texts.hpp"
#include "ops/function_body.hpp"
#include "ops/schema.hpp"

namespace backplane::ops::bodies {
namespace {

using onnx::FunctionProto;
using onnx::OpSchema;

// Values that no body has of its own: they stand for an attribute's.
constexpr int64_t kFirstStandIn = 1000003;
constexpr int64_t kSecondStandIn = 2000003;

struct Table {
  std::string nodes;
  std::string bodies;
  int count = 0;
  std::string left_out;
};

Result<std::string> nodes_text(const FunctionProto& function, const Carried& carried) {
  std::string text;
  for (const onnx::NodeProto& node : function.node()) {
    const Result<std::string> line = node_text(node, carried);
    if (!line.ok()) return line;
    text += "    " + *line + ",\n";
  }
  return text;
}

// The body of a node whose carried attributes begin at `value`.
Result<std::string> text_for(const OpSchema& schema, Context context, int64_t value,
                             FunctionProto& function) {
  Carried carried;
  for (const std::string& name : context.carried) {
    onnx::AttributeProto* const attribute = context.node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
    carried[value++] = name;
  }
  const onnx::FunctionBodyBuildContextImpl builder(context.node, context.types);
  if (!schema.BuildContextDependentFunction(builder, function))
    return unsupported("libonnx makes none");
  return nodes_text(function, carried);
}

Status add(const OpSchema& schema, const FunctionProto& function, const std::string& nodes,
           const std::vector<std::string>& conditions, Table& table) {
  if (function.opset_import_size() != 1) return unsupported("parts of several domains");
  if (conditions.size() > kMostBodyConditions) return unsupported("many conditions");
  const Result<std::string> inputs = names_text(function.input(), kMostBodyInputs);
  if (!inputs.ok()) return inputs.status();
  const Result<std::string> outputs = names_text(function.output(), kMostBodyOutputs);
  if (!outputs.ok()) return outputs.status();
  const std::string name = fmt::format("kNodes{}", table.count++);
  table.nodes += fmt::format("constexpr BodyNode {}[] = {{\n{}}};\n", name, nodes);
  table.bodies +=
      fmt::format("    {{\"{}\", {}, {}, {}, {}, {{{}}}, {}, std::size({})}},\n", schema.Name(),
                  schema.since_version(), function.opset_import(0).version(), *inputs, *outputs,
                  fmt::join(conditions, ", "), name, name);
  return {};
}

Status add_contexts(const OpSchema& schema, Table& table) {
  const std::vector<Context> contexts = contexts_of(schema);
  if (contexts.empty()) return unsupported("its forms are not listed");
  for (const Context& context : contexts) {
    FunctionProto function;
    FunctionProto other;
    const Result<std::string> nodes = text_for(schema, context, kFirstStandIn, function);
    if (!nodes.ok()) return nodes.status();
    const Result<std::string> again = text_for(schema, context, kSecondStandIn, other);
    if (!again.ok()) return again.status();
    if (*nodes != *again) return unsupported("an attribute's value decides more than one number");
    Status status = add(schema, function, *nodes, context.conditions, table);
    if (!status.ok()) return status;
  }
  return {};
}

Status add_static(const OpSchema& schema, Table& table) {
  const Result<std::string> nodes = nodes_text(*schema.GetFunction(), {});
  return nodes.ok() ? add(schema, *schema.GetFunction(), *nodes, {}, table) : nodes.status();
}

Table table_of_all() {
  std::set<std::string> names;
  for (const OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas())
    if (schema.domain().empty()) names.insert(schema.Name());
  Table table;
  for (const std::string& name : names) {
    const OpSchema* const schema =
        onnx::OpSchemaRegistry::Schema(name, static_cast<int>(kReferenceOpset), "");
    if (schema == nullptr || (!schema->HasFunction() && !schema->HasContextDependentFunction()))
      continue;
    const Table before = table;
    const Status status =
        schema->HasFunction() ? add_static(*schema, table) : add_contexts(*schema, table);
    if (status.ok()) continue;
    table = before;
    table.left_out += fmt::format("// {}: {}\n", name, status.text());
  }
  return table;
}

constexpr const char* kFile = R"(// Made by the build from libonnx. Left out:
{}#include <iterator>

#include "ops/function_body.hpp"

namespace backplane::ops {{
namespace {{

{}
constexpr FunctionBody kBodies[] = {{
{}    {{}}}};

}}  // namespace

const FunctionBody* function_bodies() {{ return kBodies; }}

}}  // namespace backplane::ops
)";

}  // namespace
}  // namespace backplane::ops::bodies

int main(int argc, char** argv) {
  using namespace backplane::ops::bodies;
  if (argc != 2) return 2;
  const Table table = table_of_all();
  std::ofstream file(argv[1]);
  file << fmt::format(kFile, table.left_out, table.nodes, table.bodies);
  file.close();
  std::printf("%d bodies of libonnx. Left out:\n%s", table.count, table.left_out.c_str());
  return file.fail() ? 1 : 0;
}
