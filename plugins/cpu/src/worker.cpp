#include "worker.hpp"

#include <csignal>
#include <string>
#include <system_error>

namespace backplane::cpu {

namespace {

// While one lives, threads are started with every signal blocked: the process's handlers belong on
// the process's own threads. [BP-BASE-9]
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_ = {};
};

}  // namespace

Worker::Worker(const bp_host_t* host, uint32_t depth, uint64_t capture_size)
    : host_(host), depth_(depth), capture_size_(capture_size) {
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    plugin::fail(BP_STATUS_OUT_OF_MEMORY,
                 std::string("stream_create: no thread could be started: ") + error.what());
  }
}

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closing_ = true;
  }
  given_changed_.notify_one();
  thread_.join();
}

void Worker::give(TaskPtr task) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    ended_changed_.wait(lock, [&] { return has_room(task->captured); });
    captured_ += task->captured;
    ++given_;
    Task* added = task.release();
    (last_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }
  given_changed_.notify_one();
}

bool Worker::wait(const Deadline& deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t given = given_;
  return deadline.wait(ended_changed_, lock, [&] { return ended_ >= given; });
}

const Failure& Worker::failure() {
  static const Failure none;
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_ ? failure_ : none;
}

void Worker::run() {
  while (TaskPtr task = take()) {
    const uint64_t captured = task->captured;
    try {
      task->run(failure_);
    } catch (...) {
      add_failure(plugin::current_failure());
    }
    task.reset();  // whoever sees the end of the work sees its memory given back
    finish(captured);
  }
}

// The next task, or none when the worker is closed and all have run.
TaskPtr Worker::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  given_changed_.wait(lock, [&] { return first_ != nullptr || is_closing_; });
  Task* taken = first_;
  if (taken != nullptr) first_ = taken->next;
  if (first_ == nullptr) last_ = nullptr;
  return TaskPtr(taken, TaskDeleter{host_});
}

void Worker::finish(uint64_t captured) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++ended_;
    captured_ -= captured;
  }
  ended_changed_.notify_all();
}

// The task that runs, eg a wait, has no part in the depth behind it. One that captures more than
// the limit has room when it is alone.
bool Worker::has_room(uint64_t captured) const {
  return given_ - ended_ <= depth_ && (captured_ == 0 || captured_ + captured <= capture_size_);
}

void Worker::add_failure(Failure failure) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
}

}  // namespace backplane::cpu
