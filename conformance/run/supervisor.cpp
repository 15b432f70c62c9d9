#include "run/supervisor.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "loader/elf_file.hpp"
#include "loader/probe.hpp"
#include "report/terminal.hpp"
#include "run/crew.hpp"

namespace backplane::conformance {
namespace {

// The run that registered tests belong to; they are many, it is one.
struct RunState {
  const RunFacts& facts;
  const std::vector<Job>& jobs;
  Crew& crew;
  ProgressLine& progress;
  std::vector<Record>& records;
  const std::function<void(const Record&)>& on_record;
  size_t failed = 0;
  bool is_cut_short = false;
};

// One case on one device, as GoogleTest sees it: waits for its outcome and asserts it.
class CaseTest : public testing::Test {
 public:
  CaseTest(RunState* run, size_t job) : run_(run), job_(job) {}

  void TestBody() override {
    const Job& job = run_->jobs[job_];
    run_->progress.show(job_, run_->jobs.size(), run_->failed, job.one->id);
    std::optional<Outcome> outcome = run_->crew.wait(job_);
    if (run_->is_cut_short |= !outcome.has_value(); run_->is_cut_short) return;
    Record record = {job.one, job.device,
                     judged_by(run_->facts.expectations, *job.one, std::move(*outcome))};
    record.outcome.outputs.clear();
    run_->records.push_back(record);
    run_->on_record(record);
    if (is_failure(record.outcome.verdict)) {
      ++run_->failed;
      ADD_FAILURE() << verdict_name(record.outcome.verdict) << ": " << record.outcome.text;
    } else if (record.outcome.verdict != Verdict::kPass) {
      GTEST_SKIP() << verdict_name(record.outcome.verdict) << ": " << record.outcome.text;
    }
  }

 private:
  RunState* run_;
  size_t job_;
};

// GoogleTest as an engine alone: its own filters, shards, repeats and printing are left out, since
// ours mean something else (a '-' in a filter, shards that move).
void set_up_googletest() {
  for (const char* name :
       {"GTEST_FILTER", "GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE",
        "GTEST_OUTPUT", "GTEST_REPEAT", "GTEST_SHUFFLE", "GTEST_FAIL_FAST",
        "GTEST_BREAK_ON_FAILURE", "GTEST_THROW_ON_FAILURE", "GTEST_ALSO_RUN_DISABLED_TESTS"})
    unsetenv(name);
  int argc = 1;
  char name[] = "conformance-run";
  char* argv[] = {name, nullptr};
  testing::InitGoogleTest(&argc, argv);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
}

bool is_about_the_whole_plugin(const Case& one) {
  return one.kind == CaseKind::kFile || one.kind == CaseKind::kFresh;
}

constexpr uint64_t kProbePatienceNs = 10'000'000'000;  // beyond the probe's own time

// What a worker says of itself; UNSUPPORTED with its refusal, INTERNAL when it did not greet.
Result<Greeting> greet(const Assignment& assignment, uint64_t timeout_ns, int stop_fd) {
  const Result<std::unique_ptr<WorkerProcess>> worker =
      WorkerProcess::start(assignment, timeout_ns, stop_fd);
  if (!worker.ok()) return worker.status();
  const Greeting& greeting = (*worker)->greeting();
  if (!greeting.refusal.empty()) return unsupported(greeting.refusal);
  return greeting;
}

// The loader's probe, in a worker too, so that its guard ends what the plugin starts meanwhile.
Status try_plugin(const RunOptions& options) {
  const Assignment trial = {options.plugin,          options.seed,       false,
                            default_probe_program(), options.timeout_ns, false};
  if (trial.probe.empty()) return {};
  return greet(trial, options.timeout_ns + kProbePatienceNs, options.stop_fd).status();
}

std::vector<Job> jobs_of(const RunFacts& facts, const std::vector<Case>& cases) {
  std::vector<Job> jobs;
  for (uint32_t device : facts.devices)
    for (const Case& one : cases)
      if (device == facts.devices.front() || !is_about_the_whole_plugin(one))
        jobs.push_back({&one, device});
  return jobs;
}

}  // namespace

Result<Greeting> meet_plugin(const RunOptions& options) {
  const Result<ElfFile> file = read_elf_file(options.plugin);
  if (!file.ok()) return file.status();
  Status status = check_plugin_file(*file);
  if (status.ok()) status = try_plugin(options);
  if (!status.ok()) return status;
  const Assignment assignment = {options.plugin, options.seed, false, "", 0, false};
  const uint64_t begin = steady_now_ns();
  Result<Greeting> met = greet(assignment, options.timeout_ns, options.stop_fd);
  // Once more, unless it hung: what killed the worker may have come from outside, and a plugin that
  // did it does it again.
  if (met.status().code() == BP_STATUS_INTERNAL && steady_now_ns() - begin < options.timeout_ns)
    met = greet(assignment, options.timeout_ns, options.stop_fd);
  return met;
}

std::vector<Record> run_cases(const RunFacts& facts, const std::vector<Case>& cases,
                              const std::function<void(const Record&)>& on_record,
                              size_t* out_planned) {
  const std::vector<Job> jobs = jobs_of(facts, cases);
  *out_planned = jobs.size();
  std::vector<Record> records;
  Crew crew(facts.options, jobs);
  ProgressLine progress(stderr);
  RunState run = {facts, jobs, crew, progress, records, on_record};
  set_up_googletest();
  for (size_t job = 0; job < jobs.size(); ++job) {
    const std::string suite =
        "device" + std::to_string(jobs[job].device) + "." + level_name(jobs[job].one->level);
    testing::RegisterTest(suite.c_str(), jobs[job].one->id.c_str(), nullptr, nullptr, __FILE__,
                          __LINE__,
                          [&run, job]() -> testing::Test* { return new CaseTest(&run, job); });
  }
  const int failed = RUN_ALL_TESTS();
  // The engine and the records must agree, or one of the two lost a case.
  if ((records.size() != jobs.size()) != run.is_cut_short || (failed != 0) != (run.failed > 0))
    std::abort();
  return records;
}

}  // namespace backplane::conformance
