#include "command/model.hpp"

#include <fmt/format.h>

#include "command/prove.hpp"
#include "models/model.hpp"
#include "models/report.hpp"
#include "run/case_list.hpp"
#include "run/supervisor.hpp"

namespace backplane::conformance {

Result<std::vector<Case>> model_cases(const CommandLine& line) {
  const Result<graph::Graph> graph = read_model_of_size(line.run.from_model, line.run.unknown_size);
  if (!graph.ok()) return graph.status();
  const ModelProblems found = problems_of(*graph);
  std::vector<Case> cases;
  for (const Problem& problem : found.problems) {
    cases.push_back(case_of(problem));
    cases.back().sentence += fmt::format(" (occurs {} times)", found.occurs.at(problem.id));
  }
  for (const std::string& text : found.left_out) fmt::print("left out {}\n", text);
  fmt::print("model    {}: {} nodes, {} different problems, {} nodes left out\n",
             line.run.from_model, graph->nodes().size(), cases.size(), found.left_out.size());
  return cases;
}

int walk(const RunFacts& facts, const Interruption& interruption) {
  const Result<graph::Graph> graph =
      read_model_of_size(facts.options.model, facts.options.unknown_size);
  if (!graph.ok()) return complain(graph.status().text(), kWrongUsage);
  const Result<bool> is_right = run_model(facts, *graph);
  if (const int signal = interruption.signal(); signal != 0) return exit_code_of(signal);
  if (!is_right.ok()) return complain(is_right.status().text(), kSomethingFailed);
  return *is_right ? kAllPassed : kSomethingFailed;
}

}  // namespace backplane::conformance
