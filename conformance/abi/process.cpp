#include "abi/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "run/subject.hpp"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace backplane::conformance {
namespace {

using std::chrono::milliseconds;

constexpr int kSignals = 32;  // the classic ones

unsigned vector_control_now() {
#if defined(__SSE__)
  constexpr unsigned kExceptionsSeen = 0x3f;  // set by any arithmetic
  return _mm_getcsr() & ~kExceptionsSeen;
#else
  return 0;
#endif
}

std::string limits_now() {
  std::string all;
  for (int resource : {RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_MEMLOCK, RLIMIT_AS}) {
    struct rlimit limit = {};
    getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    all += std::to_string(limit.rlim_cur) + "/" + std::to_string(limit.rlim_max) + " ";
  }
  return all;
}

size_t entries_in(const char* folder) {
  DIR* directory = opendir(folder);
  size_t count = 0;
  while (directory != nullptr && readdir(directory) != nullptr) ++count;
  if (directory != nullptr) closedir(directory);
  return count;
}

size_t lines_of(const char* path) {
  std::ifstream file(path);
  return static_cast<size_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace

ProcessSettings ProcessSettings::now() {
  ProcessSettings settings = {};
  for (int number = 1; number < kSignals; ++number) {
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    settings.handlers.push_back(action.sa_handler);
  }
  pthread_sigmask(SIG_BLOCK, nullptr, &settings.mask);
  settings.locale = std::setlocale(LC_ALL, nullptr);
  char folder[4096] = {};
  if (getcwd(folder, sizeof folder) != nullptr) settings.folder = folder;
  settings.rounding = std::fegetround();
  settings.vector_control = vector_control_now();
  settings.file_mode = umask(0);
  umask(settings.file_mode);
  settings.limits = limits_now();
  return settings;
}

void require_as_before(const ProcessSettings& before, const std::string& what) {
  const ProcessSettings after = ProcessSettings::now();
  for (size_t i = 0; i < before.handlers.size(); ++i)
    require(before.handlers[i] == after.handlers[i],
            what + " changed the handler of signal " + std::to_string(i + 1));
  for (int number = 1; number < kSignals; ++number)
    require(sigismember(&before.mask, number) == sigismember(&after.mask, number),
            what + " changed the signal mask");
  require(before.locale == after.locale, what + " changed the locale");
  require(before.folder == after.folder, what + " changed the working directory");
  require(before.rounding == after.rounding, what + " changed the rounding mode");
  require(before.vector_control == after.vector_control,
          what + " changed the vector unit's control word, such as flushing subnormals to 0");
  require(before.file_mode == after.file_mode, what + " changed the file mode mask");
  require(before.limits == after.limits, what + " changed the process's limits");
}

ProcessUse ProcessUse::now() {
  return {entries_in("/proc/self/task"), entries_in("/proc/self/fd"), lines_of("/proc/self/maps")};
}

void require_no_more_than(const ProcessUse& before, size_t mappings, const std::string& what) {
  ProcessUse after = ProcessUse::now();
  for (int i = 0; i < 200 && after.threads > before.threads; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    after.threads = ProcessUse::now().threads;
  }
  const auto check = [&what](size_t came, size_t most, const char* of) {
    require(came <= most, what + ": there were " + std::to_string(most) + " " + of + " before, " +
                              std::to_string(came) + " now");
  };
  check(after.threads, before.threads, "threads");
  check(after.files, before.files, "open files");
  check(after.mappings, before.mappings + mappings, "mappings, with some to spare,");
}

namespace {

std::string contents(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

// Sends a descriptor of the process to a file while it lives.
class Redirected {
 public:
  Redirected(int descriptor, std::FILE* paper) : descriptor_(descriptor), saved_(dup(descriptor)) {
    dup2(fileno(paper), descriptor);
  }
  ~Redirected() {
    std::fflush(nullptr);
    dup2(saved_, descriptor_);
    ::close(saved_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int descriptor_;
  int saved_;
};

}  // namespace

Printed printed_by(const std::function<void()>& body) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(std::tmpfile(), std::fclose);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> error(std::tmpfile(), std::fclose);
  require(output != nullptr && error != nullptr, "the suite could not make a temporary file");
  {
    const Redirected first(STDOUT_FILENO, output.get());
    const Redirected second(STDERR_FILENO, error.get());
    body();
  }
  return {contents(output.get()), contents(error.get())};
}

}  // namespace backplane::conformance
