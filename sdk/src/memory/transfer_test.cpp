#include "memory/transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "memory/fake_device.hpp"
#include "memory/pool.hpp"

namespace backplane {
namespace {

using Optional = fake::Config::Optional;
constexpr uint64_t kSize = 300'000;  // more than one piece of an emulated fill

// One device with two buffers, the first of which holds 0, 1, 2 ...
struct Bench {
  explicit Bench(fake::Config config) : chip(config), device(chip.open()) {
    stream = *Stream::create(device, 0);
    for (bp_buffer_t*& buffer : buffers)
      EXPECT_EQ(device->memory().buffer_create(device->handle(), BP_MEMORY_DEVICE, kSize, &buffer),
                BP_OK);
    std::vector<char> bytes(kSize);
    std::iota(bytes.begin(), bytes.end(), '\0');
    EXPECT_TRUE(write(*stream, {buffers[0], 0, kSize}, bytes.data()).ok());
    EXPECT_TRUE(write(*stream, {buffers[1], 0, kSize}, std::vector<char>(kSize, 7).data()).ok());
  }
  ~Bench() {
    stream->end();
    for (bp_buffer_t* buffer : buffers) device->memory().buffer_destroy(buffer);
    stream.reset();
    device.reset();
    EXPECT_THAT(chip.violations(), testing::IsEmpty());
  }
  std::vector<char> bytes(int index) {
    std::vector<char> result(kSize);
    EXPECT_TRUE(read(*stream, {buffers[index], 0, kSize}, result.data()).ok());
    EXPECT_TRUE(stream->synchronize(kForever).ok());
    return result;
  }

  fake::Chip chip;
  std::shared_ptr<Device> device;
  std::shared_ptr<Stream> stream;
  bp_buffer_t* buffers[2] = {};
};

fake::Config config_of(fake::Work work, Optional copy, Optional fill) {
  fake::Config config;
  config.work = work;
  config.copy = copy;
  config.fill = fill;
  return config;
}

// The plugin's own functions beside the host's, on the same requests: same answers, same bytes.
struct Pairing {
  fake::Work work;
  Optional copy;
  Optional fill;
};

class Emulation : public testing::TestWithParam<Pairing> {
 protected:
  void compare() {
    EXPECT_EQ(own_.bytes(0), emulated_.bytes(0));
    EXPECT_EQ(own_.bytes(1), emulated_.bytes(1));
  }
  void copy_both(int to, uint64_t to_at, int from, uint64_t from_at, uint64_t size) {
    const auto one = [&](Bench& bench) {
      return copy(*bench.stream, {bench.buffers[to], to_at, size},
                  {bench.buffers[from], from_at, size})
          .code();
    };
    EXPECT_EQ(one(own_), one(emulated_)) << to_at << " " << from_at << " " << size;
    compare();
  }
  void fill_both(uint64_t offset, uint64_t size, uint32_t pattern_size) {
    const char pattern[16] = "abcdefghijklmno";
    const auto one = [&](Bench& bench) {
      return fill(*bench.stream, {bench.buffers[0], offset, size}, pattern, pattern_size).code();
    };
    EXPECT_EQ(one(own_), one(emulated_)) << offset << " " << size << " " << pattern_size;
    compare();
  }

  Bench own_{config_of(GetParam().work, Optional::kThere, Optional::kThere)};
  Bench emulated_{config_of(GetParam().work, GetParam().copy, GetParam().fill)};
};

TEST_P(Emulation, CopiesAndRefusesAsThePluginDoes) {
  copy_both(1, 0, 0, 0, kSize);
  copy_both(1, 13, 0, 5, 77);
  copy_both(0, 0, 0, kSize / 2, kSize / 2);
  copy_both(0, 0, 0, 0, 0);
  copy_both(0, kSize, 1, kSize, 0);
  copy_both(0, 10, 0, 15, 10);
  copy_both(0, 10, 0, 10, 1);
  copy_both(1, kSize - 5, 0, 0, 6);
  copy_both(1, 0, 0, kSize - 5, 6);
  copy_both(1, kSize + 1, 0, 0, 0);
  copy_both(1, UINT64_MAX, 0, 0, 2);
  copy_both(1, 0, 0, UINT64_MAX - 1, 2);
  copy_both(1, 0, 0, 0, UINT64_MAX);
}

TEST_P(Emulation, FillsAndRefusesAsThePluginDoes) {
  for (uint32_t size : {1, 2, 4, 8}) fill_both(8, kSize - 16, size);
  fill_both(0, 0, 1);
  fill_both(kSize, 0, 4);
  fill_both(3, 5, 1);
  for (uint32_t size : {0, 3, 5, 16}) fill_both(0, 240, size);
  fill_both(2, 8, 4);
  fill_both(0, 6, 4);
  fill_both(kSize - 4, 8, 4);
  fill_both(UINT64_MAX - 7, 16, 8);
}

INSTANTIATE_TEST_SUITE_P(
    Pairings, Emulation,
    testing::Values(Pairing{fake::Work::kSynchronous, Optional::kNull, Optional::kNull},
                    Pairing{fake::Work::kSynchronous, Optional::kRefusing, Optional::kRefusing},
                    Pairing{fake::Work::kSynchronous, Optional::kThere, Optional::kNull},
                    Pairing{fake::Work::kByHand, Optional::kThere, Optional::kNull},
                    Pairing{fake::Work::kByThread, Optional::kThere, Optional::kRefusing}));

TEST(Transfer, UsageIsThePluginsWordOrThePools) {
  fake::Config config;
  config.memory_size = 1000;
  for (Optional there : {Optional::kThere, Optional::kNull, Optional::kRefusing}) {
    config.usage = there;
    fake::Chip chip(config);
    const std::shared_ptr<Device> device = chip.open();
    bp_buffer_t* buffer = nullptr;
    ASSERT_EQ(device->memory().buffer_create(device->handle(), 0, 300, &buffer), BP_OK);
    const Result<MemoryUsage> now = usage(*device, 300);
    ASSERT_TRUE(now.ok()) << now.status().text();
    EXPECT_EQ(now->free, 700u);
    EXPECT_EQ(now->total, 1000u);
    device->memory().buffer_destroy(buffer);
  }
}

TEST(Transfer, WhereNobodyKnowsTheUsageItIsRefused) {
  fake::Config config;
  config.usage = Optional::kNull;
  config.memory_size = 0;
  fake::Chip chip(config);
  const std::shared_ptr<Device> device = chip.open();
  EXPECT_EQ(usage(*device, 0).status().code(), BP_STATUS_UNSUPPORTED);
}

TEST(Transfer, ImportNeverCopiesAndSaysWhatToDoInstead) {
  char bytes[8] = "backpla";
  for (Optional there : {Optional::kThere, Optional::kNull, Optional::kRefusing}) {
    fake::Config config;
    config.import = there;
    fake::Chip chip(config);
    const std::shared_ptr<Device> device = chip.open();
    const Result<bp_buffer_t*> buffer = import_buffer(
        *device, BP_HANDLE_HOST_POINTER, reinterpret_cast<uint64_t>(bytes), sizeof bytes);
    EXPECT_EQ(buffer.ok(), there == Optional::kThere);
    if (buffer.ok()) {
      const auto stream = *Stream::create(device, 0);
      EXPECT_TRUE(write(*stream, {*buffer, 0, 1}, "B").ok());
      EXPECT_STREQ(bytes, "Backpla");
      device->memory().buffer_destroy(*buffer);
      bytes[0] = 'b';
    } else {
      EXPECT_EQ(buffer.status().code(), BP_STATUS_UNSUPPORTED);
    }
  }
}

TEST(Transfer, MemoryThatTheHostCannotSeeIsNotMapped) {
  fake::Config config;
  config.has_map = false;
  fake::Chip chip(config);
  const std::shared_ptr<Device> device = chip.open();
  EXPECT_EQ(map(*device, nullptr).status().code(), BP_STATUS_UNSUPPORTED);
}

}  // namespace
}  // namespace backplane
