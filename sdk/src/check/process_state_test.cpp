#include "check/process_state.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace backplane::check {
namespace {

TEST(ProcessState, IsTheSameWhenNothingHappened) {
  const ProcessState before(Watch::kHandlers);
  volatile double inexact = 1.0;
  inexact = inexact / 3.0;  // sets a flag of the unit, which is nobody's state
  EXPECT_EQ(before.difference(), "");
}

TEST(ProcessState, SeesTheRoundingModeAndFlushing) {
  const ProcessState before(Watch::kRounding);
  std::fesetround(FE_DOWNWARD);
  EXPECT_EQ(before.difference(), "the rounding mode is changed");
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(before.difference(), "");
#if defined(__SSE__)
  const unsigned control = _mm_getcsr();
  _mm_setcsr(control | 0x8040);  // subnormals to zero, in and out
  EXPECT_EQ(before.difference(), "the rounding mode is changed");
  _mm_setcsr(control);
#endif
}

TEST(ProcessState, SeesTheSignalMask) {
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  const ProcessState before(Watch::kProcess);
  const ProcessState hot(Watch::kRounding);
  pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
  EXPECT_EQ(before.difference(), "the signal mask is changed");
  EXPECT_EQ(hot.difference(), "");
  pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
}

TEST(ProcessState, SeesBothLocales) {
  const ProcessState before(Watch::kProcess);
  const locale_t other = newlocale(LC_ALL_MASK, "C", nullptr);
  const locale_t own = uselocale(other);
  EXPECT_EQ(before.difference(), "the thread's locale is changed");
  uselocale(own);
  freelocale(other);
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  EXPECT_NE(before.difference().find("LC_CTYPE=C.UTF-8"), std::string::npos);
  std::setlocale(LC_ALL, "C");
}

TEST(ProcessState, SeesTheWorkingDirectory) {
  char* own = getcwd(nullptr, 0);
  const ProcessState before(Watch::kProcess);
  ASSERT_EQ(chdir("/"), 0);
  EXPECT_EQ(before.difference(), "the working directory is changed");
  ASSERT_EQ(chdir(own), 0);
  EXPECT_EQ(before.difference(), "");
  free(own);
}

TEST(ProcessState, SeesEverySignalHandlerOfItsList) {
  for (const auto& [signal_number, name] :
       {std::pair{SIGSEGV, "SEGV"}, std::pair{SIGFPE, "FPE"}, std::pair{SIGABRT, "ABRT"},
        std::pair{SIGINT, "INT"}, std::pair{SIGTERM, "TERM"}, std::pair{SIGCHLD, "CHLD"},
        std::pair{SIGPIPE, "PIPE"}}) {
    const ProcessState before(Watch::kHandlers);
    struct sigaction other = {};
    struct sigaction own = {};
    other.sa_handler = [](int) {};
    sigaction(signal_number, &other, &own);
    EXPECT_EQ(before.difference(), std::string("the handler of SIG") + name + " is changed");
    sigaction(signal_number, &own, nullptr);
    EXPECT_EQ(before.difference(), "");
  }
}

}  // namespace
}  // namespace backplane::check
