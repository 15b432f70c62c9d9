#include "run/crew.hpp"

#include <algorithm>
#include <utility>

#include "problems/judge.hpp"
#include "published/judge.hpp"
#include "run/interruption.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

// Failures beyond this number are not run again: a plugin that fails everywhere is not flaky.
constexpr size_t kMostRepeats = 40;

Outcome run_on_the_file(const Case& one, const RunOptions& options) {
  Outcome outcome;
  Subject subject(options.plugin, options.seed);
  try {
    one.abi->body(subject);
  } catch (const CaseEnd& end) {
    outcome.verdict = end.verdict;
    outcome.text = end.text;
  }
  return outcome;
}

}  // namespace

Crew::Crew(const RunOptions& options, const std::vector<Job>& jobs)
    : options_(options), jobs_(jobs), outcomes_(jobs.size()), is_done_(jobs.size()) {
  const size_t count =
      std::min<size_t>(std::max(1u, options.jobs), std::max<size_t>(1, jobs.size()));
  for (size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

Crew::~Crew() {
  next_ = jobs_.size();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<Outcome> Crew::wait(size_t job) {
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this, job] { return is_done_[job] || is_stopped_; });
  if (!is_done_[job]) return std::nullopt;
  return std::move(outcomes_[job]);
}

void Crew::work() {
  std::unique_ptr<WorkerProcess> worker;
  for (size_t job = next_++; job < jobs_.size(); job = next_++) {
    Outcome outcome = run(jobs_[job], &worker);
    // What was cut short says nothing of the plugin.
    const bool is_stopped = is_interrupted(options_.stop_fd);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!is_stopped) outcomes_[job] = std::move(outcome);
    is_done_[job] = !is_stopped;
    is_stopped_ |= is_stopped;
    done_.notify_all();
    if (is_stopped) return;
  }
}

// Once, and again alone when it failed: what then passes hangs on something else than the plugin's
// answer to this case.
Outcome Crew::run(const Job& job, std::unique_ptr<WorkerProcess>* worker) {
  if (!job.one->skip.empty()) {
    Outcome outcome;
    outcome.verdict = Verdict::kSkipped;
    outcome.text = job.one->skip;
    return outcome;
  }
  Outcome outcome = run_once(job, worker);
  const bool may_repeat = outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kCrash;
  if (!may_repeat || job.one->kind == CaseKind::kFile || options_.is_repro ||
      repeats_++ >= kMostRepeats)
    return outcome;
  const Outcome again = run_alone(job);
  if (is_failure(again.verdict)) return outcome;
  outcome.text = std::string(verdict_name(outcome.verdict)) + " first, " +
                 verdict_name(again.verdict) + " when it was run again alone: " + outcome.text;
  outcome.verdict = Verdict::kFlaky;
  return outcome;
}

Outcome Crew::run_once(const Job& job, std::unique_ptr<WorkerProcess>* worker) {
  switch (job.one->kind) {
    case CaseKind::kFile:
      return run_on_the_file(*job.one, options_);
    case CaseKind::kFresh:
      return run_alone(job);
    default:
      return run_in_a_worker(job, worker);
  }
}

Outcome Crew::run_alone(const Job& job) {
  std::unique_ptr<WorkerProcess> worker;
  return run_in_a_worker(job, &worker);
}

Outcome Crew::run_in_a_worker(const Job& job, std::unique_ptr<WorkerProcess>* worker) {
  if (*worker != nullptr && !(*worker)->is_alive()) worker->reset();
  if (*worker == nullptr) {
    const Assignment assignment = {
        options_.plugin,       options_.seed, job.one->kind == CaseKind::kFresh, "", 0,
        options_.is_one_thread};
    Result<std::unique_ptr<WorkerProcess>> started =
        WorkerProcess::start(assignment, options_.timeout_ns, options_.stop_fd);
    Outcome outcome;
    outcome.verdict = Verdict::kCrash;
    if (!started.ok()) outcome.text = "no worker could be started: " + started.status().text();
    if (!started.ok()) return outcome;
    *worker = started.take();
    outcome.text = (*worker)->greeting().refusal;
    if (!outcome.text.empty()) return outcome;
  }
  Outcome outcome =
      (*worker)->run({job.one->id, job.one->kind, job.one->path, job.one->problem, job.device, {}},
                     options_.timeout_ns);
  if (job.one->kind == CaseKind::kPublished) judge_published(job.one->path, &outcome);
  if (job.one->kind == CaseKind::kProblem) judge_problem(job.one->problem, options_.seed, &outcome);
  if (is_failure(outcome.verdict) && options_.is_repro) {
    const std::string printed = (*worker)->printed();
    if (!printed.empty()) outcome.text += "\nthe worker printed:\n" + printed;
  }
  return outcome;
}

}  // namespace backplane::conformance
