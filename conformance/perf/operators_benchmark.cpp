// Operators in sizes of real models on a plugin, each against its roofline and against oneDNN
// called directly, in turns in one process. Asserts no time.
//   build/dev/benchmarks/operators_benchmark [--smoke] [--whole] [--filter WORD] [FILE.so ...]
// --smoke: one short round, to see that every row runs; --whole: a row that the plugin does not
// serve is a failure. Without a file: the plugins of this build.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "loader/plugin.hpp"
#include "perf/direct.hpp"
#include "perf/limits.hpp"
#include "perf/operation.hpp"
#include "perf/row.hpp"
#include "support/log.hpp"

namespace backplane::conformance {
namespace {

struct Command {
  Rounds rounds;
  bool is_whole = false;
  std::string filter;
  std::vector<std::string> plugins;
};

Command command_of(int count, char** words) {
  Command command;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--smoke")
      command.rounds = {1, 0, 0};
    else if (word == "--whole")
      command.is_whole = true;
    else if (word == "--filter" && i + 1 < count)
      command.filter = words[++i];
    else
      command.plugins.push_back(word);
  }
  if (command.plugins.empty()) command.plugins = {BACKPLANE_PLUGINS_OF_THIS_BUILD};
  return command;
}

struct Counts {
  int ran = 0, unserved = 0, failed = 0;
};

void print_head(double peak) {
  std::printf("peak %.0f GFLOP/s\n%9s %-17s %9s %6s %9s %-22s\n", peak * 1e-9, "us", "[quartiles]",
              "roofline", "times", "oneDNN", "times [quartiles]");
}

void print_ratio(const Times& ours, const Times& theirs) {
  Times ratios;
  for (size_t round = 0; round < ours.size(); ++round)
    ratios.push_back(ours[round] / theirs[round]);
  std::printf(" %9.2f %6.2f [%6.2f %6.2f]", median(theirs) * 1e6, median(ratios),
              quantile(ratios, 0.25), quantile(ratios, 0.75));
}

// The first of `times` are ours, then triads, then oneDNN's ways.
void print_row(const PerformanceRow& row, const std::vector<Times>& times, size_t first_way,
               double compute) {
  const Times& ours = times[0];
  const Times& triad = times[static_cast<size_t>(fastest(times, 1, first_way))];
  const double roofline = std::max(median(triad), compute);
  std::printf("%9.2f [%7.2f %7.2f] %9.2f %6.2f", median(ours) * 1e6, quantile(ours, 0.25) * 1e6,
              quantile(ours, 0.75) * 1e6, roofline * 1e6, median(ours) / roofline);
  const int way = fastest(times, first_way, times.size());
  if (way >= 0)
    print_ratio(ours, times[static_cast<size_t>(way)]);
  else
    std::printf(" %9s %22s", "-", "");
  std::printf("  %s: %s\n", row.model.c_str(), row.problem.text.c_str());
  std::fflush(stdout);
}

void time_row(Subject& subject, const PerformanceRow& row, const Rounds& rounds, double peak) {
  Operation ours(subject, row.problem);
  const Work work = work_of(row.problem, ours.outputs());
  std::vector<Contender> contenders = {[&](int times) { ours.run(times); }};
  for (Contender& triad : triads(work.bytes)) contenders.push_back(std::move(triad));
  const size_t first_way = contenders.size();
  for (Contender& way : direct_ways(row.problem, ours.outputs()))
    contenders.push_back(std::move(way));
  print_row(row, measure(contenders, rounds), first_way, work.flops / peak);
}

void try_row(Subject& subject, const PerformanceRow& row, const Command& command, double peak,
             Counts* counts) {
  std::string failure;
  try {
    time_row(subject, row, command.rounds, peak);
    ++counts->ran;
    return;
  } catch (const CaseEnd& end) {
    const bool is_unserved = end.verdict == Verdict::kUnsupported && !command.is_whole;
    ++(is_unserved ? counts->unserved : counts->failed);
    failure = (is_unserved ? "not there: " : "FAILED: ") + end.text;
  } catch (const HostRefusal& refusal) {
    ++counts->failed;
    failure = "FAILED: " + refusal.text;
  } catch (const std::exception& error) {
    ++counts->failed;
    failure = std::string("FAILED: ") + error.what();
  }
  std::printf("%s: %s: %s\n", row.model.c_str(), row.problem.text.c_str(), failure.c_str());
}

// false: something failed.
bool run_plugin(const std::string& path, const Command& command, double peak) {
  const Log log(BP_LOG_ERROR, {});
  LoadOptions options;
  options.probe = false;
  options.deep_bind = false;  // the oneDNN that it calls is the one that it is compared with
  const Result<std::shared_ptr<Plugin>> plugin = Plugin::load(path, options, log);
  if (!plugin.ok()) {
    std::printf("FAILED: %s\n", plugin.status().text().c_str());
    return false;
  }
  Subject subject(path, 1);
  subject.use(&(*plugin)->table());
  if (subject.plugin().device_info(subject.host().table(), 0) == nullptr) {
    std::printf("SKIPPED: %s has no device\n", subject.plugin().id);
    return true;
  }
  subject.open(0);
  std::printf("\n%s on %s\n", subject.plugin().id, subject.info().architecture);
  print_head(peak);
  Counts counts;
  for (const PerformanceRow& row : performance_rows())
    if ((row.model + ": " + row.problem.text).find(command.filter) != std::string::npos)
      try_row(subject, row, command, peak, &counts);
  subject.close();
  std::printf("%d rows ran, %d not there, %d failed\n", counts.ran, counts.unserved, counts.failed);
  return counts.failed == 0;
}

}  // namespace
}  // namespace backplane::conformance

int main(int argc, char** argv) {
  using namespace backplane::conformance;  // NOLINT(google-build-using-namespace)
  const Command command = command_of(argc, argv);
  const double peak = peak_flops(command.rounds);
  bool is_right = true;
  for (const std::string& path : command.plugins)
    is_right = run_plugin(path, command, peak) && is_right;
  return is_right ? 0 : 1;
}
