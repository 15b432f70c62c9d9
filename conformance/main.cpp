// conformance-run: is this plugin a conformant one?
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "published/list.hpp"
#include "report/comparison.hpp"
#include "report/json_lines.hpp"
#include "report/junit.hpp"
#include "report/summary.hpp"
#include "report/terminal.hpp"
#include "run/case_list.hpp"
#include "run/supervisor.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFooter = R"(Examples:
  conformance-run --plugin libbp_acme.so
  conformance-run --plugin libbp_acme.so --filter 'operators/published/node/test_conv*'
  conformance-run --plugin libbp_acme.so --shard 1/4 --json run.jsonl --junit run.xml
  conformance-run --plugin libbp_acme.so --only-failed run.jsonl
  conformance-run --plugin libbp_acme.so --expectations known.txt
  conformance-run compare before.jsonl after.jsonl

Exit codes:
  0  nothing failed and something passed     2  wrong usage, or no case matches
  1  something failed, or nothing passed     3  the plugin cannot be opened)";

struct CommandLine {
  RunOptions run;
  std::string plugin;
  std::string shard;
  std::string repro;
  std::string only_failed;
  std::string expectations;
  double timeout_seconds = 30;
  bool is_list = false;
  std::string before;
  std::string after;
  Expected expected;
};

int complain(const std::string& text, int code) {
  fmt::print(stderr, "conformance-run: {}\n", text);
  return code;
}

bool parse_shard(const std::string& text, Selection* selection) {
  unsigned long long index = 0;
  unsigned long long count = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%llu/%llu%n", &index, &count, &used) != 2 ||
      static_cast<size_t>(used) != text.size() || index < 1 || index > count)
    return false;
  selection->shard = index - 1;
  selection->shard_count = count;
  return true;
}

// Fills what follows from the options; "" or what is wrong with them.
std::string complete(CommandLine* line) {
  RunOptions& run = line->run;
  std::error_code ignored;
  run.plugin = fs::absolute(line->plugin, ignored).lexically_normal().string();
  if (!line->plugin.empty() && !fs::exists(run.plugin, ignored))
    return run.plugin + ": there is no such file";
  run.timeout_ns = static_cast<uint64_t>(line->timeout_seconds * 1e9);
  if (!line->shard.empty() && !parse_shard(line->shard, &run.selection))
    return "--shard wants i/n with 1 <= i <= n, eg 1/4, not \"" + line->shard + "\"";
  if (!line->repro.empty()) {
    run.is_repro = true;
    run.jobs = 1;
    run.selection.only = {line->repro};
  }
  if (run.onnx_data.empty()) run.onnx_data = find_published_data();
  if (line->only_failed.empty()) return "";
  const Result<std::vector<OldRecord>> old = read_json_lines(line->only_failed);
  if (!old.ok()) return old.status().text();
  for (const OldRecord& record : *old)
    if (is_failure(record.verdict)) run.selection.only.push_back(record.id);
  return run.selection.only.empty() ? "nothing failed in " + line->only_failed : "";
}

std::vector<Case> selected_cases(const CommandLine& line, const std::vector<Case>& all) {
  std::vector<Case> chosen;
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
               [&line](const Case& one) { return is_selected(line.run.selection, one); });
  return chosen;
}

int list(const std::vector<Case>& cases) {
  for (const Case& one : cases) fmt::print("{}\n    {}\n", one.id, one.sentence);
  fmt::print("{} cases\n", cases.size());
  return kAllPassed;
}

int exit_code_of(const std::vector<Record>& records) {
  const Counts counts = count_all(records);
  return counts.failures() == 0 && counts.of(Verdict::kPass) > 0 ? kAllPassed : kSomethingFailed;
}

int run_and_report(const RunFacts& facts, const std::vector<Case>& cases) {
  std::optional<JsonLinesFile> json;
  if (!facts.options.json_path.empty()) json.emplace(facts, facts.options.json_path);
  if (json && !json->status().ok()) return complain(json->status().text(), kWrongUsage);
  fmt::print("{}", opening_text(facts));
  std::fflush(stdout);
  const std::vector<Record> records = run_cases(facts, cases, [&json](const Record& record) {
    if (json) json->add(record);
  });
  if (json) json->close(records);
  fmt::print("\n{}{}", failures_text(facts, records, isatty(STDOUT_FILENO) == 1),
             summary_text(facts, records));
  if (json && !json->status().ok()) return complain(json->status().text(), kSomethingFailed);
  if (!facts.options.junit_path.empty()) {
    const Status written = write_file(facts.options.junit_path, junit_xml(facts, records));
    if (!written.ok()) return complain(written.text(), kSomethingFailed);
  }
  return exit_code_of(records);
}

// A plugin that cannot be opened still meets the cases that open it themselves, or need not.
int run_refused(RunFacts* facts, const std::string& refusal, std::vector<Case> cases) {
  cases.erase(std::remove_if(cases.begin(), cases.end(),
                             [](const Case& one) {
                               return one.kind != CaseKind::kFile && one.kind != CaseKind::kFresh;
                             }),
              cases.end());
  facts->plugin.refusal = refusal;
  facts->devices = {0};
  run_and_report(*facts, cases);
  return kNoPlugin;
}

// The devices asked for, or all; "" or why that cannot be.
std::string choose_devices(RunFacts* facts) {
  const size_t count = facts->plugin.devices.size();
  if (count == 0)
    return facts->plugin.id + " has no device here; BACKPLANE_LOG=all shows its reason";
  if (facts->devices.empty())
    for (uint32_t i = 0; i < count; ++i) facts->devices.push_back(i);
  for (uint32_t device : facts->devices)
    if (device >= count)
      return fmt::format("{} has {} devices; there is no device {}", facts->plugin.id, count,
                         device);
  return "";
}

// Nothing is run with a file that says what does not hold.
Result<std::vector<Expectation>> read_expectations(const std::string& path,
                                                   const std::vector<Case>& all) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) return text.status();
  Result<std::vector<Expectation>> expectations = parse_expectations(*text, all, today_text());
  if (!expectations.ok()) return invalid_argument(path + ":" + expectations.status().text());
  return expectations;
}

int run(CommandLine* line) {
  std::string wrong = complete(line);
  if (!wrong.empty()) return complain(wrong, kWrongUsage);
  const std::vector<Case> all = all_cases(line->run.onnx_data);
  const std::vector<Case> cases = selected_cases(*line, all);
  if (cases.empty()) return complain("no case matches; see conformance-run --list", kWrongUsage);
  if (line->is_list) return list(cases);
  if (line->plugin.empty()) return complain("--plugin is required", kWrongUsage);

  RunFacts facts = {line->run, {}, line->run.devices, {}, 0, 0};
  if (!line->expectations.empty()) {
    Result<std::vector<Expectation>> expectations = read_expectations(line->expectations, all);
    if (!expectations.ok()) return complain(expectations.status().text(), kSomethingFailed);
    facts.expectations = expectations.take();
  }
  for (const Case& one : all) {
    facts.published_count += one.kind == CaseKind::kPublished ? 1 : 0;
    facts.plain_count += one.is_plain ? 1 : 0;
  }
  Result<Greeting> met = meet_plugin(line->run);
  if (!met.ok()) return run_refused(&facts, met.status().text(), cases);
  facts.plugin = met.take();
  wrong = choose_devices(&facts);
  if (!wrong.empty()) return complain(wrong, facts.devices.empty() ? kNoPlugin : kWrongUsage);
  if (facts.published_count == 0)
    fmt::print(
        "data     no published tests: install libonnx-testdata, or name their folder with "
        "--onnx-data\n");
  return run_and_report(facts, cases);
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

void add_run_options(CLI::App& app, CommandLine* line) {
  RunOptions& run = line->run;
  app.add_option("--plugin", line->plugin, "The plugin's .so");
  app.add_option("--device", run.devices, "Ordinal of a device; again for more; default: all");
  app.add_option("--level", run.selection.levels, "load, memory, stream or operators; default: all")
      ->check(CLI::IsMember({"load", "memory", "stream", "operators"}));
  app.add_option("--filter", run.selection.filters,
                 "Glob over case ids ('*' also stands for '/'); again for more");
  app.add_option("--only-failed", line->only_failed, "Cases that failed in this --json report");
  app.add_option("--expectations", line->expectations,
                 "File of what is known not to hold, a line each: unsupported|expected-fail GLOB "
                 "[until=YYYY-MM-DD] # reason. A pass against it fails, and so does a line that "
                 "expired or matches nothing")
      ->check(CLI::ExistingFile);
  app.add_option("--shard", line->shard, "i/n: the i-th of n parts, the same for every run");
  app.add_option("--repro", line->repro, "One case by its id, alone, with all that it says");
  app.add_flag("--list", line->is_list, "Print the cases instead of running them");
  app.add_option("--onnx-data", run.onnx_data,
                 "Folder of published ONNX tests; default: libonnx-testdata's")
      ->check(CLI::ExistingDirectory);
  app.add_option("--seed", run.seed, "For what is drawn at random")->capture_default_str();
  app.add_option("--jobs,-j", run.jobs, "Workers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--timeout", line->timeout_seconds, "Seconds for one case")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  app.add_option("--json", run.json_path, "Write everything as JSON Lines");
  app.add_option("--junit", run.junit_path, "Write JUnit XML");
}

void add_compare(CLI::App& app, CommandLine* line) {
  CLI::App* compare = app.add_subcommand("compare", "What changed between two --json reports");
  compare->add_option("before", line->before)->required();
  compare->add_option("after", line->after)->required();
  compare->add_option("--expect-operator", line->expected.operators,
                      "Changes of published tests with this operator are expected");
  compare->add_option("--expect", line->expected.globs, "Changes of these cases are expected");
}

int main_of(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("conformance-run: proves a Backplane plugin, case by case", "conformance-run");
  app.footer(kFooter);
  app.set_version_flag("--version", "conformance-run 0.1.0, ABI " + std::to_string(BP_ABI_MAJOR) +
                                        "." + std::to_string(BP_ABI_MINOR));
  CommandLine line;
  line.run.jobs = std::max(1u, std::thread::hardware_concurrency());
  add_run_options(app, &line);
  add_compare(app, &line);
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
