#include "run/worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <utility>

#include "run/interruption.hpp"
#include "run/worker.hpp"
#include "support/environment.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

// A descriptor above those that a child gets, closed in every child that does not get it.
int moved_up(int fd) {
  const int high = fcntl(fd, F_DUPFD_CLOEXEC, 64);
  close(fd);
  return high;
}

// False when the time is up, or the run is to end, before there is something to read.
bool wait_for_news(int fd, int stop_fd, uint64_t deadline_ns) {
  for (;;) {
    pollfd watched[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    const uint64_t now = steady_now_ns();
    if (now >= deadline_ns || is_interrupted(stop_fd)) return false;
    const uint64_t left_ms = (deadline_ns - now) / 1'000'000 + 1;
    poll(watched, 2, static_cast<int>(std::min<uint64_t>(left_ms, 60'000)));
    if (watched[0].revents != 0) return true;
  }
}

// Reads a frame and what is in it; a frame that says something else is broken.
template <class Message>
FrameResult receive(int fd, int stop_fd, uint64_t deadline_ns, Message* out_message) {
  Frame frame;
  if (!wait_for_news(fd, stop_fd, deadline_ns)) return FrameResult::kTimeout;
  const FrameResult result = read_frame(fd, deadline_ns, &frame);
  if (result != FrameResult::kDone) return result;
  try {
    return from_frame(std::move(frame), out_message) ? FrameResult::kDone : FrameResult::kBroken;
  } catch (const std::exception&) {
    return FrameResult::kBroken;
  }
}

}  // namespace

std::string worker_program() {
  std::error_code ignored;
  const fs::path shipped = fs::path(private_folder()) / "conformance-worker";
  return fs::exists(shipped, ignored) ? shipped.string() : "";
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const Assignment& assignment,
                                                            uint64_t timeout_ns, int stop_fd) {
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(stop_fd));
  Status status = worker->spawn();
  if (!status.ok()) return status;
  FrameResult result = FrameResult::kClosed;
  if (write_frame(worker->task_fd_, to_frame(assignment)))
    result =
        receive(worker->outcome_fd_, stop_fd, steady_now_ns() + timeout_ns, &worker->greeting_);
  if (result != FrameResult::kDone) return internal(worker->ended(result).text);
  return worker;
}

Status WorkerProcess::spawn() {
  const std::string program = worker_program();
  if (program.empty())
    return internal(
        "conformance-worker is not beside the shipped plugins; is Backplane installed whole?");
  int tasks[2] = {-1, -1};
  int outcomes[2] = {-1, -1};
  if (!progress_.is_open() || pipe2(tasks, O_CLOEXEC) != 0 || pipe2(outcomes, O_CLOEXEC) != 0)
    return internal(std::string("a worker cannot be set up: ") + std::strerror(errno));
  const int task_end = moved_up(tasks[0]);
  task_fd_ = moved_up(tasks[1]);
  outcome_fd_ = moved_up(outcomes[0]);
  const int outcome_end = moved_up(outcomes[1]);
  const int progress_end = fcntl(progress_.fd(), F_DUPFD_CLOEXEC, 64);
  paper_fd_ = moved_up(memfd_create("backplane-printed", MFD_CLOEXEC));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  const std::pair<int, int> handed_over[] = {{paper_fd_, STDOUT_FILENO},
                                             {paper_fd_, STDERR_FILENO},
                                             {task_end, kTaskFd},
                                             {outcome_end, kOutcomeFd},
                                             {progress_end, kProgressFd}};
  for (const auto& [from, to] : handed_over) posix_spawn_file_actions_adddup2(&actions, from, to);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  char* const arguments[] = {const_cast<char*>("conformance-worker"), nullptr};
  const int error = posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  for (int fd : {task_end, outcome_end, progress_end}) close(fd);
  if (error == 0) return {};
  pid_ = -1;
  return internal(program + " cannot be started: " + std::strerror(error));
}

bool WorkerProcess::is_alive() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

Outcome WorkerProcess::run(const Task& task, uint64_t timeout_ns) {
  const uint64_t begin = steady_now_ns();
  Outcome outcome;
  FrameResult result = FrameResult::kClosed;
  if (write_frame(task_fd_, to_frame(task)))
    result = wait_for_outcome(timeout_ns)
                 ? receive(outcome_fd_, stop_fd_, steady_now_ns() + timeout_ns, &outcome)
                 : FrameResult::kTimeout;
  if (result != FrameResult::kDone) outcome = ended(result);
  outcome.seconds = static_cast<double>(steady_now_ns() - begin) * 1e-9;
  return outcome;
}

// False when no step was done within `timeout_ns`, or up to twice as long for one that began in it.
bool WorkerProcess::wait_for_outcome(uint64_t timeout_ns) {
  for (uint64_t steps = progress_.steps();;) {
    if (wait_for_news(outcome_fd_, stop_fd_, steady_now_ns() + timeout_ns)) return true;
    const uint64_t steps_now = progress_.steps();
    if (steps_now == steps || is_interrupted(stop_fd_)) return false;
    steps = steps_now;
  }
}

// A worker that did not answer: how it ended, in which function, or that it was still busy.
Outcome WorkerProcess::ended(FrameResult result) {
  Outcome outcome;
  outcome.function = progress_.function();
  const std::string when = progress_.circumstance();
  const std::string where = (outcome.function.empty() ? "" : " in " + outcome.function) +
                            (when.empty() ? "" : ", " + when);
  if (result == FrameResult::kTimeout) {
    outcome.verdict = Verdict::kHang;
    outcome.text = "it was still busy" + where + " when its time was up";
    end();
  } else {
    outcome.verdict = Verdict::kCrash;
    outcome.text = result == FrameResult::kBroken
                       ? "something else was written into the result pipe"
                       : how_it_ended();
    outcome.text += where;
    end();
  }
  return outcome;
}

std::string WorkerProcess::how_it_ended() {
  // The pipe is closed, so it has ended, or does so now; a process that only closed its pipe is
  // given two seconds.
  int status = 0;
  for (int tenth = 0; tenth < 200; ++tenth) {
    const pid_t waited = waitpid(pid_, &status, WNOHANG);
    if (waited == pid_) {
      kill(-pid_, SIGKILL);
      pid_ = -1;
      if (WIFSIGNALED(status)) return "the worker was ended by " + signal_text(WTERMSIG(status));
      return "the process was ended (exit code " + std::to_string(WEXITSTATUS(status)) + ")";
    }
    if (waited < 0 && errno != EINTR) break;
    usleep(10'000);
  }
  return "the worker closed its result pipe";
}

bool WorkerProcess::has_ended_within(int hundredths) {
  for (int i = 0; pid_ > 0 && i < hundredths; ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      kill(-pid_, SIGKILL);  // a guard that was killed may have left some
      pid_ = -1;
    } else {
      usleep(10'000);
    }
  }
  return pid_ <= 0;
}

// The guard ends what is below it; what the system cannot end now, as inside a driver, is left to
// it.
void WorkerProcess::end() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    if (!has_ended_within(300)) {
      kill(-pid_, SIGKILL);
      has_ended_within(200);
    }
    pid_ = -1;
  }
  for (int* fd : {&task_fd_, &outcome_fd_})
    if (*fd >= 0) close(std::exchange(*fd, -1));
}

std::string WorkerProcess::printed() const {
  if (paper_fd_ < 0) return "";
  constexpr off_t kMost = 4096;
  const off_t size = lseek(paper_fd_, 0, SEEK_END);
  std::string text(static_cast<size_t>(std::min(size, kMost)), '\0');
  const ssize_t got = pread(paper_fd_, text.data(), text.size(), std::max<off_t>(0, size - kMost));
  text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

// A worker that is told to end by the closed pipe gets a second to do so, so that devices are
// closed and a plugin that hangs in doing that does not hold up the run.
WorkerProcess::~WorkerProcess() {
  if (task_fd_ >= 0) close(std::exchange(task_fd_, -1));
  has_ended_within(100);
  end();
  if (paper_fd_ >= 0) close(paper_fd_);
}

}  // namespace backplane::conformance
