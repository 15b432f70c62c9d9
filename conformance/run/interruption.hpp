// SIGINT, SIGTERM and SIGHUP as something that can be waited for, so that a run that is interrupted
// ends its workers and reports what it has.
#pragma once

#include <csignal>
#include <string>

namespace backplane::conformance {

class Interruption {
 public:
  // From here on these signals stay pending; one that is ignored (nohup) stays ignored. Made before
  // any thread is, since threads inherit it.
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Readable from the first signal on; -1 when there is no such descriptor.
  int fd() const { return fd_; }
  // The signal that came, or 0.
  int signal() const;

 private:
  sigset_t signals_;
  sigset_t before_;
  int fd_;
};

// Is `fd`, an Interruption's, readable? -1 never is.
bool is_interrupted(int fd);

// "SIGINT"
std::string signal_text(int number);

}  // namespace backplane::conformance
