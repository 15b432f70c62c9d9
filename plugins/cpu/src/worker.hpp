// A thread that does what it is given, in order: what a stream of the asynchronous device is made
// of. The first task that throws fails the worker for good.
#pragma once

#include <backplane/host.h>

#include <backplane/plugin.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "host_memory.hpp"

namespace backplane::cpu {

using plugin::Deadline;
using plugin::Failure;

// A piece of work. Lives in the host's memory, the bytes it captured too.
class Task {
 public:
  explicit Task(uint64_t size) : captured(size) {}
  virtual ~Task() = default;

  // `failure` is the worker's so far. What this throws becomes the worker's failure.
  virtual void run(const Failure& failure) = 0;

  const uint64_t captured;  // bytes, counted against the worker's limit
  Task* next = nullptr;
};

struct TaskDeleter {
  const bp_host_t* host;
  void operator()(Task* task) const {
    task->~Task();
    host->deallocate(host->self, task);
  }
};
using TaskPtr = std::unique_ptr<Task, TaskDeleter>;

// A task that calls `body(failure)`.
template <class Body>
TaskPtr make_task(const bp_host_t* host, Body body, uint64_t captured = 0) {
  class Made : public Task {
   public:
    Made(Body&& made_body, uint64_t size) : Task(size), body_(std::move(made_body)) {}
    void run(const Failure& failure) override { body_(failure); }

   private:
    Body body_;
  };
  void* place = allocate(host, sizeof(Made), alignof(Made));
  return TaskPtr(new (place) Made(std::move(body), captured), TaskDeleter{host});
}

class Worker {
 public:
  // Takes up to `depth` tasks and `capture_size` captured bytes before give() blocks.
  Worker(const bp_host_t* host, uint32_t depth, uint64_t capture_size);
  ~Worker();  // after the last task has run
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void give(TaskPtr task);
  // Waits until every task given so far has run; false: the deadline came first.
  bool wait(const Deadline& deadline);
  // Valid from a true wait() on, for as long as the worker lives.
  const Failure& failure();

 private:
  void start();
  void run();
  TaskPtr take();
  void finish(uint64_t captured);
  bool has_room(uint64_t captured) const;
  void add_failure(Failure failure);

  const bp_host_t* const host_;
  const uint32_t depth_;
  const uint64_t capture_size_;
  std::mutex mutex_;
  std::condition_variable given_changed_;
  std::condition_variable ended_changed_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  uint64_t given_ = 0;  // tasks so far
  uint64_t ended_ = 0;
  uint64_t captured_ = 0;  // bytes in tasks that have not ended
  bool is_closing_ = false;
  Failure failure_;  // written once, by the worker's thread
  std::thread thread_;
};

}  // namespace backplane::cpu
