// What a call leaves in the process as it found it [BP-BASE-9].
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <clocale>
#include <optional>
#include <string>

#include "check/functions.hpp"

namespace backplane::check {

class ProcessState {
 public:
  explicit ProcessState(Watch watch);  // as it is now

  // "the rounding mode is changed; ...": what is different now, or "".
  std::string difference() const;

 private:
  struct Rounding {
    int mode;
    unsigned control;  // of the vector unit: rounding, flushing, masks
  };
  struct Surroundings {
    sigset_t signal_mask;
    locale_t thread_locale;
    std::string locale;
    dev_t folder_device;
    ino_t folder;
  };
  static constexpr std::array<int, 7> kSignals = {SIGSEGV, SIGFPE,  SIGABRT, SIGINT,
                                                  SIGTERM, SIGCHLD, SIGPIPE};
  using Handlers = std::array<struct sigaction, kSignals.size()>;

  static Rounding rounding_now();
  static Surroundings surroundings_now();
  static Handlers handlers_now();
  void add_surroundings(std::string& text) const;
  void add_handlers(std::string& text) const;

  Rounding rounding_;
  std::optional<Surroundings> surroundings_;
  std::optional<Handlers> handlers_;
};

}  // namespace backplane::check
