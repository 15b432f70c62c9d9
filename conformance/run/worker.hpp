// A worker: the process that owns the plugin. It is told cases through one pipe and answers through
// another; it knows no oracle and no expected result.
#pragma once

namespace backplane::conformance {

// File descriptors that the supervisor hands over.
constexpr int kTaskFd = 3;
constexpr int kOutcomeFd = 4;
constexpr int kProgressFd = 5;

// Serves until the supervisor closes the task pipe. Returns the exit code.
int run_worker();

}  // namespace backplane::conformance
