#include "command/options.hpp"

#include "profiles/profile.hpp"

namespace backplane::conformance {
namespace {

constexpr const char* kFooter = R"(Examples:
  conformance-run --plugin libbp_acme.so
  conformance-run --plugin libbp_acme.so --filter 'operators/published/node/test_conv*'
  conformance-run --plugin libbp_acme.so --quick --seed 7
  conformance-run --explain operators/matmul/float32/17x77_77x32
  conformance-run --plugin libbp_acme.so --from-model resnet50.onnx
  conformance-run --plugin libbp_acme.so --model resnet50.onnx
  conformance-run --plugin libbp_acme.so --shard 1/4 --json run.jsonl --junit run.xml --html run.html
  conformance-run --plugin libbp_acme.so --only-failed run.jsonl
  conformance-run --plugin libbp_acme.so --expectations known.txt
  conformance-run --plugin libbp_acme.so --profile starter --filter 'profile/*'
  conformance-run compare before.jsonl after.jsonl

Exit codes:
  0  nothing failed and something passed     2  wrong usage, or no case matches
  1  something failed, or nothing passed     3  the plugin cannot be opened
  128 + the signal: SIGINT, SIGTERM or SIGHUP ended the run; the report says so and has what was done)";

void add_run_options(CLI::App& app, CommandLine* line) {
  RunOptions& run = line->run;
  app.add_option("--plugin", line->plugin, "The plugin's .so");
  app.add_option("--device", run.devices, "Ordinal of a device; again for more; default: all");
  app.add_option("--level", run.selection.levels,
                 "load, memory, stream, operators, graph or robustness; default: all")
      ->check(CLI::IsMember({"load", "memory", "stream", "operators", "graph", "robustness"}));
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
  app.add_flag(
      "--quick", run.is_quick,
      "Of the cases made from problems a few of each operator and type, drawn by the seed");
  app.add_flag("--one-thread", run.is_one_thread,
               "Launch no problem from two threads at once: for simulators that cannot. The report "
               "says so, and it is a part of the suite, as with --filter");
  app.add_option(
      "--explain", line->explain,
      "What a case tries, its bounds, and which faults it would show; with --plugin under "
      "what its kernel declares");
  app.add_option("--profile", run.profiles,
                 "Operators and types that must be served, what is not is MISSING; again for more")
      ->check(CLI::IsMember(profile_names()));
  app.add_option(
         "--from-model", run.from_model,
         "Every operator, shape and type of this ONNX model as cases, in place of the suite's")
      ->check(CLI::ExistingFile);
  app.add_option("--model", run.model,
                 "Run this ONNX model node by node; the first node that leaves its bound is named")
      ->check(CLI::ExistingFile);
  app.add_option("--unknown-size", run.unknown_size, "For sizes that a model leaves open")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
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
  app.add_option("--html", run.html_path,
                 "Write one HTML page: operators by types, every failure, what was not run");
}

void add_compare(CLI::App& app, CommandLine* line) {
  CLI::App* compare = app.add_subcommand("compare", "What changed between two --json reports");
  compare->add_option("before", line->before)->required();
  compare->add_option("after", line->after)->required();
  compare->add_option("--expect-operator", line->expected.operators,
                      "Changes of published tests with this operator are expected");
  compare->add_option("--expect", line->expected.globs, "Changes of these cases are expected");
}

}  // namespace

void add_options(CLI::App& app, CommandLine* line) {
  app.footer(kFooter);
  add_run_options(app, line);
  add_compare(app, line);
}

}  // namespace backplane::conformance
