#include "run/interruption.hpp"

#include <poll.h>
#include <string.h>  // sigabbrev_np
#include <sys/signalfd.h>
#include <unistd.h>

namespace backplane::conformance {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interruption::Interruption() : signals_(), before_(), fd_(-1) {
  sigemptyset(&signals_);
  for (int signal : kSignals)
    if (!is_ignored(signal)) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  fd_ = signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) pthread_sigmask(SIG_SETMASK, &before_, nullptr);  // they then end the program
}

// A signal that came was answered; it must not end the program now.
Interruption::~Interruption() {
  if (fd_ < 0) return;
  signalfd_siginfo taken = {};
  while (read(fd_, &taken, sizeof taken) == sizeof taken) {
  }
  close(fd_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int Interruption::signal() const {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  for (int signal : kSignals)
    if (sigismember(&signals_, signal) == 1 && sigismember(&pending, signal) == 1) return signal;
  return 0;
}

bool is_interrupted(int fd) {
  pollfd watched = {fd, POLLIN, 0};
  return fd >= 0 && poll(&watched, 1, 0) == 1;
}

std::string signal_text(int number) {
  const char* name = sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

}  // namespace backplane::conformance
