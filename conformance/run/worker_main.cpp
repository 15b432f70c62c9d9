// conformance-worker: started by conformance-run, of no use by itself.
#include <fcntl.h>

#include <cstdio>

#include "run/guard.hpp"
#include "run/worker.hpp"

int main() {
  using namespace backplane::conformance;
  if (fcntl(kTaskFd, F_GETFD) < 0) {
    std::fputs("conformance-worker is started by conformance-run; see conformance-run --help\n",
               stderr);
    return 2;
  }
  return run_guarded(run_worker);
}
