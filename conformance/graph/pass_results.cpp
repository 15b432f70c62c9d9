// What the graphs give after a pass: held against the reference.
#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/passes.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

// Graphs come in pairs of one structure and names with other numbers, and of the pairs two are
// exact and one is not.
DrawOptions nth(const Subject& subject, const PassTask& task, size_t index) {
  DrawOptions options = nth_draw(subject.seed(), index / 2, task.nodes);
  options.data_seed = index % 2;
  return options;
}

std::string words_for(const DrawOptions& options) {
  return std::string(options.is_exact ? "an exact" : "a smooth") + " graph (seed " +
         std::to_string(options.seed) + ")";
}

// A pass that found nothing to do in any graph was not seen at work.
void need_changes(size_t changed, size_t graphs) {
  if (changed == 0)
    throw CaseEnd{Verdict::kSkipped,
                  "the pass changed none of " + std::to_string(graphs) + " graphs"};
}

void require_same_edges(const graph::Graph& before, const graph::Graph& after) {
  require(before.inputs().size() == after.inputs().size() &&
              before.outputs().size() == after.outputs().size(),
          "the graph has other inputs or outputs than before");
  for (size_t i = 0; i < before.inputs().size(); ++i) {
    const graph::Value& was = before.value(before.inputs()[i]);
    const graph::Value& is = after.value(after.inputs()[i]);
    require(was.name == is.name && same_type(was.type, is.type),
            "input " + was.name + " has another name, place or type");
  }
  for (size_t i = 0; i < before.outputs().size(); ++i) {
    const graph::Value& was = before.value(before.outputs()[i]);
    const graph::Value& is = after.value(after.outputs()[i]);
    require(before.output_name(i) == after.output_name(i) && same_type(was.type, is.type),
            "output " + before.output_name(i) + " has another name, place or type");
  }
}

void try_graphs(Subject& subject, const PassTask& task, uint64_t outputs_one_in) {
  PassTrial trial(subject);
  size_t changed = 0;
  for (size_t i = 0; i < task.graphs; ++i) {
    subject.begin_step("on random graphs");
    DrawOptions options = nth(subject, task, i);
    options.outputs_one_in = outputs_one_in;
    const DrawnGraph drawn = trial.draw_served(options);
    const graph::Graph graph = host_graph_of(drawn);
    const pass::Change change = run_pass(subject, task.index, graph);
    require_same_edges(graph, change.graph);
    if (change.is_none()) continue;
    ++changed;
    trial.judge(drawn, change.graph, words_for(options));
  }
  need_changes(changed, task.graphs);
}

void outputs(Subject& subject, const PassTask& task) { try_graphs(subject, task, 8); }

// Every second value is given to the caller, so most of what a pass fuses is an output.
void edges(Subject& subject, const PassTask& task) {
  try_graphs(subject, {task.index, task.graphs / 2, task.nodes}, 2);
}

constexpr int64_t kBatches[] = {2, 1, 3, 5, 8};

// The same structure, each batch a graph of its own, and then one whose batch was not known.
size_t try_batches(Subject& subject, const PassTask& task, const DrawOptions& first,
                   PassTrial* trial) {
  DrawOptions options = first;
  size_t changed = 0;
  const pass::Change unknown =
      run_pass(subject, task.index, host_graph_of(trial->draw_served(options), Batch::kUnknown));
  for (int64_t batch : kBatches) {
    options.batch = batch;
    const DrawnGraph drawn = trial->draw_served(options);
    const std::string with = words_for(options) + " of batch " + std::to_string(batch);
    const pass::Change known = run_pass(subject, task.index, host_graph_of(drawn));
    if (!known.is_none()) trial->judge(drawn, known.graph, with);
    if (!unknown.is_none())
      trial->judge(drawn, with_batch(unknown.graph, batch), with + ", not known to the pass");
    changed += known.is_none() && unknown.is_none() ? 0 : 1;
  }
  return changed;
}

void dimensions(Subject& subject, const PassTask& task) {
  PassTrial trial(subject);
  size_t changed = 0;
  for (size_t i = 0; i < task.graphs / 6; ++i) {
    subject.begin_step("on graphs of several batches");
    DrawOptions options = nth(subject, task, i);
    options.least_nodes = 20;
    options.batch = kBatches[0];
    options.has_batch_constants = false;
    changed += try_batches(subject, task, options, &trial);
  }
  need_changes(changed, task.graphs / 6);
}

const PassCheck kChecks[] = {
    {"graph/pass/outputs", "BP-GRAPH-2,BP-GRAPH-3",
     "random graphs give after the pass what they gave before", outputs},
    {"graph/pass/edges", "BP-GRAPH-2,BP-GRAPH-3",
     "inputs and outputs are what they were, also outputs that others read", edges},
    {"graph/pass/dimensions", "BP-GRAPH-2",
     "a graph gives the same for every batch, known to the pass or not", dimensions},
};

}  // namespace

std::vector<PassCheck> pass_result_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
