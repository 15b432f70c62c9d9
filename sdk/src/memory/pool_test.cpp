#include "memory/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "memory/fake_device.hpp"
#include "memory/transfer.hpp"
#include "stream/event.hpp"

namespace backplane {
namespace {

using testing::HasSubstr;

fake::Config with_streams() {
  fake::Config config;
  config.work = fake::Work::kByHand;
  return config;
}

struct Bench {
  explicit Bench(fake::Config config = {}, PoolOptions options = {})
      : chip(config), device(chip.open()), pool(std::make_shared<Pool>(device, options)) {}
  ~Bench() {
    pool.reset();
    streams.clear();
    device.reset();
    EXPECT_EQ(chip.live_buffers(), 0);
    EXPECT_EQ(chip.live_events(), 0);
    EXPECT_THAT(chip.violations(), testing::IsEmpty());
  }
  std::shared_ptr<Stream> stream() {
    streams.push_back(*Stream::create(device, 0));
    return streams.back();
  }
  Pool::Memory allocate(uint64_t size, const std::shared_ptr<Stream>& stream = nullptr) {
    Result<Pool::Memory> memory = pool->allocate(size, stream);
    EXPECT_TRUE(memory.ok()) << memory.status().text();
    return memory.ok() ? memory.take() : Pool::Memory();
  }

  fake::Chip chip;
  std::shared_ptr<Device> device;
  std::shared_ptr<Pool> pool;
  std::vector<std::shared_ptr<Stream>> streams;
};

// Every request of 1 MiB gets a buffer of its own.
PoolOptions own_buffers() {
  PoolOptions options;
  options.first_slab = 64 << 10;
  options.largest_slab = 1 << 20;
  return options;
}

using Place = std::pair<const bp_buffer_t*, uint64_t>;
Place place(const Pool::Memory& memory) { return {memory.buffer(), memory.offset()}; }

// The stream has work behind an event that the host opens.
std::shared_ptr<Event> shut_gate(Bench& bench, Stream& stream) {
  std::shared_ptr<Event> gate = *Event::create(bench.device, BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_TRUE(gate->wait(stream).ok());
  return gate;
}

TEST(Pool, ManySmallTensorsComeFromOneBuffer) {
  Bench bench;
  std::vector<Pool::Memory> all;
  for (int i = 0; i < 1000; ++i) all.push_back(bench.allocate(1000));
  EXPECT_EQ(bench.chip.live_buffers(), 1);
  EXPECT_EQ(bench.pool->stats().reserved, uint64_t{1} << 20);
}

TEST(Pool, TheNextBufferIsAsLargeAsAllBeforeIt) {
  Bench bench;
  std::vector<Pool::Memory> all;
  for (int i = 0; i < 7; ++i) all.push_back(bench.allocate(500'000));
  EXPECT_EQ(bench.pool->stats().reserved, uint64_t{4} << 20);
  EXPECT_EQ(bench.chip.live_buffers(), 3);
}

TEST(Pool, ALargeRequestGetsABufferOfItsOwn) {
  Bench bench;
  const Pool::Memory memory = bench.allocate(100 << 20);
  EXPECT_EQ(bench.pool->stats().reserved, uint64_t{100} << 20);
  EXPECT_EQ(memory.offset(), 0u);
}

TEST(Pool, SizeZeroNeedsNoBytes) {
  Bench bench;
  const Pool::Memory memory = bench.allocate(0);
  EXPECT_FALSE(memory.has_bytes());
  EXPECT_EQ(memory.buffer(), nullptr);
  EXPECT_EQ(memory.size(), 0u);
  EXPECT_EQ(bench.chip.live_buffers(), 0);
}

TEST(Pool, SizesThatNoBufferCanHaveAreRefusedInWords) {
  fake::Config config;
  config.max_buffer_size = 1 << 20;
  config.tensor_padding = 64;
  Bench bench(config);
  for (uint64_t size : {uint64_t{1} << 20, uint64_t{1} << 40, uint64_t{INT64_MAX}, UINT64_MAX}) {
    const Result<Pool::Memory> memory = bench.pool->allocate(size, nullptr);
    EXPECT_EQ(memory.status().code(), BP_STATUS_UNSUPPORTED) << size;
    EXPECT_THAT(memory.status().text(), HasSubstr("in one piece: the largest buffer of fake"));
  }
  EXPECT_TRUE(bench.allocate((1 << 20) - 64).has_bytes());
  EXPECT_EQ(bench.chip.buffer_creates(), 1);
}

TEST(Pool, OffsetsAndPaddingAreAsTheDeviceWantsThem) {
  fake::Config config;
  config.offset_alignment = 128;
  config.preferred_alignment = 4096;
  config.tensor_padding = 100;
  Bench bench(config);
  const Pool::Memory a = bench.allocate(1);
  const Pool::Memory b = bench.allocate(1);
  EXPECT_EQ(b.offset() % 128, 0u);
  EXPECT_GE(b.offset(), a.offset() + 1 + 100);
  EXPECT_LT(b.offset(), 4096u);  // a preferred alignment that costs more than the tensor is left
  const Pool::Memory c = bench.allocate(5000);
  EXPECT_EQ(c.offset() % 4096, 0u);
  Result<Pool::Memory> scratch = bench.pool->allocate(10, nullptr, 4096);
  EXPECT_EQ(scratch->offset() % 4096, 0u);
}

TEST(Pool, AddressesAreTheBuffersOwnOrNobodyElses) {
  fake::Config opaque;
  opaque.has_map = false;
  Bench seen;
  Bench hidden(opaque);
  const Pool::Memory a = seen.allocate(64);
  EXPECT_EQ(reinterpret_cast<char*>(a.address()),  // NOLINT: a real pointer here
            static_cast<char*>(*map(*seen.device, a.buffer())) + a.offset());
  const Pool::Memory b = hidden.allocate(64);
  const Pool::Memory c = hidden.allocate(64);
  EXPECT_NE(b.address(), 0u);
  EXPECT_EQ(c.address() - b.address(), c.offset() - b.offset());
}

TEST(Pool, WhatWasFreedOnAStreamIsUsedAgainOnItAtOnce) {
  Bench bench(with_streams(), own_buffers());
  const auto stream = bench.stream();
  const auto gate = shut_gate(bench, *stream);
  Pool::Memory memory = bench.allocate(1 << 20, stream);
  const Place first = place(memory);
  memory.reset();
  memory = bench.allocate(1 << 20, stream);
  EXPECT_EQ(place(memory), first);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
}

TEST(Pool, AnotherStreamGetsItOnlyWhenTheFreeingOneHasComeThatFar) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  const auto b = bench.stream();
  const auto gate = shut_gate(bench, *a);
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  memory.reset();
  Pool::Memory other = bench.allocate(1 << 20, b);
  EXPECT_NE(place(other), first);
  Pool::Memory waited = bench.allocate(1 << 20);
  EXPECT_NE(place(waited), first);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  while (bench.chip.advance(0)) {
  }
  EXPECT_EQ(place(bench.allocate(1 << 20, b)), first);
}

TEST(Pool, WorkGivenAfterTheFreeHoldsNothingBack) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  const auto b = bench.stream();
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  memory.reset();
  const auto gate = shut_gate(bench, *a);
  while (bench.chip.advance(0)) {
  }
  EXPECT_EQ(place(bench.allocate(1 << 20, b)), first);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
}

TEST(Pool, AUseOnAnotherStreamHoldsTheMemoryBackToo) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  const auto b = bench.stream();
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  const auto gate = shut_gate(bench, *b);
  bench.pool->use(memory, b);
  memory.reset();
  while (bench.chip.advance(0)) {
  }
  const Pool::Memory early = bench.allocate(1 << 20, a);
  EXPECT_NE(place(early), first);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  while (bench.chip.advance(1)) {
  }
  EXPECT_EQ(place(bench.allocate(1 << 20, a)), first);
}

TEST(Pool, AUseThatWasOnlyNotedIsMarkedWhenTheMemoryIsGivenBack) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  const auto b = bench.stream();
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  bench.pool->note_use(memory, b);
  const auto gate = shut_gate(bench, *b);
  memory.reset();
  while (bench.chip.advance(0)) {
  }
  EXPECT_NE(place(bench.allocate(1 << 20, a)), first);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
}

TEST(Pool, AStreamThatHasEndedHoldsNothingBack) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  memory.reset();
  a->end();
  EXPECT_EQ(place(bench.allocate(1 << 20)), first);
}

TEST(Pool, AFailedStreamHoldsItsMemoryUntilItHasEnded) {
  Bench bench(with_streams(), own_buffers());
  const auto a = bench.stream();
  Pool::Memory memory = bench.allocate(1 << 20, a);
  const Place first = place(memory);
  bench.chip.fail_work(1);
  EXPECT_TRUE(write(*a, {memory.buffer(), memory.offset(), 1}, "x").ok());
  memory.reset();
  while (bench.chip.advance(0)) {
  }
  const Pool::Memory other = bench.allocate(1 << 20);
  EXPECT_NE(place(other), first);
  a->end();
  EXPECT_EQ(place(bench.allocate(1 << 20)), first);
}

TEST(Pool, TrimGivesBackBuffersThatNobodyUses) {
  Bench bench;
  Pool::Memory kept = bench.allocate(1000);
  { const Pool::Memory gone = bench.allocate(3 << 20); }
  EXPECT_EQ(bench.chip.live_buffers(), 2);
  bench.pool->trim();
  EXPECT_EQ(bench.chip.live_buffers(), 1);
  EXPECT_EQ(bench.pool->stats().reserved, uint64_t{1} << 20);
  kept.reset();
  bench.pool->trim();
  EXPECT_EQ(bench.pool->stats().reserved, 0u);
}

TEST(Pool, TrimsAndAsksOnceMoreWhenMemoryIsShort) {
  fake::Config config;
  config.memory_size = 10 << 20;
  Bench bench(config, own_buffers());
  { const Pool::Memory idle = bench.allocate(6 << 20); }
  const Pool::Memory memory = bench.allocate(8 << 20);
  EXPECT_TRUE(memory.has_bytes());
  EXPECT_EQ(bench.pool->stats().retry_count, 1u);
  EXPECT_EQ(bench.chip.live_buffers(), 1);
}

TEST(Pool, AFailureThatPassesIsNotSeen) {
  Bench bench;
  bench.chip.fail_buffer_create(1);
  EXPECT_TRUE(bench.allocate(100).has_bytes());
  EXPECT_EQ(bench.chip.buffer_creates(), 2);
}

TEST(Pool, AsksForNoMoreThanNeededTheSecondTime) {
  fake::Config config;
  config.memory_size = 300'000;
  Bench bench(config);
  EXPECT_TRUE(bench.allocate(200'000).has_bytes());
  EXPECT_LT(bench.pool->stats().reserved, 201'000u);
}

TEST(Pool, WaitsForPendingWorkWhenMemoryIsShort) {
  fake::Config config = with_streams();
  config.memory_size = 10 << 20;
  Bench bench(config);
  const auto a = bench.stream();
  const auto b = bench.stream();
  Pool::Memory memory = bench.allocate(8 << 20, a);
  EXPECT_TRUE(write(*a, {memory.buffer(), memory.offset(), 1}, "x").ok());
  memory.reset();
  EXPECT_TRUE(bench.allocate(8 << 20, b).has_bytes());
  EXPECT_EQ(bench.chip.live_buffers(), 1);
}

TEST(Pool, WhatHangsForEverEndsTheWaitAndSaysHowMuchIsInUse) {
  fake::Config config = with_streams();
  config.memory_size = 10 << 20;
  PoolOptions options;
  options.patience_ns = 1'000'000;
  Bench bench(config, options);
  const auto a = bench.stream();
  const auto gate = shut_gate(bench, *a);
  Pool::Memory kept = bench.allocate(1 << 20);
  Pool::Memory memory = bench.allocate(8 << 20, a);
  memory.reset();
  const Result<Pool::Memory> refused = bench.pool->allocate(8 << 20, nullptr);
  EXPECT_EQ(refused.status().code(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(refused.status().text(), HasSubstr("in use 1048576, reserved 10485760"));
  EXPECT_TRUE(gate->signal(BP_OK).ok());
}

TEST(Pool, TheLimitSetHoldsForDevicesThatKnowNone) {
  PoolOptions options;
  options.limit = 2 << 20;
  Bench bench({}, options);
  EXPECT_EQ(bench.pool->stats().limit, uint64_t{2} << 20);
  const Pool::Memory memory = bench.allocate(2 << 20);
  EXPECT_EQ(bench.pool->allocate(1, nullptr).status().code(), BP_STATUS_OUT_OF_MEMORY);
}

TEST(Pool, ADeviceThatPoolsByItselfIsAskedEachTime) {
  fake::Config config = with_streams();
  config.is_pooled = true;
  Bench bench(config);
  const auto stream = bench.stream();
  const auto gate = shut_gate(bench, *stream);
  Pool::Memory memory = bench.allocate(100, stream);
  EXPECT_EQ(memory.offset(), 0u);
  EXPECT_EQ(bench.pool->stats().reserved, 112u + 16u);
  memory.reset();
  EXPECT_EQ(bench.chip.live_buffers(), 1) << "the stream may still use it";
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  while (bench.chip.advance(0)) {
  }
  memory = bench.allocate(100);
  EXPECT_EQ(bench.chip.live_buffers(), 1);
  memory.reset();
  EXPECT_EQ(bench.chip.live_buffers(), 0);
}

TEST(Pool, StatisticsSayWhatIsUsedAndWhatCouldBeHad) {
  Bench bench;
  Pool::Memory a = bench.allocate(64 << 10);
  { const Pool::Memory b = bench.allocate(128 << 10); }
  const PoolStats stats = bench.pool->stats();
  EXPECT_EQ(stats.used, uint64_t{64} << 10);
  EXPECT_EQ(stats.used_peak, uint64_t{192} << 10);
  EXPECT_EQ(stats.reserved, uint64_t{1} << 20);
  EXPECT_EQ(stats.reserved_peak, uint64_t{1} << 20);
  EXPECT_EQ(stats.allocation_count, 2u);
  EXPECT_EQ(stats.largest_free, uint64_t{960} << 10);
  EXPECT_EQ(stats.limit, bench.chip.config().memory_size);
}

TEST(Pool, StagingMemoryIsMemoryThatTheHostSees) {
  fake::Config config = with_streams();
  PoolOptions options;
  options.kind = BP_MEMORY_STAGING;
  Bench bench(config, options);
  const Pool::Memory memory = bench.allocate(100);
  EXPECT_NE(memory.address(), 0u);
  static_cast<char*>(*map(*bench.device, memory.buffer()))[memory.offset()] = 1;
}

TEST(Pool, EightThreadsAtOnceGetMemoryThatDoesNotOverlap) {
  Bench bench;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&bench, &wrong, t] {
      std::vector<Pool::Memory> mine;
      for (int i = 0; i < 400; ++i) {
        Result<Pool::Memory> memory = bench.pool->allocate(64 + i % 7 * 100, nullptr);
        auto* bytes = reinterpret_cast<char*>(memory->address());  // NOLINT: a real pointer here
        std::fill_n(bytes, memory->size(), static_cast<char>(t));
        mine.push_back(memory.take());
        if (i % 3 == 0) mine.erase(mine.begin() + i % static_cast<int>(mine.size()));
      }
      for (const Pool::Memory& memory : mine) {
        const auto* bytes = reinterpret_cast<char*>(memory.address());  // NOLINT
        wrong += static_cast<int>(std::any_of(bytes, bytes + memory.size(),
                                              [t](char c) { return c != static_cast<char>(t); }));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(bench.pool->stats().used, 0u);
}

}  // namespace
}  // namespace backplane
