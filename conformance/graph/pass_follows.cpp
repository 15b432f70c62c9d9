// A pass directly behind each other one that may come before it.
#include <algorithm>

#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/pass_order.hpp"
#include "graph/passes.hpp"

namespace backplane::conformance {
namespace {

constexpr size_t kDrawsOfAFit = 60;  // until the graph is given up in which both find work
constexpr size_t kNodes = 40;

DrawOptions nth(const Subject& subject, const PassTask& task, size_t index) {
  DrawOptions options = nth_draw(subject.seed() + 0xf0110, index, std::min(kNodes, task.nodes));
  options.least_nodes += 5;
  return options;
}

struct Pair {
  std::vector<uint32_t> before;
  uint32_t first, second;
  std::string words;  // their names, in order
};

Pair pair_of(const std::vector<PassInfo>& infos, std::vector<uint32_t> before, uint32_t first,
             uint32_t second) {
  Pair pair = {std::move(before), first, second, "after"};
  for (const uint32_t pass : pair.before) pair.words += " " + infos[pass].name;
  pair.words += " " + infos[first].name + " " + infos[second].name;
  return pair;
}

// False: one of the two had nothing to do.
bool try_pair(Subject& subject, const Pair& pair, const DrawnGraph& drawn, PassTrial* trial) {
  graph::Graph graph = host_graph_of(drawn);
  for (const uint32_t pass : pair.before) graph = run_pass(subject, pass, graph).graph;
  const pass::Change first = run_pass(subject, pair.first, graph);
  if (first.is_none()) return false;
  const pass::Change second = run_pass(subject, pair.second, first.graph);
  if (second.is_none()) return false;
  trial->judge(drawn, second.graph, pair.words);
  return true;
}

// On how many graphs the two were seen at work.
size_t try_graphs(Subject& subject, const PassTask& task, const Pair& pair, PassTrial* trial) {
  const size_t wanted = std::max<size_t>(2, task.graphs / 40);
  size_t fits = 0;
  for (size_t i = 0; i < kDrawsOfAFit * wanted && fits < wanted; ++i) {
    subject.begin_step("directly behind another pass");
    const DrawnGraph drawn = trial->draw_served(nth(subject, task, i));
    fits += try_pair(subject, pair, drawn, trial) ? 1 : 0;
  }
  return fits;
}

void follows(Subject& subject, const PassTask& task) {
  const std::vector<PassInfo> infos = infos_of(*subject.passes());
  PassTrial trial(subject);
  size_t pairs = 0;
  std::string unseen;
  for (uint32_t first = 0; first < infos.size(); ++first) {
    std::vector<uint32_t> before;
    if (!may_follow(infos, first, task.index, &before)) continue;
    ++pairs;
    const Pair pair = pair_of(infos, before, first, task.index);
    if (try_graphs(subject, task, pair, &trial) == 0) unseen += " " + infos[first].name;
  }
  if (pairs == 0) not_applicable("no pass may come directly before it");
  if (!unseen.empty())
    throw CaseEnd{
        Verdict::kSkipped,
        "in no graph both it and the pass before it had anything to do, behind:" + unseen};
}

const PassCheck kChecks[] = {
    {"graph/pass/follows", "BP-GRAPH-2",
     "directly behind each pass that may come before it, outputs are what they were", follows},
};

}  // namespace

std::vector<PassCheck> pass_follow_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
