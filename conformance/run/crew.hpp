// Workers that run cases ahead of whoever waits for their outcomes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "run/case.hpp"
#include "run/options.hpp"
#include "run/outcome.hpp"
#include "run/worker_process.hpp"

namespace backplane::conformance {

// A case on a device.
struct Job {
  const Case* one = nullptr;
  uint32_t device = 0;
};

class Crew {
 public:
  // Starts `options.jobs` threads with a worker each; they take jobs in their order. `jobs` and
  // `options` outlive the crew.
  Crew(const RunOptions& options, const std::vector<Job>& jobs);
  ~Crew();  // drops jobs that have not been started

  // Waits for the outcome of a job; nothing when the run is to end before there is one.
  std::optional<Outcome> wait(size_t job);

 private:
  void work();
  Outcome run(const Job& job, std::unique_ptr<WorkerProcess>* worker);
  Outcome run_once(const Job& job, std::unique_ptr<WorkerProcess>* worker);
  Outcome run_in_a_worker(const Job& job, std::unique_ptr<WorkerProcess>* worker);
  Outcome run_alone(const Job& job);

  const RunOptions& options_;
  const std::vector<Job>& jobs_;
  std::atomic<size_t> next_{0};
  std::atomic<size_t> repeats_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<Outcome> outcomes_;
  std::vector<bool> is_done_;
  bool is_stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace backplane::conformance
