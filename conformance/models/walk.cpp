#include "models/walk.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "models/model.hpp"
#include "problems/fill.hpp"
#include "problems/power.hpp"
#include "run/interruption.hpp"
#include "run/worker_process.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

class Walk {
 public:
  Walk(const RunOptions& options, uint32_t device, const graph::Graph& graph)
      : options_(options), device_(device), graph_(graph), values_(graph.values().size()) {}

  ModelWalk run(const WalkEvents& events) {
    Result<std::unique_ptr<WorkerProcess>> worker =
        WorkerProcess::start({options_.plugin, options_.seed, false, "", 0, false},
                             options_.timeout_ns, options_.stop_fd);
    if (!worker.ok()) {
      walk_.stopped = worker.status().text();
      return walk_;
    }
    worker_ = worker.take();
    draw_inputs();
    for (const graph::Node& node : graph_.nodes()) {
      if (is_constant(graph_, node)) continue;
      NodeResult result = {++number_, name_of(graph_, node), "", {}};
      events.begins(result.number, result.name);
      visit(node, &result);
      if (!walk_.stopped.empty()) break;
      events.ends(result);
      if (!walk_.wrong.empty()) break;
    }
    return walk_;
  }

 private:
  void draw_inputs() {
    for (size_t id = 0; id < values_.size(); ++id) {
      const graph::Value& value = graph_.values()[id];
      if (value.constant != nullptr) {
        const Result<uint64_t> size = byte_size(value.constant->type);
        values_[id] = {value.constant->type,
                       std::string(static_cast<const char*>(value.constant->bytes()), *size)};
      } else if (value.is_input) {
        values_[id] = drawn(value.type, id, options_.seed);
      }
    }
  }

  void visit(const graph::Node& node, NodeResult* result) {
    try {
      visit_known(node, result);
      if (is_failure(result->outcome.verdict))
        walk_.wrong = result->name + ": " + result->outcome.text;
    } catch (const NotDefined& reason) {
      walk_.stopped = result->name + ": " + reason.text;
    }
  }

  void visit_known(const graph::Node& node, NodeResult* result) {
    Request request;
    std::vector<bp_tensor_type_t> types;
    for (graph::ValueId id : node.inputs) {
      request.inputs.push_back(id == BP_NONE ? TensorData{} : value_of(id));
      types.push_back(request.inputs.back().type);
    }
    const Result<Problem> problem = parse_problem(problem_text(graph_, node, types));
    if (!problem.ok()) throw NotDefined{problem.status().text()};
    result->problem = problem->text;
    request.op = problem->op;
    request.settings = {problem->settings.begin(), problem->settings.end()};
    request.output_count = problem->output_count;
    result->outcome = worker_->run(task_of(*problem, request), options_.timeout_ns);
    if (is_interrupted(options_.stop_fd)) throw NotDefined{"interrupted"};
    take(node, request, &result->outcome);
    result->outcome.outputs.clear();
  }

  const TensorData& value_of(graph::ValueId id) const {
    if (!values_[id]) throw NotDefined{"nothing has given " + graph_.value(id).name};
    return *values_[id];
  }

  Task task_of(const Problem& problem, const Request& request) const {
    Task task;
    task.kind = CaseKind::kNode;
    task.case_id = problem.id;
    task.problem = problem.text;
    task.device = device_;
    for (const TensorData& input : request.inputs) task.inputs.push_back({input.type, input.bytes});
    return task;
  }

  // Judges what came, and keeps what goes on to the next nodes.
  void take(const graph::Node& node, const Request& request, Outcome* outcome) {
    if (is_failure(outcome->verdict)) return;
    const Reference* reference = find_reference(request.op);
    const bool is_served = outcome->verdict == Verdict::kPass;
    if (!is_served && reference == nullptr)
      throw NotDefined{"neither the plugin nor a reference has it: " + outcome->text};
    if (reference == nullptr) return take_unjudged(node, outcome);
    const std::vector<ExpectedOutput> expected = expected_of(*reference, request, *outcome);
    if (!is_served) {
      ++walk_.unsupported;
      return keep(node, best_of(expected));
    }
    std::vector<TensorData> came = taken_from(outcome);
    const std::vector<TensorData> in_order = settled(*reference, request, expected, came);
    const Judgement judgement = judge_outputs(expected, in_order);
    if (!judgement.is_right()) {
      const std::string as_if =
          diagnosis(*reference, request, outcome->declared, expected, in_order);
      outcome->verdict = Verdict::kFail;
      outcome->rule = "BP-KERNEL-6";
      outcome->text = judgement.text + (as_if.empty() ? "" : "; " + as_if);
      return;
    }
    ++walk_.judged;
    keep(node, std::move(came));
  }

  void take_unjudged(const graph::Node& node, Outcome* outcome) {
    ++walk_.unjudged;
    outcome->verdict = Verdict::kSkipped;
    outcome->text = "served; there is no reference";
    keep(node, taken_from(outcome));
  }

  // Errors are looked at one by one: values that a model repeats, such as equal filters, make equal
  // errors, of which the statistics of a tensor say nothing.
  static std::vector<ExpectedOutput> expected_of(const Reference& reference, const Request& request,
                                                 const Outcome& outcome) {
    std::vector<ExpectedOutput> expected =
        expect(reference, request, outcome.declared, Fill::kReal);
    for (ExpectedOutput& output : expected) output.how.has_statistics = false;
    return expected;
  }

  static std::vector<TensorData> taken_from(Outcome* outcome) {
    std::vector<TensorData> came;
    for (TensorBytes& tensor : outcome->outputs.at(0))
      came.push_back({tensor.type, std::move(tensor.bytes)});
    return came;
  }

  static std::vector<TensorData> best_of(const std::vector<ExpectedOutput>& expected) {
    std::vector<std::string> best = best_outputs(expected);
    std::vector<TensorData> all;
    for (size_t i = 0; i < best.size(); ++i) all.push_back({expected[i].type, std::move(best[i])});
    return all;
  }

  void keep(const graph::Node& node, std::vector<TensorData> outputs) {
    for (size_t i = 0; i < outputs.size(); ++i)
      if (node.outputs[i] != BP_NONE) values_[node.outputs[i]] = std::move(outputs[i]);
  }

  const RunOptions& options_;
  uint32_t device_;
  const graph::Graph& graph_;
  std::vector<std::optional<TensorData>> values_;
  std::unique_ptr<WorkerProcess> worker_;
  size_t number_ = 0;
  ModelWalk walk_;
};

}  // namespace

size_t nodes_to_walk(const graph::Graph& graph) {
  return static_cast<size_t>(
      std::count_if(graph.nodes().begin(), graph.nodes().end(),
                    [&graph](const graph::Node& node) { return !is_constant(graph, node); }));
}

ModelWalk walk_model(const RunOptions& options, uint32_t device, const graph::Graph& graph,
                     const WalkEvents& events) {
  return Walk(options, device, graph).run(events);
}

}  // namespace backplane::conformance
