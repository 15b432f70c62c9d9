// A worker as the supervisor sees it: started, given cases, ended whatever it does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "run/message.hpp"
#include "run/progress.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

class WorkerProcess {
 public:
  // Starts a worker and hears its greeting; an Outcome says how it failed if it did not greet.
  // Everything below waits no longer when `stop_fd` becomes readable, as if the time were up.
  static Result<std::unique_ptr<WorkerProcess>> start(const Assignment& assignment,
                                                      uint64_t timeout_ns, int stop_fd);
  ~WorkerProcess();  // ends it and everything that it has started
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  const Greeting& greeting() const { return greeting_; }

  // Runs one case. CRASH when the worker ended before it answered, HANG when it, or one step of it,
  // was not done in time; in both it is gone afterwards, and is_alive() says so.
  Outcome run(const Task& task, uint64_t timeout_ns);
  bool is_alive();
  // What the worker printed so far, its last 4 KiB.
  std::string printed() const;

 private:
  explicit WorkerProcess(int stop_fd) : stop_fd_(stop_fd) {}
  Status spawn();
  bool wait_for_outcome(uint64_t timeout_ns);
  Outcome ended(FrameResult result);
  std::string how_it_ended();
  bool has_ended_within(int hundredths);
  void end();

  int stop_fd_;
  pid_t pid_ = -1;  // of the guard (run/guard.hpp), whose child is the worker
  int task_fd_ = -1;
  int outcome_fd_ = -1;
  int paper_fd_ = -1;  // takes what the worker and the plugin print
  ProgressPage progress_;
  Greeting greeting_;
};

// "conformance-worker" beside the shipped plugins, or beside this program; "" when there is none.
std::string worker_program();

}  // namespace backplane::conformance
