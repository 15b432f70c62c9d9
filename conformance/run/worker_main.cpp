// conformance-worker: started by conformance-run, of no use by itself.
#include <fcntl.h>

#include <cstdio>

#include "run/worker.hpp"

int main() {
  if (fcntl(backplane::conformance::kTaskFd, F_GETFD) < 0) {
    std::fputs("conformance-worker is started by conformance-run; see conformance-run --help\n",
               stderr);
    return 2;
  }
  return backplane::conformance::run_worker();
}
