#include "pass/manager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "graph/print.hpp"

namespace backplane::pass {

using graph::Graph;
using graph::NodeId;

namespace {

constexpr size_t kLinesKept = 32;

Report failed(const Pass& pass, std::string text) {
  Report report;
  report.pass = pass.name;
  report.outcome = Report::Outcome::kFailed;
  report.text = std::move(text);
  return report;
}

// Which nodes stand for themselves alone, under a definition that has not changed.
std::vector<bool> kept_nodes(const Graph& before, const Change& change) {
  std::vector<bool> kept(change.origins.size());
  for (NodeId id = 0; id < kept.size(); ++id)
    kept[id] = change.origins[id].size() == 1 &&
               graph::node_line(before, before.node(change.origins[id][0])) ==
                   graph::node_line(change.graph, change.graph.node(id));
  return kept;
}

void note_lines(const Graph& before, const Change& change, Report* report) {
  const std::vector<bool> kept = kept_nodes(before, change);
  std::vector<bool> is_there(before.nodes().size());
  for (NodeId id = 0; id < kept.size(); ++id) {
    if (kept[id])
      is_there[change.origins[id][0]] = true;
    else if (report->lines_added.size() < kLinesKept)
      report->lines_added.push_back(graph::node_line(change.graph, change.graph.node(id)));
  }
  for (NodeId id = 0; id < is_there.size(); ++id)
    if (!is_there[id] && report->lines_removed.size() < kLinesKept)
      report->lines_removed.push_back(graph::node_line(before, before.node(id)));
}

// Origins through one more change.
std::vector<std::vector<NodeId>> through(const std::vector<std::vector<NodeId>>& before,
                                         const std::vector<std::vector<NodeId>>& change) {
  std::vector<std::vector<NodeId>> result;
  result.reserve(change.size());
  for (const std::vector<NodeId>& nodes : change) {
    std::set<NodeId> all;
    for (const NodeId node : nodes) all.insert(before[node].begin(), before[node].end());
    result.emplace_back(all.begin(), all.end());
  }
  return result;
}

Report run_one(const Pass& pass, const Owner& owner, Passed* passed) {
  Report report;
  report.pass = pass.name;
  report.nodes_before = report.nodes_after = passed->graph.nodes().size();
  const auto start = std::chrono::steady_clock::now();
  Result<Change> change = transact(passed->graph, owner, pass.body);
  report.nanoseconds = static_cast<uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
  if (!change.ok()) {
    report.outcome = Report::Outcome::kFailed;
    report.text =
        fmt::format("{}: {}", status_name(change.status().code()), change.status().text());
    return report;
  }
  if (change->is_none()) return report;
  report.outcome = Report::Outcome::kChanged;
  report.nodes_after = change->graph.nodes().size();
  report.added = change->added;
  report.removed = change->removed;
  note_lines(passed->graph, *change, &report);
  passed->origins = through(passed->origins, change->origins);
  passed->graph = std::move(change->graph);
  return report;
}

}  // namespace

const char* outcome_text(Report::Outcome outcome) {
  switch (outcome) {
    case Report::Outcome::kChanged:
      return "changed";
    case Report::Outcome::kNothing:
      return "nothing to do";
    case Report::Outcome::kOff:
      return "off";
    default:
      return "rolled back";
  }
}

std::vector<Pass> in_order(std::vector<Pass> passes, std::vector<Report>* reports) {
  std::stable_sort(passes.begin(), passes.end(),
                   [](const Pass& a, const Pass& b) { return a.phase < b.phase; });
  std::vector<Pass> ordered;
  std::set<std::string> placed = {""};
  while (!passes.empty()) {
    const auto next = std::find_if(passes.begin(), passes.end(),
                                   [&](const Pass& pass) { return placed.count(pass.after) != 0; });
    if (next == passes.end()) break;
    placed.insert(next->name);
    ordered.push_back(std::move(*next));
    passes.erase(next);
  }
  for (const Pass& pass : passes)
    reports->push_back(failed(
        pass, fmt::format("it is to run after \"{}\", which never runs: no pass of that name is "
                          "there, or it waits for this one",
                          pass.after)));
  return ordered;
}

Passed run_passes(Graph graph, const Owner& owner, const std::vector<Pass>& passes,
                  const Switches& switches) {
  Passed passed;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) passed.origins.push_back({id});
  passed.graph = std::move(graph);
  for (const Pass& pass : passes) {
    if (switches.all && switches.off.count(pass.name) == 0) {
      passed.reports.push_back(run_one(pass, owner, &passed));
      continue;
    }
    Report report;
    report.pass = pass.name;
    report.outcome = Report::Outcome::kOff;
    report.nodes_before = report.nodes_after = passed.graph.nodes().size();
    passed.reports.push_back(std::move(report));
  }
  return passed;
}

}  // namespace backplane::pass
