// Between the supervisor and a worker: a small process that outlives both by the moment it takes to
// end whatever the plugin has started, so that nothing is left behind however the run ends.
#pragma once

#include <functional>

namespace backplane::conformance {

// Runs `body` in a child of this process, in the same process group. When it has ended, when
// SIGTERM comes, or when the thread that started this process is gone (kill -9 of the supervisor
// too), every process below this one is killed: children's children, and those that made themselves
// daemons. Returns body's exit code, or ends by the signal that ended it. Call it before any thread
// starts.
int run_guarded(const std::function<int()>& body);

}  // namespace backplane::conformance
