#include "perf/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#ifdef __SSE__
#include <immintrin.h>
#endif

namespace backplane::conformance {
namespace {

using Vector = float __attribute__((vector_size(64)));
using Array = std::unique_ptr<Vector, decltype(&std::free)>;

Array filled(int64_t count, float value) {
  const auto size = static_cast<size_t>(count) * sizeof(Vector);
  Array made(static_cast<Vector*>(std::aligned_alloc(sizeof(Vector), size)), std::free);
  if (made == nullptr) throw std::bad_alloc();
  std::fill_n(made.get(), count, Vector{} + value);
  return made;
}

struct Arrays {
  explicit Arrays(int64_t size)
      : count(size), a(filled(size, 0)), b(filled(size, 1)), c(filled(size, 2)) {}
  int64_t count;
  Array a, b, c;
};

#if defined(__x86_64__)
#define BACKPLANE_FOR_EACH_PROCESSOR \
  __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define BACKPLANE_FOR_EACH_PROCESSOR
#endif

BACKPLANE_FOR_EACH_PROCESSOR void triad(Vector* a, const Vector* b, const Vector* c,
                                        int64_t count) {
  for (int64_t i = 0; i < count; ++i) a[i] = b[i] + 3.0F * c[i];
}

void triad_past_caches(Vector* a, const Vector* b, const Vector* c, int64_t count) {
#ifdef __SSE__
  constexpr int64_t kParts = sizeof(Vector) / sizeof(__m128);
  auto* target = reinterpret_cast<float*>(a);
  const auto* first = reinterpret_cast<const __m128*>(b);
  const auto* second = reinterpret_cast<const __m128*>(c);
  for (int64_t i = 0; i < count * kParts; ++i)
    _mm_stream_ps(target + 4 * i, first[i] + 3.0F * second[i]);
#else
  triad(a, b, c, count);
#endif
}

using Triad = void (*)(Vector* a, const Vector* b, const Vector* c, int64_t count);

void on_one_thread(Arrays& arrays, Triad body) {
  body(arrays.a.get(), arrays.b.get(), arrays.c.get(), arrays.count);
}

void on_all_threads(Arrays& arrays, Triad body) {
  constexpr int64_t kPiece = 64;
#pragma omp parallel for schedule(static)
  for (int64_t first = 0; first < arrays.count; first += kPiece)
    body(arrays.a.get() + first, arrays.b.get() + first, arrays.c.get() + first,
         std::min(kPiece, arrays.count - first));
}

// As many sums at once as hide the time that one takes. Returns one so that none is left out.
BACKPLANE_FOR_EACH_PROCESSOR float multiply_and_add(int64_t turns) {
  constexpr size_t kSums = 12;
  Vector sums[kSums] = {};
  const Vector factor = Vector{} + 0.5F, term = Vector{} + static_cast<float>(turns);
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12  // so that they stay in registers
    for (Vector& sum : sums) sum = sum * factor + term;
  float total = 0;
  for (const Vector& sum : sums) total += sum[0];
  return total;
}

constexpr int64_t kTurns = 100000;
constexpr double kFlopsOfATurn = 2.0 * 12 * sizeof(Vector) / sizeof(float);

volatile float result_of_peak;  // NOLINT: keeps the compiler from leaving the work out

}  // namespace

std::vector<Contender> triads(double bytes) {
  const auto count = static_cast<int64_t>(bytes / 3 / sizeof(Vector)) + 1;
  const auto arrays = std::make_shared<Arrays>(count);
  const auto repeat = [arrays](void (*way)(Arrays&, Triad), Triad body) {
    return [arrays, way, body](int times) {
      for (int i = 0; i < times; ++i) way(*arrays, body);
    };
  };
  return {repeat(on_one_thread, triad), repeat(on_all_threads, triad),
          repeat(on_all_threads, triad_past_caches)};
}

double peak_flops(const Rounds& rounds) {
  int threads = 1;
  const Contender all = [&](int times) {
    float sum = 0;
    int counted = 0;
#pragma omp parallel reduction(+ : sum, counted)
    {
      counted += 1;
      for (int i = 0; i < times; ++i) sum += multiply_and_add(kTurns);
    }
    threads = counted;
    result_of_peak = sum;
  };
  const Times times = measure({all}, rounds)[0];
  return kFlopsOfATurn * kTurns * threads / quantile(times, 0);
}

}  // namespace backplane::conformance
