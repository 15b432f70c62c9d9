// What drivers do to the process's signals, undone. [BP-BASE-9]
#pragma once

#include <array>
#include <csignal>
#include <mutex>

namespace backplane::opencl {

// While it lives the driver may set signal handlers and start threads: the handlers are put back,
// and the threads leave every signal to the process's own. One lives at a time, so that none takes
// for the process's own what a driver has set beside it. PoCL sets handlers when it is asked for
// its devices, Intel's driver at its first context.
class SignalsKept {
 public:
  SignalsKept() {
    for (int signal = 1; signal < kSignals; ++signal)
      sigaction(signal, nullptr, &before_[static_cast<size_t>(signal)]);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask_);
  }
  ~SignalsKept() {
    for (int signal = 1; signal < kSignals; ++signal)
      if (signal != SIGKILL && signal != SIGSTOP)
        sigaction(signal, &before_[static_cast<size_t>(signal)], nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalsKept(const SignalsKept&) = delete;
  SignalsKept& operator=(const SignalsKept&) = delete;

 private:
  static constexpr int kSignals = 32;  // the classic ones; nobody handles real-time signals
  static inline std::mutex one_at_a_time;

  const std::lock_guard<std::mutex> turn_{one_at_a_time};
  std::array<struct sigaction, kSignals> before_ = {};
  sigset_t mask_ = {};
};

}  // namespace backplane::opencl
