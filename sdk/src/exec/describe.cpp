#include "exec/describe.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ops/decomposition.hpp"

namespace backplane::exec {
namespace {

using graph::NodeId;
using Json = nlohmann::json;

// What runs for a node.
struct Running {
  bool is_launched = false;
  std::vector<std::string> parts;
  std::vector<std::string> fused;
  std::vector<std::string> inlined;
};

Running running_of(const std::vector<Plan::Origin>& origins, NodeId id) {
  Running running;
  for (const Plan::Origin& origin : origins) {
    if (std::count(origin.nodes.begin(), origin.nodes.end(), id) == 0) continue;
    running.is_launched = true;
    if (!origin.part.empty()) running.parts.push_back(origin.part);
    if (!origin.fused.empty()) running.fused.push_back(origin.fused);
    if (!origin.inlined.empty()) running.inlined.push_back(origin.inlined);
  }
  return running;
}

}  // namespace

std::string placement_text(const graph::Graph& graph,
                           const std::optional<std::vector<Plan::Origin>>& launched,
                           const std::string& device) {
  Json nodes = Json::array();
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const ops::Operator& op = graph.node(id).op;
    const Running running = launched.has_value() ? running_of(*launched, id) : Running();
    Json node = {{"node", op.name}, {"op", op.op}, {"since", op.since}};
    node["device"] = !launched.has_value() ? "not planned yet"
                     : running.is_launched ? device
                                           : "computed beforehand";
    if (!running.parts.empty()) {
      node["decomposed"] = running.parts;
      node["decomposition"] = ops::origin_of_decomposition(op);
    }
    if (!running.fused.empty()) node["fused"] = running.fused;
    if (!running.inlined.empty()) node["inlined"] = running.inlined;
    nodes.push_back(node);
  }
  return Json{{"device", device}, {"nodes", nodes}}.dump(2) + "\n";
}

std::string passes_text(const std::vector<pass::Report>& reports) {
  Json passes = Json::array();
  for (const pass::Report& report : reports) {
    Json pass = {{"pass", report.pass},
                 {"outcome", pass::outcome_text(report.outcome)},
                 {"microseconds", static_cast<double>(report.nanoseconds) / 1000},
                 {"nodes_before", report.nodes_before},
                 {"nodes_after", report.nodes_after}};
    if (!report.text.empty()) pass["reason"] = report.text;
    if (report.outcome == pass::Report::Outcome::kChanged) {
      pass["nodes_added"] = report.added;
      pass["nodes_removed"] = report.removed;
      pass["removed"] = report.lines_removed;
      pass["added"] = report.lines_added;
    }
    passes.push_back(pass);
  }
  return Json{{"passes", passes}}.dump(2) + "\n";
}

}  // namespace backplane::exec
