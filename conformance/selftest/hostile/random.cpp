#include "random.hpp"

#include <atomic>
#include <cstdlib>

namespace backplane::selftest {

uint64_t number_in(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// splitmix64
uint64_t random_below(uint64_t end) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
  static std::atomic<uint64_t> state{number_in("BACKPLANE_SELFTEST_SEED", 1) * 0x2545f4914f6cdd1du};
  uint64_t z = state.fetch_add(kStep) + kStep;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % end;
}

}  // namespace backplane::selftest
