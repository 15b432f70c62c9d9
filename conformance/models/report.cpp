#include "models/report.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "models/walk.hpp"
#include "report/json_lines.hpp"
#include "report/terminal.hpp"

namespace backplane::conformance {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The walks of one run: a node is a case, so that every reader of reports can read these.
class ModelReport {
 public:
  ModelReport(const RunFacts& facts, const graph::Graph& graph)
      : facts_(facts), graph_(graph), count_(nodes_to_walk(graph)) {
    if (!facts.options.json_path.empty()) json_.emplace(facts, facts.options.json_path);
  }

  Status status() const { return json_ ? json_->status() : Status{}; }

  bool run(uint32_t device) {
    fmt::print("device {}: {}, {} nodes\n", device, facts_.options.model, count_);
    std::fflush(stdout);
    const ModelWalk walk = walk_on(device);
    fmt::print("device {}: {} nodes within their bounds, {} without a reference, {} unsupported\n",
               device, walk.judged, walk.unjudged, walk.unsupported);
    if (!walk.wrong.empty()) fmt::print("FAIL first to leave its bound: {}\n", walk.wrong);
    if (!walk.stopped.empty()) fmt::print("stopped at {}\n", walk.stopped);
    std::fflush(stdout);
    return walk.wrong.empty() && walk.stopped.empty() && walk.judged > 0;
  }

  void close() {
    if (json_) json_->close(records_);
  }

 private:
  ModelWalk walk_on(uint32_t device) {
    ProgressLine progress(stderr);
    return walk_model(facts_.options, device, graph_,
                      {[this, &progress](size_t number, const std::string& name) {
                         progress.show(number, count_, 0, name);
                       },
                       [this, device, &progress](const NodeResult& result) {
                         if (result.outcome.verdict != Verdict::kPass) progress.clear();
                         add(device, result);
                       }});
  }

  void add(uint32_t device, const NodeResult& result) {
    const Verdict verdict = result.outcome.verdict;
    if (verdict != Verdict::kPass)
      fmt::print("  {} of {}, {}: {}: {}\n", result.number, count_, result.name,
                 verdict_name(verdict), result.outcome.text);
    std::fflush(stdout);
    Case one;
    const std::string op = result.problem.substr(0, result.problem.find(' '));
    one.id = fmt::format("model/{}/{}", result.number, lower(op));
    one.level = Level::kOperators;
    one.kind = CaseKind::kNode;
    one.sentence = result.name + " is within its bound: " + result.problem;
    one.operators = {op};
    cases_.push_back(std::move(one));
    records_.push_back({&cases_.back(), device, result.outcome});
    if (json_) json_->add(records_.back());
  }

  const RunFacts& facts_;
  const graph::Graph& graph_;
  const size_t count_;
  std::optional<JsonLinesFile> json_;
  std::deque<Case> cases_;  // that records point into
  std::vector<Record> records_;
};

}  // namespace

Result<bool> run_model(const RunFacts& facts, const graph::Graph& graph) {
  ModelReport report(facts, graph);
  if (!report.status().ok()) return report.status();
  bool is_right = true;
  for (uint32_t device : facts.devices) is_right = report.run(device) && is_right;
  report.close();
  if (!report.status().ok()) return report.status();
  return is_right;
}

}  // namespace backplane::conformance
