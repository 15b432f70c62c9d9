// A pass that is run again: on its own result, on the same graph, on the same graph written down in
// another order.
#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/passes.hpp"
#include "graph/print.hpp"

namespace backplane::conformance {
namespace {

DrawOptions nth(const Subject& subject, const PassTask& task, size_t index) {
  return nth_draw(subject.seed() + 0x5eed, index, task.nodes);
}

std::string first_other_line(const std::string& a, const std::string& b) {
  size_t begin = 0;
  for (size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i)
    if (a[i] == '\n') begin = i + 1;
  return "\"" + a.substr(begin, a.find('\n', begin) - begin) + "\" and \"" +
         b.substr(begin, b.find('\n', begin) - begin) + "\"";
}

void require_same_text(const graph::Graph& a, const graph::Graph& b, const std::string& what) {
  const std::string text_of_a = graph::to_text(a);
  const std::string text_of_b = graph::to_text(b);
  if (text_of_a != text_of_b) fail(what + ": " + first_other_line(text_of_a, text_of_b));
}

void idempotent(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  for (size_t i = 0; i < task.graphs; ++i) {
    subject.begin_step("on its own result");
    const graph::Graph graph = host_graph_of(trial.draw_served(nth(subject, task, i)));
    const pass::Change once = run_pass(subject, task.index, graph);
    const pass::Change twice = run_pass(subject, task.index, once.graph);
    require_same_text(once.graph, twice.graph, "run on its result it changes that again");
  }
}

void deterministic(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  for (size_t i = 0; i < task.graphs / 2; ++i) {
    subject.begin_step("on one graph several times");
    const DrawnGraph drawn = trial.draw_served(nth(subject, task, i));
    const graph::Graph graph = host_graph_of(drawn);
    const pass::Change first = run_pass(subject, task.index, graph);
    const pass::Change second = run_pass(subject, task.index, graph);
    require_same_text(first.graph, second.graph, "the same graph becomes two different ones");
    const DrawnGraph other = reordered(drawn, subject.seed() + i);
    const pass::Change third = run_pass(subject, task.index, host_graph_of(other));
    require(third.graph.nodes().size() == first.graph.nodes().size(),
            "with its nodes in another order the same graph has " +
                std::to_string(third.graph.nodes().size()) + " nodes after the pass, not " +
                std::to_string(first.graph.nodes().size()));
    if (!third.is_none()) trial.judge(other, third.graph, "with its nodes in another order");
  }
}

const PassCheck kChecks[] = {
    {"graph/pass/idempotent", "BP-GRAPH-1", "run on its own result the pass changes nothing",
     idempotent},
    {"graph/pass/deterministic", "BP-GRAPH-5",
     "one graph always becomes the same one, and the order of its nodes decides nothing",
     deterministic},
};

}  // namespace

std::vector<PassCheck> pass_repeat_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
