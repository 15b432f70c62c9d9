#include "check/process_state.hpp"

#include <sys/stat.h>

#include <cfenv>
#include <cstring>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace backplane::check {
namespace {

unsigned vector_control() {
#if defined(__SSE__)
  constexpr unsigned kExceptionsSeen = 0x3f;  // set by any arithmetic
  return _mm_getcsr() & ~kExceptionsSeen;
#else
  return 0;
#endif
}

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : "; ") + part; }

bool same_mask(const sigset_t& a, const sigset_t& b) {
  for (int signal = 1; signal < NSIG; ++signal)
    if (sigismember(&a, signal) != sigismember(&b, signal)) return false;
  return true;
}

// The masks are not compared: saving a handler and putting it back can change them, as it does the
// flag SA_RESTORER, which is the C library's own and has no public name.
bool same_handler(const struct sigaction& a, const struct sigaction& b) {
  constexpr int kRestorer = 0x04000000;
  return a.sa_sigaction == b.sa_sigaction && (a.sa_flags | kRestorer) == (b.sa_flags | kRestorer);
}

}  // namespace

ProcessState::ProcessState(Watch watch) : rounding_(rounding_now()) {
  if (watch >= Watch::kProcess) surroundings_ = surroundings_now();
  if (watch >= Watch::kHandlers) handlers_ = handlers_now();
}

ProcessState::Rounding ProcessState::rounding_now() {
  return {std::fegetround(), vector_control()};
}

ProcessState::Surroundings ProcessState::surroundings_now() {
  Surroundings now = {};
  pthread_sigmask(SIG_BLOCK, nullptr, &now.signal_mask);
  now.thread_locale = uselocale(nullptr);
  now.locale = std::setlocale(LC_ALL, nullptr);
  struct stat folder = {};
  if (stat(".", &folder) == 0) {
    now.folder_device = folder.st_dev;
    now.folder = folder.st_ino;
  }
  return now;
}

ProcessState::Handlers ProcessState::handlers_now() {
  Handlers now = {};
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &now[i]);
  return now;
}

std::string ProcessState::difference() const {
  std::string text;
  const Rounding now = rounding_now();
  if (now.mode != rounding_.mode || now.control != rounding_.control)
    add(text, "the rounding mode is changed");
  if (surroundings_.has_value()) add_surroundings(text);
  if (handlers_.has_value()) add_handlers(text);
  return text;
}

void ProcessState::add_surroundings(std::string& text) const {
  const Surroundings now = surroundings_now();
  if (!same_mask(now.signal_mask, surroundings_->signal_mask))
    add(text, "the signal mask is changed");
  if (now.thread_locale != surroundings_->thread_locale)
    add(text, "the thread's locale is changed");
  if (now.locale != surroundings_->locale)
    add(text, "the locale is \"" + now.locale + "\", was \"" + surroundings_->locale + "\"");
  if (now.folder_device != surroundings_->folder_device || now.folder != surroundings_->folder)
    add(text, "the working directory is changed");
}

void ProcessState::add_handlers(std::string& text) const {
  const Handlers now = handlers_now();
  for (size_t i = 0; i < kSignals.size(); ++i)
    if (!same_handler(now[i], (*handlers_)[i]))
      add(text, std::string("the handler of SIG") + sigabbrev_np(kSignals[i]) + " is changed");
}

}  // namespace backplane::check
