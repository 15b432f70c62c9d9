// How a pass uses the view: edits that fail, how often it calls, and what it keeps.
#include <memory>

#include "graph/borrowed_view.hpp"
#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/passes.hpp"
#include "graph/print.hpp"
#include "graph/watched_view.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

DrawOptions options_of(const Subject& subject, size_t index, size_t nodes) {
  DrawOptions options;
  options.seed = mix(subject.seed() + 0x71e3) + index;
  options.least_nodes = nodes;
  return options;
}

constexpr uint64_t kMostFailures = 24;  // of one graph

// The n-th edit fails, for every n that there is. False: the pass makes fewer edits.
bool try_failing(Subject& subject, const PassTask& task, const DrawnGraph& drawn, uint64_t fail_at,
                 PassTrial* trial) {
  bool has_failed = false;
  const Result<pass::Change> change =
      try_pass(subject, task.index, host_graph_of(drawn),
               [&](bp_graph_t* graph, const bp_graph_view_t* view, const CallPass& call) {
                 WatchedView watched(graph, view, fail_at);
                 const bp_status_t status = call(watched.graph(), WatchedView::view());
                 has_failed = watched.has_failed();
                 return status;
               });
  const std::string what = "BP_OK though edit " + std::to_string(fail_at) + " was refused";
  if (!has_failed) return false;
  if (change.ok() && !change->is_none()) trial->judge(drawn, change->graph, what);
  return true;
}

void rolled_back(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  for (size_t i = 0; i < task.graphs / 8; ++i) {
    subject.begin_step("with an edit that fails");
    const DrawnGraph drawn = trial.draw_served(options_of(subject, i, 25));
    const graph::Graph graph = host_graph_of(drawn);
    const std::string wanted = graph::to_text(run_pass(subject, task.index, graph).graph);
    for (uint64_t fail_at = 1; fail_at <= kMostFailures; ++fail_at)
      if (!try_failing(subject, task, drawn, fail_at, &trial)) break;
    require(graph::to_text(run_pass(subject, task.index, graph).graph) == wanted,
            "after edits that failed the pass does something else than before");
  }
}

double calls_per_node(Subject& subject, const PassTask& task, size_t nodes, PassTrial* trial) {
  subject.begin_step("on a large graph");
  const graph::Graph graph = host_graph_of(trial->draw_served(options_of(subject, 0, nodes)));
  uint64_t calls = 0;
  run_pass(subject, task.index, graph,
           [&](bp_graph_t* given, const bp_graph_view_t* view, const CallPass& call) {
             WatchedView watched(given, view);
             const bp_status_t status = call(watched.graph(), WatchedView::view());
             calls = watched.calls();
             return status;
           });
  return static_cast<double>(calls) / static_cast<double>(graph.nodes().size());
}

constexpr double kMostGrowth = 1.5;

void view_calls(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  const double few = calls_per_node(subject, task, 1000, &trial);
  const double many = calls_per_node(subject, task, 10000, &trial);
  require(many <= kMostGrowth * few, std::to_string(many) +
                                         " calls of the view per node at 10,000 "
                                         "nodes, " +
                                         std::to_string(few) + " at 1,000");
}

// All views of a case stay where they are, so that no later one takes the place of one before.
void keeps_no_pointer(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  std::vector<std::unique_ptr<BorrowedView>> given;
  const auto lent = [&given](bp_graph_t* graph, const bp_graph_view_t* view, const CallPass& call) {
    given.push_back(std::make_unique<BorrowedView>(graph, view));
    const bp_status_t status = call(given.back()->graph(), given.back()->view());
    given.back()->take_back();
    return status;
  };
  for (size_t i = 0; i < task.graphs / 8; ++i) {
    subject.begin_step("after what it was lent was taken back");
    const DrawnGraph drawn = trial.draw_served(options_of(subject, i / 2, 20));
    const pass::Change change = run_pass(subject, task.index, host_graph_of(drawn), lent);
    if (!change.is_none()) trial.judge(drawn, change.graph, "after others were freed");
  }
}

const PassCheck kChecks[] = {
    {"graph/pass/rolled-back", "BP-GRAPH-6",
     "where an edit is refused the pass fails, or what it does without is right", rolled_back},
    {"graph/pass/view-calls", "",
     "the calls of the view grow with the graph and not with its square", view_calls},
    {"graph/pass/keeps-no-pointer", "BP-BASE-8",
     "nothing of graph and view is looked at after pass_run", keeps_no_pointer},
};

}  // namespace

std::vector<PassCheck> pass_view_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
