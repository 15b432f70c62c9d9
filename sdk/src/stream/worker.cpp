#include "stream/worker.hpp"

#include <utility>

namespace backplane {

Worker::~Worker() { finish(); }

void Worker::post(std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tasks_.push_back(std::move(task));
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

void Worker::finish() {
  std::thread thread;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_finishing_ = true;
    thread.swap(thread_);
    changed_.notify_one();
  }
  if (thread.joinable()) thread.join();
  const std::lock_guard<std::mutex> lock(mutex_);
  is_finishing_ = false;
}

void Worker::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return !tasks_.empty() || is_finishing_; });
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before the next one starts
    lock.lock();
  }
}

}  // namespace backplane
