// A plugin's passes on ONNX's published models, held against what was published with them.
#include <algorithm>
#include <optional>

#include "graph/graph_run.hpp"
#include "graph/pass_cases.hpp"
#include "graph/pass_order.hpp"
#include "graph/passes.hpp"
#include "onnx/reader.hpp"
#include "published/data_set.hpp"
#include "published/list.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

bool is_sized(const graph::Value& value) { return byte_size(value.type).ok(); }

// The model of a test: of several nodes, all sizes known, all served. std::nullopt: another.
std::optional<graph::Graph> read_usable(Subject& subject, const Case& test) {
  if (!test.is_plain || !test.skip.empty() || test.operators.size() < 2) return std::nullopt;
  Result<graph::Graph> graph = onnx::read_model_file(test.path + "/model.onnx", false);
  if (!graph.ok() || graph->nodes().size() < 2) return std::nullopt;
  if (!std::all_of(graph->values().begin(), graph->values().end(), is_sized)) return std::nullopt;
  if (!unserved_operator(subject, *graph).empty()) return std::nullopt;
  return graph.take();
}

// "" when the graph gives what was published, else which output does not.
std::string wrong_output(const graph::Graph& graph, const fs::path& data_set, GraphRun* run) {
  const Result<std::vector<TensorBytes>> given = read_inputs(data_set, graph);
  if (!given.ok()) return given.status().text();
  std::vector<TensorBytes> values = constant_values(graph);
  for (size_t i = 0; i < given->size(); ++i)
    if ((*given)[i].type.dtype != 0) values[graph.inputs()[i]] = (*given)[i];
  const std::vector<TensorBytes> came = run->run(graph, std::move(values));
  for (size_t i = 0; i < came.size(); ++i)
    if (const std::string wrong = compare_output(data_set, i, came[i]); !wrong.empty())
      return "output " + std::to_string(i) + ": " + wrong;
  return "";
}

struct Trial {
  Subject& subject;
  std::vector<PassInfo> infos;
  GraphRun run;

  void judge(const Case& test, const graph::Graph& before, const graph::Graph& after,
             const std::string& pass) {
    for (const fs::path& data_set : data_sets_of(test.path)) {
      const std::string wrong = wrong_output(after, data_set, &run);
      if (wrong.empty()) continue;
      const bool was_right = wrong_output(before, data_set, &run).empty();
      std::string words = data_set.string();
      words.append(", after ").append(pass).append(": ").append(wrong);
      words += was_right ? "; without the pass it is right"
                         : "; but it is so without the pass too: see the level operators";
      fail(words);
    }
  }

  // Each pass behind those that it has to be behind; whether any that was asked for had work.
  bool try_passes(const Case& test, const graph::Graph& model) {
    bool has_changed = false;
    for (uint32_t pass = 0; pass < infos.size(); ++pass) {
      graph::Graph graph = model;
      bool has_work = false;
      for (const uint32_t one : order_up_to(infos, pass)) {
        pass::Change change = run_pass(subject, one, graph);
        has_work = !change.is_none();
        if (has_work) graph = std::move(change.graph);
      }
      if (!has_work) continue;
      has_changed = true;
      judge(test, model, graph, infos[pass].name);
    }
    return has_changed;
  }
};

void on_published(Subject& subject, const PassTask& task) {
  if (task.published.empty()) not_applicable("no published tests: --onnx-data says where they are");
  Trial trial = {subject, infos_of(*subject.passes()), GraphRun(subject)};
  size_t tried = 0;
  size_t changed = 0;
  for (const Case& test : published_cases(task.published)) {
    if (changed == task.graphs) break;
    const std::optional<graph::Graph> model = read_usable(subject, test);
    if (!model.has_value()) continue;
    subject.begin_step("on published models");
    ++tried;
    changed += trial.try_passes(test, *model) ? 1 : 0;
  }
  if (changed == 0)
    throw CaseEnd{Verdict::kSkipped, "the passes found nothing to do in " + std::to_string(tried) +
                                         " published models of several nodes"};
}

const PassCheck kChecks[] = {
    {"graph/passes/published", "BP-GRAPH-2",
     "published models give what was published after each pass", on_published},
};

}  // namespace

std::vector<PassCheck> pass_published_checks() { return {std::begin(kChecks), std::end(kChecks)}; }

}  // namespace backplane::conformance
