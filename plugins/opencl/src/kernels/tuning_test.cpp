// What is chosen, what is kept of it, and what damaged text is good for.
#include "tuning.hpp"

#include "test_device.hpp"

namespace backplane::opencl {
namespace {

constexpr TilingLimits kCpu = {true, 1 << 20, 16};
constexpr TilingLimits kGpu = {false, 32 << 10, 1};

// Texts in a map, and how often a time was asked for.
struct Bench {
  std::map<std::string, std::string> kept;
  int measurements = 0;

  TuningMemory memory() {
    return {[this](const std::string& key) -> std::optional<std::string> {
              const auto found = kept.find(key);
              return found != kept.end() ? std::optional(found->second) : std::nullopt;
            },
            [this](const std::string& key, const std::string& text) { kept[key] = text; }};
  }
  // The last of `candidates` is the fastest.
  MeasureTiling measure(const std::vector<Tiling>& candidates) {
    return [this, &candidates](const Tiling& tiling) -> std::optional<uint64_t> {
      ++measurements;
      return tiling.name() == candidates.back().name() ? 1 : 2;
    };
  }
};

TEST(Tuning, TheFastestIsChosenAndKept) {
  const std::vector<Tiling> candidates = likely_tilings(kCpu);
  ASSERT_GT(candidates.size(), 1u);
  Bench bench;
  const auto choose = [&] {
    return choose_tiling(candidates, "key", bench.memory(), bench.measure(candidates)).name();
  };
  EXPECT_EQ(choose(), candidates.back().name());
  const int measured = bench.measurements;
  EXPECT_EQ(measured, static_cast<int>(candidates.size()));
  EXPECT_EQ(choose(), candidates.back().name());
  EXPECT_EQ(bench.measurements, measured) << "what is kept needs no measurement";
}

TEST(Tuning, AWorseGuessMustBeFasterByATenth) {
  const std::vector<Tiling> candidates = likely_tilings(kCpu);
  for (const auto& [time, chosen] : {std::pair{uint64_t{950}, candidates.front().name()},
                                     std::pair{uint64_t{890}, candidates.back().name()}}) {
    Bench bench;
    const auto measure = [&, its_time = time](const Tiling& tiling) -> std::optional<uint64_t> {
      return tiling.name() == candidates.back().name() ? its_time : 1000;
    };
    EXPECT_EQ(choose_tiling(candidates, "key", bench.memory(), measure).name(), chosen);
  }
}

TEST(Tuning, DamagedTextIsMeasuredAnew) {
  const std::vector<Tiling> candidates = likely_tilings(kCpu);
  const std::string good = candidates.front().name();
  for (const std::string& text :
       {std::string(), good.substr(1), good + "0", std::string("\0\xff", 2)}) {
    Bench bench;
    bench.kept["key"] = text;
    EXPECT_EQ(choose_tiling(candidates, "key", bench.memory(), bench.measure(candidates)).name(),
              candidates.back().name());
    EXPECT_EQ(bench.kept["key"], candidates.back().name());
  }
}

TEST(Tuning, WithoutMeasurementsTheFirstIsTakenAndNothingKept) {
  const std::vector<Tiling> candidates = likely_tilings(kGpu);
  Bench bench;
  const auto blind = [](const Tiling&) { return std::optional<uint64_t>(); };
  EXPECT_EQ(choose_tiling(candidates, "key", bench.memory(), blind).name(),
            candidates.front().name());
  EXPECT_TRUE(bench.kept.empty());
  EXPECT_EQ(choose_tiling(candidates, "key", {}, blind).name(), candidates.front().name());
}

TEST(Tuning, EveryDeviceHasATilingWithAndWithoutLocalMemory) {
  for (const bool is_cpu : {true, false})
    for (const cl_uint width : {0u, 1u, 4u, 8u, 16u, 32u}) {
      for (const Tiling& tiling : likely_tilings({is_cpu, 1 << 20, width}))
        EXPECT_EQ(tiling.group_columns * tiling.group_rows == 1, is_cpu) << tiling.name();
      ASSERT_FALSE(likely_tilings({is_cpu, 0, width}).empty());
      EXPECT_EQ(likely_tilings({is_cpu, 0, width}).front().panel, 0u);
      EXPECT_NE(likely_tilings({is_cpu, 1 << 20, width}).front().panel, 0u);
    }
}

TEST(Tuning, NamesTellTilingsApart) {
  std::map<std::string, int> times;
  for (const Tiling& tiling : tilings()) EXPECT_EQ(times[tiling.name()]++, 0) << tiling.name();
}

class TuningTest : public testing::DeviceTest {};

TEST_F(TuningTest, ADeviceChoosesOnceAmongItsOwn) {
  const Tiling chosen = device_->tuning.any(*device_);
  bool is_likely = false;
  for (const Tiling& tiling : likely_tilings(tiling_limits(device_->facts.id)))
    is_likely = is_likely || tiling.name() == chosen.name();
  EXPECT_TRUE(is_likely) << chosen.name();
  EXPECT_EQ(device_->tuning.any(*device_).name(), chosen.name());
}

}  // namespace
}  // namespace backplane::opencl
