// Thousands of random steps on three streams, against the plainest model there is: every piece of
// memory is written and read back in the order of the streams that use it. Whoever gets memory too
// early overwrites what an older reader still expects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "memory/fake_device.hpp"
#include "memory/pool.hpp"
#include "memory/transfer.hpp"
#include "stream/event.hpp"

namespace backplane {
namespace {

constexpr int kStreams = 3;

struct Setting {
  unsigned seed;
  uint64_t padding;
  uint64_t offset_alignment;
  bool is_pooled;
};

class PoolProperty : public testing::TestWithParam<Setting> {
 protected:
  struct Live {
    Pool::Memory memory;
    int home;
    std::vector<char> pattern;
  };
  struct Reading {
    std::vector<char> got;
    std::vector<char> want;
  };

  static fake::Config config() {
    fake::Config config;
    config.work = fake::Work::kByHand;
    config.tensor_padding = GetParam().padding;
    config.offset_alignment = GetParam().offset_alignment;
    config.is_pooled = GetParam().is_pooled;
    config.memory_size = 4 << 20;  // so little that memory has to be waited for
    return config;
  }

  PoolProperty() : chip_(config()), device_(chip_.open()), random_(GetParam().seed) {
    PoolOptions options;
    options.first_slab = 64 << 10;
    options.largest_slab = 512 << 10;
    pool_ = std::make_shared<Pool>(device_, options);
    for (auto& stream : streams_) stream = *Stream::create(device_, 0);
  }

  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

  void allocate() {
    const uint64_t size = pick(10) == 0 ? 1 + pick(600'000) : 1 + pick(5'000);
    const int home = pick(kStreams);
    Result<Pool::Memory> memory = pool_->allocate(size, streams_[home]);
    ASSERT_TRUE(memory.ok() || memory.status().code() == BP_STATUS_OUT_OF_MEMORY);
    if (!memory.ok()) return;
    check(*memory);
    std::vector<char> pattern(std::min<uint64_t>(size, 64), static_cast<char>(random_()));
    ASSERT_TRUE(
        write(*streams_[home], {memory->buffer(), memory->offset(), pattern.size()}, pattern.data())
            .ok());
    live_.push_back({memory.take(), home, pattern});
  }

  void check(const Pool::Memory& fresh) {
    EXPECT_EQ(fresh.offset() % GetParam().offset_alignment, 0u);
    const uint64_t end = fresh.offset() + fresh.size() + GetParam().padding;
    for (const Live& live : live_) {
      if (live.memory.buffer() != fresh.buffer()) continue;
      const uint64_t live_end = live.memory.offset() + live.memory.size() + GetParam().padding;
      EXPECT_TRUE(end <= live.memory.offset() || live_end <= fresh.offset());
    }
  }

  // Reads on the stream what must still be there when the stream gets to it.
  void read_back(const Live& live, int stream) {
    readings_.push_back({std::vector<char>(live.pattern.size()), live.pattern});
    ASSERT_TRUE(read(*streams_[stream],
                     {live.memory.buffer(), live.memory.offset(), live.pattern.size()},
                     readings_.back().got.data())
                    .ok());
  }

  void use_elsewhere() {
    if (live_.empty()) return;
    const Live& live = live_[static_cast<size_t>(pick(static_cast<int>(live_.size())))];
    const int other = (live.home + 1 + pick(kStreams - 1)) % kStreams;
    const auto written = *Event::create(device_, 0);
    ASSERT_TRUE(written->record(*streams_[live.home]).ok());
    ASSERT_TRUE(written->wait(*streams_[other]).ok());
    const bool is_noted = pick(2) == 0;
    if (is_noted) pool_->note_use(live.memory, streams_[other]);
    read_back(live, other);
    if (!is_noted) pool_->use(live.memory, streams_[other]);
  }

  void free_one() {
    if (live_.empty()) return;
    const auto it = live_.begin() + pick(static_cast<int>(live_.size()));
    read_back(*it, it->home);
    live_.erase(it);
  }

  fake::Chip chip_;
  std::shared_ptr<Device> device_;
  std::shared_ptr<Pool> pool_;
  std::shared_ptr<Stream> streams_[kStreams];
  std::mt19937 random_;
  std::vector<Live> live_;
  std::deque<Reading> readings_;
};

TEST_P(PoolProperty, NobodyGetsMemoryThatAnotherStreamStillReads) {
  for (int step = 0; step < 4000; ++step) {
    switch (pick(6)) {
      case 0:
      case 1:
        allocate();
        break;
      case 2:
        free_one();
        break;
      case 3:
        use_elsewhere();
        break;
      default:
        chip_.advance(static_cast<size_t>(pick(kStreams)));
    }
    if (HasFatalFailure()) return;
  }
  live_.clear();
  for (const auto& stream : streams_) EXPECT_TRUE(stream->synchronize(kForever).ok());
  for (const Reading& reading : readings_) ASSERT_EQ(reading.got, reading.want);
  EXPECT_GT(readings_.size(), 500u);
  EXPECT_EQ(pool_->stats().used, 0u);
  pool_->trim();
  EXPECT_EQ(pool_->stats().reserved, 0u);
  EXPECT_EQ(chip_.live_buffers(), 0);
  EXPECT_THAT(chip_.violations(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Settings, PoolProperty,
                         testing::Values(Setting{1, 0, 1, false}, Setting{2, 100, 128, false},
                                         Setting{3, 64, 1, false}, Setting{4, 0, 1, true},
                                         Setting{5, 0, 512, false}, Setting{6, 32, 32, false}));

}  // namespace
}  // namespace backplane
