// Any legal order and choice of a plugin's passes.
#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/pass_order.hpp"
#include "graph/passes.hpp"

namespace backplane::conformance {
namespace {

void orders(Subject& subject, const PassTask& task) {
  const std::vector<PassInfo> infos = infos_of(*subject.passes());
  PassTrial trial(subject);
  for (size_t i = 0; i < task.graphs; ++i) {
    subject.begin_step("with several passes");
    const DrawOptions options = nth_draw(subject.seed() + 0x0bde, i, task.nodes);
    const DrawnGraph drawn = trial.draw_served(options);
    graph::Graph graph = host_graph_of(drawn);
    std::string done = "after";
    for (const uint32_t pass : random_order(infos, options.seed)) {
      done += " " + infos[pass].name;
      graph = run_pass(subject, pass, graph).graph;
    }
    trial.judge(drawn, graph, done);
  }
}

const PassCheck kChecks[] = {
    {"graph/passes/orders", "BP-GRAPH-2",
     "graphs give the same after any choice of passes in any order that they allow", orders},
};

}  // namespace

std::vector<PassCheck> pass_order_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
