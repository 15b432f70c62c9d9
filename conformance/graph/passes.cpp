#include "graph/passes.hpp"

#include "graph/graph_reference.hpp"
#include "graph/host_graph.hpp"
#include "graph/typing.hpp"

namespace backplane::conformance {
namespace {

Status supports(Subject& subject, const bp_node_t& node) {
  const bp_status_t status = subject.kernels().supports(subject.device(), &node);
  return status == BP_OK ? Status() : Status(status, subject.host().take_explanation());
}

pass::Owner owner_of(Subject& subject) {
  return {subject.plugin().id,
          [&subject](const bp_node_t& node) { return supports(subject, node); }};
}

// Exact graphs are exact, unless the kernels say that they compute with less than float32 has.
LocalErrors errors_for(const DrawnGraph& drawn, const Declared& declared) {
  return drawn.is_exact && precision_class(declared) == 'A' ? no_errors() : errors_of(declared);
}

}  // namespace

const bp_graph_pass_api_t* pass_table_of(const bp_plugin_t& plugin) {
  if (!BP_HAS(bp_plugin_t, &plugin, get_extension) || plugin.get_extension == nullptr)
    return nullptr;
  return static_cast<const bp_graph_pass_api_t*>(plugin.get_extension(BP_EXT_GRAPH_PASS));
}

bool is_whole(const bp_graph_pass_api_t& table) {
  return BP_HAS(bp_graph_pass_api_t, &table, pass_run) && table.pass_count != nullptr &&
         table.pass_info != nullptr && table.pass_run != nullptr;
}

std::vector<std::string> pass_names(const bp_plugin_t& plugin) {
  std::vector<std::string> names;
  const bp_graph_pass_api_t* table = pass_table_of(plugin);
  const uint32_t count = table != nullptr && is_whole(*table) ? table->pass_count() : 0;
  for (uint32_t index = 0; index < count && index < 1000; ++index) {
    const bp_pass_info_t* info = table->pass_info(index);
    names.emplace_back(info != nullptr && info->name != nullptr ? info->name : "");
  }
  return names;
}

Result<pass::Change> try_pass(Subject& subject, uint32_t index, const graph::Graph& graph,
                              const AroundPass& around) {
  const pass::Owner owner = owner_of(subject);
  const CallPass call = [&](bp_graph_t* given, const bp_graph_view_t* view) {
    subject.entering("pass_run");
    return subject.passes()->pass_run(index, subject.device(), given, view);
  };
  return pass::transact(
      graph, owner, [&](pass::EditedGraph* edited, const bp_graph_view_t* view) -> Status {
        subject.host().take_explanation();
        const bp_status_t status = around ? around(edited, view, call) : call(edited, view);
        if (status == BP_OK) return {};
        const std::string words = subject.host().take_explanation();
        require(!words.empty(), "pass_run fails and says nothing");
        return {status, "pass_run failed (\"" + words + "\")"};
      });
}

pass::Change run_pass(Subject& subject, uint32_t index, const graph::Graph& graph,
                      const AroundPass& around) {
  Result<pass::Change> changed = try_pass(subject, index, graph, around);
  require(changed.ok(), changed.status().text());
  return changed.take();
}

pass::Change run_host_pass(Subject& subject, const pass::Pass& pass, const graph::Graph& graph) {
  Result<pass::Change> changed = pass::transact(graph, owner_of(subject), pass.body);
  require(changed.ok(), pass.name + ": " + changed.status().text());
  return changed.take();
}

static bool has_half(const graph::Graph& graph, const graph::Node& node) {
  for (const auto& ids : {node.inputs, node.outputs})
    for (const graph::ValueId id : ids)
      if (id != BP_NONE && graph.value(id).type.dtype == BP_DTYPE_FLOAT16) return true;
  return false;
}

std::string unserved_operator(Subject& subject, const graph::Graph& graph) {
  for (graph::NodeId id = 0; id < graph.nodes().size(); ++id) {
    const graph::Node& node = graph.node(id);
    const ops::AbiNode abi(node.op, graph::types_of(graph, node.inputs),
                           graph::types_of(graph, node.outputs),
                           graph::constants_of(graph, node.inputs));
    if (!supports(subject, abi.node()).ok())
      return node.op.op + (has_half(graph, node) ? kOfHalf : "");
  }
  return "";
}

DrawnGraph PassTrial::draw_served(DrawOptions options) {
  for (;;) {
    options.excluded = excluded_;
    if (!serves_half_) options.half_one_in = 0;
    DrawnGraph drawn = draw(options);
    if (drawn.nodes.empty() && options.half_one_in == 0)
      unsupported("it serves none of the operators that graphs are made of");
    if (drawn.nodes.empty()) serves_half_ = false;
    if (drawn.nodes.empty()) continue;
    const std::string unserved = unserved_operator(subject_, host_graph_of(drawn));
    if (unserved.empty()) return drawn;
    excluded_.insert(unserved);
  }
}

std::string PassTrial::wrong_output(const DrawnGraph& drawn, const graph::Graph& graph,
                                    const LocalErrors& errors, GraphRun* run) {
  const std::vector<Bounded64> wanted = evaluate(drawn, errors);
  const std::vector<std::vector<float>> came = run->run(graph, drawn);
  for (size_t i = 0; i < drawn.outputs.size(); ++i) {
    const size_t output = drawn.outputs[i];
    const std::string difference_found = difference(wanted[output], came[i]);
    if (!difference_found.empty())
      return "output " + drawn.values[output].name + ": " + difference_found;
  }
  return "";
}

void PassTrial::judge(const DrawnGraph& drawn, const graph::Graph& after, const std::string& what) {
  const std::string wrong = wrong_output(drawn, after, errors_for(drawn, {}), &after_);
  if (wrong.empty()) return;
  // What the kernels of the graph before the pass say of themselves widens the bound.
  const graph::Graph whole = host_graph_of(drawn);
  const std::string wrong_before = wrong_output(drawn, whole, errors_for(drawn, {}), &before_);
  const LocalErrors declared = errors_for(drawn, before_.least_exact());
  if (precision_class(before_.least_exact()) != 'A' &&
      wrong_output(drawn, after, declared, &after_).empty())
    return;
  fail(what + ": " + wrong +
       (wrong_before.empty() ? "; without the pass it is right"
                             : "; but it is so without the pass too: see the level operators"));
}

}  // namespace backplane::conformance
