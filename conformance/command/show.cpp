#include "command/show.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "problems/judge.hpp"
#include "report/json_lines.hpp"
#include "run/supervisor.hpp"

namespace backplane::conformance {

int list(const std::vector<Case>& cases) {
  for (const Case& one : cases) fmt::print("{}\n    {}\n", one.id, one.sentence);
  fmt::print("{} cases\n", cases.size());
  return kAllPassed;
}

int explain(const CommandLine& line, const std::vector<Case>& all) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&line](const Case& one) { return one.id == line.explain; });
  if (found == all.end())
    return complain("there is no case " + line.explain + "; see conformance-run --list",
                    kWrongUsage);
  fmt::print("case       {}\nproves     {}\nsentence   {}\n", found->id, found->rules,
             found->sentence);
  if (found->kind != CaseKind::kProblem) return kAllPassed;
  Declared declared;
  if (!line.plugin.empty()) {
    RunFacts facts;
    facts.options = line.run;
    facts.devices = {line.run.devices.empty() ? 0 : line.run.devices[0]};
    size_t planned = 0;
    const std::vector<Record> records = run_cases(
        facts, {*found}, [](const Record&) {}, &planned);
    if (records.size() != planned) return complain("interrupted", kSomethingFailed);
    const Outcome& outcome = records.at(0).outcome;
    declared = outcome.declared;
    const std::string words = declaration_text(declared);
    fmt::print("plugin     {}: {}{}\ndeclared   {}, class {}\n", line.run.plugin,
               verdict_name(outcome.verdict), outcome.text.empty() ? "" : ": " + outcome.text,
               words.empty() ? "nothing" : words, precision_class(declared));
  }
  fmt::print("{}", explain_problem(found->problem, line.run.seed, declared));
  return kAllPassed;
}

int compare(const CommandLine& line) {
  const Result<std::vector<OldRecord>> before = read_json_lines(line.before);
  if (!before.ok()) return complain(before.status().text(), kWrongUsage);
  const Result<std::vector<OldRecord>> after = read_json_lines(line.after);
  if (!after.ok()) return complain(after.status().text(), kWrongUsage);
  const Comparison comparison = compare_runs(*before, *after, line.expected);
  fmt::print("{}", comparison.text);
  return comparison.newly_failing > 0 ? kSomethingFailed : kAllPassed;
}

}  // namespace backplane::conformance
