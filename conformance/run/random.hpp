// Numbers that follow from what they are for: the same in supervisor and worker, and in every run
// with the same seed.
#pragma once

#include <cstdint>
#include <string>

namespace backplane::conformance {

// splitmix64, a counter-based generator: every word from its own index.
inline uint64_t mix(uint64_t counter) {
  uint64_t z = counter * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// FNV-1a.
inline uint64_t hash_of(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace backplane::conformance
