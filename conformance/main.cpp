// conformance-run: is this plugin a conformant one?
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "command/chosen.hpp"
#include "command/model.hpp"
#include "command/options.hpp"
#include "command/prove.hpp"
#include "command/show.hpp"
#include "graph/pass_cases.hpp"
#include "report/environment.hpp"

namespace backplane::conformance {
namespace {

constexpr const char* kNoCase = "no case matches; see conformance-run --list";

RunFacts facts_of(const CommandLine& line, const Candidates& candidates) {
  RunFacts facts = {line.run, {}, line.run.devices, {}, candidates.profiles, 0, 0};
  for (const Case& one : candidates.cases) {
    facts.published_count += one.kind == CaseKind::kPublished ? 1 : 0;
    facts.plain_count += one.is_plain ? 1 : 0;
  }
  return facts;
}

// What a run of the suite, and of no model, has besides for a plugin's own passes.
void add_pass_cases(const CommandLine& line, const Greeting& plugin, Candidates* candidates,
                    std::vector<Case>* cases) {
  if (!line.run.from_model.empty()) return;
  const std::vector<Case> more = pass_cases(plugin.passes, line.run.is_quick, line.run.onnx_data);
  candidates->cases.insert(candidates->cases.end(), more.begin(), more.end());
  for (const Case& one : more)
    if (is_selected(line.run.selection, one)) cases->push_back(one);
}

// What follows once it is known which cases are to be run on the plugin.
int meet_and_run(CommandLine* line, Candidates candidates, std::vector<Case> cases) {
  const Interruption interruption;
  line->run.stop_fd = interruption.fd();
  RunFacts facts = facts_of(*line, candidates);
  Result<Greeting> met = meet_plugin(line->run);
  if (met.ok()) add_pass_cases(*line, *met, &candidates, &cases);
  if (const int signal = interruption.signal(); signal != 0)
    return complain("interrupted by " + signal_text(signal) + " before the first case",
                    exit_code_of(signal));
  Result<std::vector<Expectation>> expectations = read_expectations(*line, candidates.cases);
  if (!expectations.ok()) return complain(expectations.status().text(), kSomethingFailed);
  facts.expectations = expectations.take();
  if (!met.ok()) return prove_refused(&facts, met.status().text(), cases, interruption);
  if (cases.empty()) return complain(kNoCase, kWrongUsage);
  facts.plugin = met.take();
  const std::string wrong = choose_devices(&facts);
  if (!wrong.empty()) return complain(wrong, facts.devices.empty() ? kNoPlugin : kWrongUsage);
  if (!line->run.model.empty()) return walk(facts, interruption);
  if (facts.published_count == 0 && line->run.from_model.empty())
    fmt::print(
        "data     no published tests: install libonnx-testdata, or name their folder with "
        "--onnx-data\n");
  return prove(facts, cases, interruption);
}

int run(CommandLine* line) {
  const std::string wrong = complete(line);
  if (!wrong.empty()) return complain(wrong, kWrongUsage);
  const Result<Candidates> candidates = find_candidates(*line);
  if (!candidates.ok()) return complain(candidates.status().text(), kWrongUsage);
  if (!line->explain.empty()) return explain(*line, candidates->cases);
  const std::vector<Case> cases = selected_cases(*line, candidates->cases);
  // Those of passes are known once the plugin is.
  const bool may_be_of_pass =
      !line->is_list && may_select(line->run.selection, Level::kGraph, "graph/");
  if (cases.empty() && !may_be_of_pass) return complain(kNoCase, kWrongUsage);
  if (line->is_list) return list(cases);
  if (line->plugin.empty()) return complain("--plugin is required", kWrongUsage);
  return meet_and_run(line, *candidates, cases);
}

int main_of(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("conformance-run: proves a Backplane plugin, case by case", "conformance-run");
  app.set_version_flag("--version", "conformance-run " + std::string(suite_version()) + ", ABI " +
                                        std::to_string(BP_ABI_MAJOR) + "." +
                                        std::to_string(BP_ABI_MINOR));
  CommandLine line;
  line.run.jobs = std::max(1u, std::thread::hardware_concurrency());
  add_options(app, &line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAllPassed : kWrongUsage;
  }
  return app.got_subcommand("compare") ? compare(line) : run(&line);
}

}  // namespace
}  // namespace backplane::conformance

int main(int argc, char** argv) {
  try {
    return backplane::conformance::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "conformance-run: %s\n", error.what());
    return backplane::conformance::kSomethingFailed;
  }
}
