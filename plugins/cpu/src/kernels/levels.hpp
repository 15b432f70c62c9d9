// One loop, compiled three times: for every processor of the architecture, and for those with wider
// vectors, chosen when a kernel is made. The same operations; the widest may fuse a product with
// the sum that takes it, and sums whose order a loop leaves open are taken in another one.
#pragma once

namespace backplane::cpu {

#define BACKPLANE_CPU_INLINE [[gnu::always_inline]] inline

#if defined(__x86_64__)
#define BACKPLANE_CPU_WIDE [[gnu::target("avx2")]]
#define BACKPLANE_CPU_WIDEST [[gnu::target("avx512f,avx512vl,avx512bw,avx512dq")]]
inline bool has_wide_vectors() { return __builtin_cpu_supports("avx2") != 0; }
inline bool has_widest_vectors() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0;
}
#else
#define BACKPLANE_CPU_WIDE
#define BACKPLANE_CPU_WIDEST
inline bool has_wide_vectors() { return false; }
inline bool has_widest_vectors() { return false; }
#endif

// Levels<body>::best() is a function that does what `body`, a BACKPLANE_CPU_INLINE one, does.
template <auto body>
struct Levels;

template <class... Arguments, void (*body)(Arguments...)>
struct Levels<body> {
  using Function = void (*)(Arguments...);

  static Function best() { return has_widest_vectors() ? widest : best_for_short(); }
  // For loops that are too short to fill the widest vectors.
  static Function best_for_short() { return has_wide_vectors() ? wide : plain; }

 private:
  static void plain(Arguments... arguments) { body(arguments...); }
  BACKPLANE_CPU_WIDE static void wide(Arguments... arguments) { body(arguments...); }
  BACKPLANE_CPU_WIDEST static void widest(Arguments... arguments) { body(arguments...); }
};

}  // namespace backplane::cpu
