#include "loader/child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <thread>

namespace backplane {
namespace {

using End = ChildOutcome::End;
constexpr uint64_t kLong = 60'000'000'000;
constexpr uint64_t kShort = 200'000'000;

ChildOutcome run_shell(const std::string& script, uint64_t timeout_ns = kLong) {
  ChildRequest request;
  request.program = "/bin/sh";
  request.arguments = {"-c", script};
  request.timeout_ns = timeout_ns;
  const Result<ChildOutcome> outcome = run_child(request);
  EXPECT_TRUE(outcome.ok()) << outcome.status().text();
  return outcome.ok() ? *outcome : ChildOutcome();
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST(Child, ItsResultsOutputAndExitCodeAreKept) {
  const ChildOutcome outcome = run_shell("echo out; echo err >&2; echo result >&3; exit 7");
  EXPECT_EQ(outcome.end, End::kExited);
  EXPECT_EQ(outcome.code, 7);
  EXPECT_EQ(outcome.results, "result\n");
  EXPECT_EQ(outcome.output, "out\nerr\n");
}

TEST(Child, ASignalIsToldApartFromAnExit) {
  const ChildOutcome outcome = run_shell("kill -SEGV $$");
  EXPECT_EQ(outcome.end, End::kSignalled);
  EXPECT_EQ(outcome.code, SIGSEGV);
}

TEST(Child, AtItsDeadlineItIsEndedAndWhatItSaidIsKept) {
  const ChildOutcome outcome = run_shell("echo begun >&3; while :; do sleep 1; done", kShort);
  EXPECT_EQ(outcome.end, End::kTimedOut);
  EXPECT_EQ(outcome.results, "begun\n");
}

TEST(Child, PrintingWithoutEndNeitherFillsMemoryNorHoldsTheHost) {
  const ChildOutcome outcome = run_shell("exec cat /dev/zero", kShort);
  EXPECT_EQ(outcome.end, End::kTimedOut);
  EXPECT_EQ(outcome.output.size(), 64u * 1024u);
}

TEST(Child, WhatItLeftBehindIsEndedWithIt) {
  const ChildOutcome outcome = run_shell("sleep 1000 & echo $! >&3; exit 0");
  EXPECT_EQ(outcome.end, End::kExited);
  const auto left = static_cast<pid_t>(std::stol(outcome.results));
  // Killed already; its new parent may still have to notice.
  for (int i = 0; i < 500 && kill(left, 0) == 0; ++i) {
    const std::string stat_file = "/proc/" + std::to_string(left) + "/stat";
    FILE* const stat = std::fopen(stat_file.c_str(), "r");
    char state = 'X';
    if (stat != nullptr && std::fscanf(stat, "%*d (%*[^)]) %c", &state) != 1) state = 'X';
    if (stat != nullptr) std::fclose(stat);
    if (state == 'Z' || state == 'X') return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(kill(left, 0), 0) << "process " << left << " still runs";
}

// Runs `body` with a pipe that holds some words as this process's own stdin.
template <class Body>
void with_words_on_stdin(Body body) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "words\n", 6), 6);
  close(ends[1]);
  const int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 20);
  dup2(ends[0], STDIN_FILENO);
  body();
  dup2(kept, STDIN_FILENO);
  close(kept);
  close(ends[0]);
}

TEST(Child, ItHasNoOtherDescriptorAndAnEmptyInput) {
  // Without O_CLOEXEC, as a host's own may be.
  const int inherited = fcntl(STDERR_FILENO, F_DUPFD, 200);
  ASSERT_EQ(inherited, 200);
  ChildOutcome outcome;
  with_words_on_stdin([&outcome] {
    outcome =
        run_shell("for n in 0 1 2 3 200; do [ -e /proc/$$/fd/$n ] && echo $n; done; cat; echo end");
  });
  close(inherited);
  EXPECT_EQ(outcome.output, "0\n1\n2\n3\nend\n");
}

// Without a shell, which would clear the mask itself.
TEST(Child, TheHostsSignalMaskIsNotItsOwn) {
  sigset_t term;
  sigset_t old;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &term, &old), 0);
  ChildRequest request;
  request.program = "/bin/grep";
  request.arguments = {"SigBlk", "/proc/self/status"};
  request.timeout_ns = kLong;
  const Result<ChildOutcome> outcome = run_child(request);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ASSERT_TRUE(outcome.ok()) << outcome.status().text();
  EXPECT_EQ(outcome->output, "SigBlk:\t0000000000000000\n");
}

TEST(Child, AProgramThatCannotBeStartedIsNamed) {
  ChildRequest request;
  request.program = "/nowhere/program";
  request.timeout_ns = kLong;
  const Result<ChildOutcome> outcome = run_child(request);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().text(),
            "/nowhere/program cannot be started: No such file or directory");
}

TEST(Child, AHostThatIgnoresItsChildrenStillGetsTheResults) {
  struct sigaction ignore = {};
  struct sigaction old = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGCHLD, &ignore, &old), 0);
  const ChildOutcome outcome = run_shell("echo result >&3");
  sigaction(SIGCHLD, &old, nullptr);
  EXPECT_EQ(outcome.end, End::kUnknown);
  EXPECT_EQ(outcome.results, "result\n");
}

TEST(Child, WithItsOwnStandardDescriptorsClosedAHostRunsItAllTheSame) {
  const int kept[] = {fcntl(0, F_DUPFD_CLOEXEC, 20), fcntl(1, F_DUPFD_CLOEXEC, 20),
                      fcntl(2, F_DUPFD_CLOEXEC, 20)};
  for (const int descriptor : {0, 1, 2}) close(descriptor);
  const ChildOutcome outcome = run_shell("echo out; echo result >&3");
  for (const int descriptor : {0, 1, 2}) {
    dup2(kept[descriptor], descriptor);
    close(kept[descriptor]);
  }
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.results, "result\n");
}

TEST(Child, NoneIsLeftAndNoDescriptorAfterManyEnds) {
  run_shell("exit 0");
  const size_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    run_shell("exit 3");
    run_shell("kill -KILL $$");
    run_shell("sleep 1000", 1'000'000);
    ChildRequest request;
    request.program = "/nowhere/program";
    EXPECT_FALSE(run_child(request).ok());
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace backplane
