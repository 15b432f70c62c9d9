// A fork of the worker: for what only a process's end, or a second process, shows.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

#include "abi/process.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

using std::chrono::milliseconds;

constexpr int kCaseFailed = 97;

[[noreturn]] void be_the_child(int pipe, const std::function<std::string()>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 0;
  std::string text;
  try {
    text = body();
  } catch (const CaseEnd& end) {
    text = end.text;
    code = kCaseFailed;
  }
  const bool is_written =
      ::write(pipe, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(pipe);
  std::exit(is_written ? code : 1);
}

// How it ended; nothing when it is still there after ten seconds.
std::optional<int> wait_for(pid_t child) {
  for (int i = 0; i < 5000; ++i) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return status;
    std::this_thread::sleep_for(milliseconds(2));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return {};
}

std::string wrong_with(const std::optional<int>& status, const std::string& text) {
  if (!status.has_value()) return "did not end within ten seconds";
  if (WIFSIGNALED(*status)) return "was ended by signal " + std::to_string(WTERMSIG(*status));
  if (WEXITSTATUS(*status) == kCaseFailed) return "failed: " + text;
  if (WEXITSTATUS(*status) == 0) return "";
  return "ended with code " + std::to_string(WEXITSTATUS(*status));
}

}  // namespace

ChildEnd run_in_child(const std::function<std::string()>& body) {
  int ends[2] = {};
  require(pipe(ends) == 0, "the suite could not make a pipe");
  const pid_t child = fork();
  require(child >= 0, "the suite could not fork");
  if (child == 0) be_the_child(ends[1], body);
  ::close(ends[1]);
  const std::optional<int> status = wait_for(child);
  ChildEnd end;
  char part[4096];
  for (ssize_t size = 0; (size = ::read(ends[0], part, sizeof part)) > 0;)
    end.text.append(part, static_cast<size_t>(size));
  ::close(ends[0]);
  end.wrong = wrong_with(status, end.text);
  return end;
}

}  // namespace backplane::conformance
