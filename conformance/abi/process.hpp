// What of its process a plugin must leave as it found it, and what it must not use up.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace backplane::conformance {

// How the process is set up for this thread.
struct ProcessSettings {
  std::vector<void (*)(int)> handlers;
  sigset_t mask;
  std::string locale;
  std::string folder;
  int rounding;
  unsigned vector_control;  // flushing of subnormals, and rounding, in the vector unit
  mode_t file_mode;
  std::string limits;

  static ProcessSettings now();
};

// Fails the case when something is not as `before`: "device_open changed the locale".
void require_as_before(const ProcessSettings& before, const std::string& what);

// What is there of things that a leak uses up.
struct ProcessUse {
  size_t threads;
  size_t files;
  size_t mappings;

  static ProcessUse now();
};

// Fails the case when there is more than `before`; threads have two seconds to end. `mappings` more
// are forgiven: allocators keep some.
void require_no_more_than(const ProcessUse& before, size_t mappings, const std::string& what);

// What `body` prints on standard output and standard error.
struct Printed {
  std::string on_output;
  std::string on_error;
};
Printed printed_by(const std::function<void()>& body);

// What a child of this process has written, and how it ended.
struct ChildEnd {
  std::string text;
  std::string wrong;  // "was killed by signal 11", or "" when it ended with code 0
};
// Runs `body` in a fork of this process, which then ends as programs do, through exit(). A child
// that does not end in ten seconds is killed.
ChildEnd run_in_child(const std::function<std::string()>& body);

}  // namespace backplane::conformance
