#include "run/guard.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace backplane::conformance {
namespace {

constexpr int kMostSweeps = 2000;  // a millisecond apart: a process may hang inside a driver

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  return set;
}

// This process has one thread, so these are all of its children; orphans of theirs come here.
void kill_children() {
  const std::string self = std::to_string(getpid());
  std::ifstream children("/proc/" + self + "/task/" + self + "/children");
  pid_t child = 0;
  while (children >> child) kill(child, SIGKILL);
}

// Waits for children that have ended; their number goes to 0 when none is left.
struct Reaped {
  bool has_more = true;
  bool is_worker = false;
  int status = 0;
};
Reaped reap(pid_t worker) {
  Reaped reaped;
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != worker) continue;
    reaped.is_worker = true;
    reaped.status = status;
  }
  reaped.has_more = ended == 0 || errno != ECHILD;
  return reaped;
}

// The worker's status, or SIGTERM's when that came first.
int wait_for_the_end(pid_t worker) {
  const sigset_t watched = watched_signals();
  for (;;) {
    const int came = sigwaitinfo(&watched, nullptr);
    if (came == SIGTERM) return SIGTERM;
    const Reaped reaped = reap(worker);
    if (reaped.is_worker) return reaped.status;
  }
}

void end_everything_below(pid_t worker) {
  kill(worker, SIGKILL);  // also where /proc names no children
  for (int sweep = 0; sweep < kMostSweeps && reap(worker).has_more; ++sweep) {
    kill_children();
    usleep(1000);
  }
}

[[noreturn]] void become_the_worker(pid_t guard, const std::function<int()>& body) {
  const sigset_t watched = watched_signals();
  sigprocmask(SIG_UNBLOCK, &watched, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a guard that is killed leaves no worker behind
  if (getppid() != guard) _exit(1);
  std::exit(body());
}

// Ends as the worker did, without a second core file.
int end_like(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  std::signal(WTERMSIG(status), SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  raise(WTERMSIG(status));
  return 1;
}

}  // namespace

int run_guarded(const std::function<int()>& body) {
  const sigset_t watched = watched_signals();
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const pid_t guard = getpid();
  const pid_t worker = fork();
  if (worker == 0) become_the_worker(guard, body);
  if (worker < 0) return 1;
  // The supervisor sees the worker's end by its pipes.
  for (int fd = STDERR_FILENO + 1; fd < 64; ++fd) close(fd);
  const int status = wait_for_the_end(worker);
  end_everything_below(worker);
  return end_like(status);
}

}  // namespace backplane::conformance
