// The pool beside malloc: build/dev/benchmarks/pool_benchmark
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>

#include "memory/fake_device.hpp"
#include "memory/pool.hpp"

namespace backplane {
namespace {

std::shared_ptr<Pool> make_pool(fake::Chip& chip) {
  return std::make_shared<Pool>(chip.open(false), PoolOptions());
}

void allocate_and_free(benchmark::State& state) {
  fake::Chip chip({});
  const auto pool = make_pool(chip);
  const auto size = static_cast<uint64_t>(state.range(0));
  const Pool::Memory kept = pool->allocate(size, nullptr).take();
  for (auto _ : state) benchmark::DoNotOptimize(pool->allocate(size, nullptr));
}
BENCHMARK(allocate_and_free)->Name("Pool/AllocateAndFree")->Arg(64)->Arg(100'000);

// A hundred live pieces of random sizes, one replaced at a time.
void churn(benchmark::State& state) {
  fake::Chip chip({});
  const auto pool = make_pool(chip);
  std::mt19937 random(1);
  std::vector<Pool::Memory> live(100);
  for (auto _ : state) {
    Pool::Memory& piece = live[random() % live.size()];
    piece.reset();
    piece = pool->allocate(1 + random() % 50'000, nullptr).take();
  }
  const PoolStats stats = pool->stats();
  state.counters["reserved / peak use"] =
      static_cast<double>(stats.reserved_peak) / static_cast<double>(stats.used_peak);
}
BENCHMARK(churn)->Name("Pool/ChurnOf100");

void malloc_churn(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<void*> live(100);
  for (auto _ : state) {
    void*& piece = live[random() % live.size()];
    std::free(piece);
    benchmark::DoNotOptimize(piece = std::malloc(1 + random() % 50'000));
  }
  for (void* piece : live) std::free(piece);
}
BENCHMARK(malloc_churn)->Name("Malloc/ChurnOf100");

}  // namespace
}  // namespace backplane
