// The plugin's passes among the host's own, as a session has them.
#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/pass_order.hpp"
#include "graph/passes.hpp"
#include "pass/host/passes.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

DrawOptions nth(const Subject& subject, const PassTask& task, size_t index) {
  return nth_draw(subject.seed() + 0x40575, index, task.nodes);
}

struct Step {
  std::string name;
  std::function<pass::Change(const graph::Graph& graph)> run;
};

Step step_of(Subject& subject, const pass::Pass& pass) {
  return {pass.name,
          [&](const graph::Graph& graph) { return run_host_pass(subject, pass, graph); }};
}

// Three of four, in any order.
std::vector<Step> host_steps(Subject& subject, const std::vector<pass::Pass>& passes,
                             uint64_t seed) {
  std::vector<Step> steps;
  for (size_t i = 0; i < passes.size(); ++i) {
    const uint64_t word = mix(seed * 16 + i);
    if (word % 4 == 0) continue;
    const size_t place = (word >> 8) % (steps.size() + 1);
    steps.insert(steps.begin() + static_cast<int64_t>(place), step_of(subject, passes[i]));
  }
  return steps;
}

// Put among the host's, their own order kept.
void add_plugin_steps(Subject& subject, const std::vector<PassInfo>& infos, uint64_t seed,
                      std::vector<Step>* steps) {
  size_t place = 0;
  for (const uint32_t pass : random_order(infos, seed)) {
    place += mix(seed * 16 + place) % (steps->size() - place + 1);
    const Step step = {infos[pass].name, [&subject, pass](const graph::Graph& graph) {
                         return run_pass(subject, pass, graph);
                       }};
    steps->insert(steps->begin() + static_cast<int64_t>(place), step);
    ++place;
  }
}

// What becomes of the graph; with `judges_each` looked at after every pass that changes it.
void run_steps(const std::vector<Step>& steps, const DrawnGraph& drawn, bool judges_each,
               PassTrial* trial) {
  graph::Graph graph = host_graph_of(drawn);
  std::string done = "after";
  for (const Step& step : steps) {
    const pass::Change change = step.run(graph);
    if (change.is_none()) continue;
    graph = change.graph;
    done += " " + step.name;
    if (judges_each) trial->judge(drawn, graph, done);
  }
  if (done != "after" && !judges_each) trial->judge(drawn, graph, done);
}

void beside_the_hosts(Subject& subject, const PassTask& task) {
  const std::vector<PassInfo> infos = infos_of(*subject.passes());
  const std::vector<pass::Pass> passes = pass::host_passes();
  PassTrial trial(subject);
  for (size_t i = 0; i < task.graphs; ++i) {
    subject.begin_step("with passes of the host's");
    const DrawOptions options = nth(subject, task, i);
    const DrawnGraph drawn = trial.draw_served(options);
    std::vector<Step> steps = host_steps(subject, passes, options.seed);
    add_plugin_steps(subject, infos, options.seed, &steps);
    try {
      run_steps(steps, drawn, false, &trial);
    } catch (const CaseEnd&) {
      run_steps(steps, drawn, true, &trial);  // names the first pass that it is wrong after
      throw;
    }
  }
}

const PassCheck kChecks[] = {
    {"graph/passes/beside-the-hosts", "BP-GRAPH-2",
     "graphs give the same after any choice and order of the host's passes with the plugin's",
     beside_the_hosts},
};

}  // namespace

std::vector<PassCheck> pass_host_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
