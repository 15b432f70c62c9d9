// A thread of the host that runs tasks one after the other. It starts with the first task.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace backplane {

class Worker {
 public:
  Worker() = default;
  ~Worker();  // after the last task
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(std::function<void()> task);  // any thread, a task included
  void finish();                          // waits until every task has run; the thread has ended

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool is_finishing_ = false;
  std::thread thread_;
};

}  // namespace backplane
