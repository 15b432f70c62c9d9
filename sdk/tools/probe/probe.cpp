// backplane-probe FILE deep-bind|plain: opens a plugin, asks it for its table, and tells the host
// that started it how far that went; see loader/probe_protocol.hpp. Whatever the plugin does to
// this process, the host is another.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "loader/child.hpp"
#include "loader/host_services.hpp"
#include "loader/probe_protocol.hpp"

// Under a sanitizer, too, a crash has to reach the host as the signal that it is.
// NOLINTBEGIN(readability-identifier-naming): the sanitizers' names
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:detect_leaks=0";
}
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0";
}

// NOLINTEND(readability-identifier-naming)

namespace backplane {
namespace {

void tell(const std::string& line) {
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = write(kResultDescriptor, line.data() + done, line.size() - done);
    if (count <= 0) return;  // the host has gone
    done += static_cast<size_t>(count);
  }
}

// What was printed so far is not the query's.
void mark_query() {
  std::fflush(nullptr);
  if (write(STDOUT_FILENO, &kQueryMark, 1) != 1) tell("\n");
}

uint32_t thread_count() {
  std::error_code ignored;
  uint32_t count = 0;
  for (auto task = std::filesystem::directory_iterator("/proc/self/task", ignored);
       task != std::filesystem::directory_iterator(); task.increment(ignored))
    ++count;
  return count;
}

void prepare_process() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no probe outlives its host
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  fcntl(kResultDescriptor, F_SETFD, FD_CLOEXEC);
}

Status ask_again(const AskedPlugin& plugin, const bp_host_t* host) {
  tell(stage_line(Stage::kQuery));
  const Result<const bp_plugin_t*> again = query_plugin(*plugin.library, host);
  if (again.ok() && *again == plugin.table) return {};
  return internal("bp_plugin_query gives another answer when it is asked again [BP-PLUGIN-9]");
}

// Tells of every stage, and of what the query did beside answering.
class Teller {
 public:
  void at(Stage stage) {
    if (stage == Stage::kQuery) begin_query();
    if (stage == Stage::kTable) tell_threads();
    tell(stage_line(stage));
  }

 private:
  void begin_query() {
    mark_query();
    threads_before_ = thread_count();
  }
  void tell_threads() const {
    const uint32_t threads = thread_count();
    if (threads > threads_before_) tell(threads_line(threads - threads_before_));
  }

  uint32_t threads_before_ = 0;
};

Status probe(const std::string& path, bool deep_bind) {
  const Log silent(BP_LOG_ERROR, [](bp_log_level_t, const char*, const std::string&) {});
  const HostServices services(silent, "probe");
  Teller teller;
  const Result<AskedPlugin> plugin =
      ask_plugin(path, deep_bind, services.table(), [&teller](Stage stage) { teller.at(stage); });
  return plugin.ok() ? ask_again(*plugin, services.table()) : plugin.status();
}

}  // namespace
}  // namespace backplane

int main(int argument_count, char** arguments) {
  if (argument_count != 3 || fcntl(backplane::kResultDescriptor, F_GETFD) < 0) {
    std::fputs("backplane-probe is started by a host of Backplane, and by nobody else\n", stderr);
    return 2;
  }
  backplane::prepare_process();
  const bool deep_bind = std::strcmp(arguments[2], "deep-bind") == 0;
  backplane::tell(backplane::verdict_line(backplane::probe(arguments[1], deep_bind)));
  std::fflush(nullptr);
  _exit(0);  // the plugin's destructors are not what is asked about
}
