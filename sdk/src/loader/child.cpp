#include "loader/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "loader/file_descriptor.hpp"

namespace backplane {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kKeptBytes = 65536;
constexpr milliseconds kStep(20);  // between two looks whether a silent child has ended
constexpr milliseconds kShortStep(1);
constexpr std::chrono::seconds kKillPatience(2);  // a killed child may hang inside a driver

// What the child writes to one descriptor.
class Capture {
 public:
  // False when the process has no descriptors left.
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_ = FileDescriptor(ends[0]);
    const FileDescriptor low_write(ends[1]);
    // Above those that the child gets: each is put in place without overwriting another.
    write_ = FileDescriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstFree));
    return write_.is_open() && fcntl(read_.get(), F_SETFL, O_NONBLOCK) == 0;
  }
  int read_end() const { return read_.get(); }
  int write_end() const { return write_.get(); }
  void close_write_end() { write_.reset(); }
  bool is_open() const { return read_.is_open(); }
  std::string take() { return std::move(text_); }

  // Takes what is there now, a bounded piece of it; at its end the descriptor is closed.
  void drain() {
    char bytes[4096];
    for (int reads = 0; reads < kReadsAtOnce && is_open(); ++reads) {
      const ssize_t count = read(read_.get(), bytes, sizeof(bytes));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return read_.reset();
      text_.append(bytes, std::min<size_t>(static_cast<size_t>(count), kKeptBytes - text_.size()));
    }
  }

 private:
  static constexpr int kFirstFree = 10;
  static constexpr int kReadsAtOnce = 64;  // a child may write faster than this reads

  FileDescriptor read_;
  FileDescriptor write_;
  std::string text_;
};

struct Pipes {
  Capture results;
  Capture output;

  bool open() { return results.open() && output.open(); }
  bool is_open() const { return results.is_open() || output.is_open(); }
  void drain() {
    results.drain();
    output.drain();
  }
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

  int fill(const Pipes& pipes) {
    int error = posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    for (const auto& [from, to] :
         {std::pair{pipes.output.write_end(), 1}, std::pair{pipes.output.write_end(), 2},
          std::pair{pipes.results.write_end(), kResultDescriptor}})
      if (error == 0) error = posix_spawn_file_actions_adddup2(&actions_, from, to);
    if (error == 0)
      error = posix_spawn_file_actions_addclosefrom_np(&actions_, kResultDescriptor + 1);
    return error;
  }

 private:
  posix_spawn_file_actions_t actions_;
};

// A process group of its own, and signals as a fresh process has them.
class Attributes {
 public:
  Attributes() { posix_spawnattr_init(&attributes_); }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

  int fill() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    return posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }

 private:
  posix_spawnattr_t attributes_;
};

Result<pid_t> spawn(const ChildRequest& request, const Pipes& pipes) {
  std::vector<char*> arguments = {const_cast<char*>(request.program.c_str())};
  for (const std::string& argument : request.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  FileActions actions;
  Attributes attributes;
  pid_t child = -1;
  int error = actions.fill(pipes);
  if (error == 0) error = attributes.fill();
  if (error == 0)
    error = posix_spawn(&child, request.program.c_str(), actions.get(), attributes.get(),
                        arguments.data(), environ);
  if (error == 0) return child;
  return internal(request.program + " cannot be started: " + strerror(error));
}

enum class Life { kRunning, kEnded, kNotOurs };

// Looks, and leaves the ended child to be waited for: until then nobody else gets its number.
Life life_of(pid_t child) {
  siginfo_t facts = {};
  const int result = waitid(P_PID, static_cast<id_t>(child), &facts, WEXITED | WNOHANG | WNOWAIT);
  if (result != 0) return errno == EINTR ? Life::kRunning : Life::kNotOurs;
  return facts.si_pid == child ? Life::kEnded : Life::kRunning;
}

void wait_for_news(const Pipes& pipes, milliseconds longest) {
  // A negative descriptor is passed over.
  pollfd watched[2] = {{pipes.results.read_end(), POLLIN, 0}, {pipes.output.read_end(), POLLIN, 0}};
  const milliseconds step = pipes.is_open() ? kStep : kShortStep;
  poll(watched, 2, static_cast<int>(std::min(step, longest).count()));
}

// Reads until the child has ended, or its time has.
Life follow(pid_t child, Pipes& pipes, Clock::time_point deadline) {
  for (;;) {
    const Life life = life_of(child);
    pipes.drain();
    const Clock::time_point now = Clock::now();
    if (life != Life::kRunning || now >= deadline) return life;
    wait_for_news(pipes, std::chrono::duration_cast<milliseconds>(deadline - now) + kShortStep);
  }
}

// Ends the child and what it left behind in its group. A child that the system cannot end now, as
// inside a driver, is left to it.
int end_and_wait(pid_t child) {
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  const Clock::time_point deadline = Clock::now() + kKillPatience;
  int status = 0;
  for (;;) {
    const pid_t waited = waitpid(child, &status, WNOHANG);
    if (waited == child || (waited < 0 && errno != EINTR) || Clock::now() >= deadline)
      return status;
    std::this_thread::sleep_for(kShortStep);
  }
}

Clock::time_point deadline_after(uint64_t timeout_ns) {
  const auto longest = std::chrono::nanoseconds(std::chrono::hours(24));
  return Clock::now() + std::min(longest, std::chrono::nanoseconds(static_cast<int64_t>(
                                              std::min<uint64_t>(timeout_ns, INT64_MAX))));
}

void describe_end(Life life, int status, ChildOutcome& outcome) {
  if (life == Life::kRunning) {
    outcome.end = ChildOutcome::End::kTimedOut;
  } else if (life == Life::kEnded && WIFEXITED(status)) {
    outcome.end = ChildOutcome::End::kExited;
    outcome.code = WEXITSTATUS(status);
  } else if (life == Life::kEnded && WIFSIGNALED(status)) {
    outcome.end = ChildOutcome::End::kSignalled;
    outcome.code = WTERMSIG(status);
  }
}

}  // namespace

Result<ChildOutcome> run_child(const ChildRequest& request) {
  Pipes pipes;
  if (!pipes.open()) return internal(std::string("no pipe can be made: ") + strerror(errno));
  const Result<pid_t> child = spawn(request, pipes);
  if (!child.ok()) return child.status();
  pipes.results.close_write_end();
  pipes.output.close_write_end();
  const Life life = follow(*child, pipes, deadline_after(request.timeout_ns));
  const int status = life == Life::kNotOurs ? 0 : end_and_wait(*child);
  pipes.drain();
  ChildOutcome outcome;
  describe_end(life, status, outcome);
  outcome.results = pipes.results.take();
  outcome.output = pipes.output.take();
  return outcome;
}

}  // namespace backplane
