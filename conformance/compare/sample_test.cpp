// Generators, good and bad, with the answer beforehand: no good one is refused under any of twenty
// seeds, every bad one is under each.
#include "compare/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "compare/format.hpp"

namespace backplane::conformance {
namespace {

using Kind = Distribution::Kind;
using Random = std::mt19937_64;
using Draw = std::function<double(Random&, uint64_t)>;  // of the element with this index

constexpr uint64_t kRows = 64;

double unit(Random& random) { return static_cast<double>(random() >> 40) * 0x1p-24; }
double normal(Random& random) { return std::normal_distribution<double>()(random); }

struct Generator {
  const char* what;
  bp_dtype_t dtype;
  Distribution from;
  uint64_t count;
  bool is_good;
  Draw draw;
};

Distribution uniform(double low, double high) { return {Kind::kUniform, low, high, 0, 1, {}}; }
Distribution gauss(double mean, double scale) { return {Kind::kNormal, 0, 1, mean, scale, {}}; }

std::string sample_of(const Generator& generator, uint64_t seed) {
  Random random(seed);
  bp_tensor_type_t type = {};
  type.dtype = generator.dtype;
  std::string bytes(generator.count * 8, '\0');
  for (uint64_t i = 0; i < generator.count; ++i)
    store_element(type.dtype, nearest(type.dtype, static_cast<Exact>(generator.draw(random, i))),
                  bytes.data(), i);
  return bytes;
}

bp_tensor_type_t matrix(bp_dtype_t dtype, uint64_t count) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = 2;
  type.shape[0] = kRows;
  type.shape[1] = static_cast<int64_t>(count / kRows);
  return type;
}

uint64_t size_of(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_FLOAT64 ? 8 : dtype == BP_DTYPE_FLOAT32 ? 4 : 2;
}

std::string judged(const Generator& generator, uint64_t seed) {
  std::string bytes = sample_of(generator, seed);
  bytes.resize(generator.count * size_of(generator.dtype));
  return judge_sample(matrix(generator.dtype, generator.count), generator.from, bytes);
}

// Draws anew at the start of a block; the numbers of the first come again and again.
Draw repeated(uint64_t block) {
  return [block, first = std::vector<double>()](Random& random, uint64_t i) mutable {
    if (i == 0) first.clear();
    if (first.size() < block) first.push_back(unit(random));
    return first[i % block];
  };
}

Draw following(double share) {
  return [share, last = 0.0](Random& random, uint64_t) mutable {
    last = share * last + std::sqrt(1 - share * share) * normal(random);
    return last;
  };
}

constexpr bp_dtype_t kF32 = BP_DTYPE_FLOAT32;
constexpr bp_dtype_t kF16 = BP_DTYPE_FLOAT16;
constexpr bp_dtype_t kF64 = BP_DTYPE_FLOAT64;
constexpr uint64_t kSome = kLeastSample;
constexpr uint64_t kMany = 65536;

double plain(Random& random, uint64_t) { return unit(random); }
double plain_normal(Random& random, uint64_t) { return normal(random); }

const std::vector<Generator>& generators() {
  static const std::vector<Generator> all = {
      {"uniform", kF32, uniform(0, 1), kSome, true, plain},
      {"uniform, many", kF32, uniform(0, 1), kMany, true, plain},
      {"uniform, both ends", kF32, uniform(0, 1), kSome, true,
       [](Random& r, uint64_t i) { return i < 2 ? static_cast<double>(i) : unit(r); }},
      {"uniform of float64", kF64, uniform(0, 1), kSome, true, plain},
      {"uniform of float16", kF16, uniform(0, 1), kSome, true, plain},
      {"uniform of float16, cut off", kF16, uniform(0, 1), kMany, true,
       [](Random& r, uint64_t) { return std::floor(unit(r) * 2048) / 2048; }},
      {"uniform of 16 bits", kF32, uniform(0, 1), kSome, true,
       [](Random& r, uint64_t) { return std::floor(unit(r) * 65536) / 65536; }},
      {"uniform from -3 to 5", kF32, uniform(-3, 5), kSome, true,
       [](Random& r, uint64_t) { return 8 * unit(r) - 3; }},
      {"uniform far from zero", kF32, uniform(1000, 1001), kSome, true,
       [](Random& r, uint64_t) { return 1000 + unit(r); }},
      {"uniform where few numbers are", kF16, uniform(1000, 1001), kSome, true,
       [](Random& r, uint64_t) { return 1000 + unit(r); }},
      {"normal", kF32, gauss(0, 1), kSome, true, plain_normal},
      {"normal, many", kF32, gauss(0, 1), kMany, true, plain_normal},
      {"normal of float16", kF16, gauss(0, 1), kMany, true, plain_normal},
      {"normal, shifted", kF32, gauss(-7, 0.25), kSome, true,
       [](Random& r, uint64_t) { return -7 + 0.25 * normal(r); }},
      {"few elements", kF32, uniform(0, 1), 64, true, plain},

      {"zeros", kF32, uniform(0, 1), kSome, false, [](Random&, uint64_t) { return 0.0; }},
      {"zeros of float16", kF16, uniform(0, 1), kSome, false,
       [](Random&, uint64_t) { return 0.0; }},
      {"the mean", kF32, gauss(2, 1), kSome, false, [](Random&, uint64_t) { return 2.0; }},
      {"half the range", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return 0.5 * unit(r); }},
      {"a range that ends early", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return 0.95 * unit(r); }},
      {"a range that goes on", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return 1.05 * unit(r); }},
      {"a block of 64 again and again", kF32, uniform(0, 1), kSome, false, repeated(64)},
      {"a block of 64 of float16", kF16, uniform(0, 1), kSome, false, repeated(64)},
      {"two halves that are the same", kF32, uniform(0, 1), kSome, false, repeated(kSome / 2)},
      {"256 numbers", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return std::floor(unit(r) * 256) / 256; }},
      {"4096 numbers", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return std::floor(unit(r) * 4096) / 4096; }},
      {"squares", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t) { return std::pow(unit(r), 2); }},
      {"a ramp", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t i) { return (static_cast<double>(i) + unit(r)) / kSome; }},
      {"every number twice", kF32, uniform(0, 1), kSome, false,
       [last = 0.0](Random& r, uint64_t i) mutable { return i % 2 == 0 ? last = unit(r) : last; }},
      {"NaN among them", kF32, uniform(0, 1), kSome, false,
       [](Random& r, uint64_t i) { return i == 77 ? NAN : unit(r); }},
      {"the last ones not written", kF32, uniform(-1, 1), kSome, false,
       [](Random& r, uint64_t i) { return i + 16 < kSome ? 2 * unit(r) - 1 : -2.87e-16; }},
      {"normal, 5 % too wide", kF32, gauss(0, 1), kMany, false,
       [](Random& r, uint64_t) { return 1.05 * normal(r); }},
      {"normal, 5 % too narrow", kF32, gauss(0, 1), kMany, false,
       [](Random& r, uint64_t) { return 0.95 * normal(r); }},
      {"normal, the scale as a variance", kF32, gauss(0, 4), kSome, false,
       [](Random& r, uint64_t) { return 2 * normal(r); }},
      {"normal beside its mean", kF32, gauss(0, 1), kMany, false,
       [](Random& r, uint64_t) { return 0.05 + normal(r); }},
      {"three uniforms for a normal", kF32, gauss(0, 1), kMany, false,
       [](Random& r, uint64_t) { return 2 * (unit(r) + unit(r) + unit(r) - 1.5); }},
      {"a uniform for a normal", kF32, gauss(0, 1), kSome, false,
       [](Random& r, uint64_t) { return std::sqrt(12.0) * (unit(r) - 0.5); }},
      {"infinity among normals", kF32, gauss(0, 1), kSome, false,
       [](Random& r, uint64_t i) { return i == 5 ? INFINITY : normal(r); }},
      {"normals that hang together", kF32, gauss(0, 1), kMany, false, following(0.1)},
      {"256 normals", kF32, gauss(0, 1), kSome, false,
       [](Random& r, uint64_t) { return std::round(normal(r) * 32) / 32; }},
  };
  return all;
}

TEST(Sample, OfAGoodGeneratorIsTakenUnderEverySeed) {
  for (const Generator& one : generators())
    for (uint64_t seed = 1; one.is_good && seed <= 20; ++seed)
      EXPECT_EQ(judged(one, seed), "") << one.what << ", seed " << seed;
}

TEST(Sample, OfABadOneIsRefusedUnderEverySeed) {
  for (const Generator& one : generators())
    for (uint64_t seed = 1; !one.is_good && seed <= 20; ++seed)
      EXPECT_NE(judged(one, seed), "") << one.what << ", seed " << seed;
}

// Chances of 0 to 1, one for each element; `draw` is given its own.
std::string judged_chances(const std::vector<double>& chances, uint64_t seed,
                           const std::function<double(Random&, double)>& draw) {
  Generator generator = {"",
                         kF32,
                         {Kind::kBernoulli, 0, 1, 0, 1, chances},
                         chances.size(),
                         true,
                         [&](Random& random, uint64_t i) { return draw(random, chances[i]); }};
  return judged(generator, seed);
}

double heads(Random& random, double p) { return unit(random) < p ? 1 : 0; }

std::vector<double> chances_of(uint64_t count) {
  Random random(99);
  std::vector<double> all(count);
  for (double& each : all) each = unit(random);
  all[0] = 0;
  all[1] = 1;
  return all;
}

TEST(Sample, OfChancesFollowsThem) {
  const std::vector<double> chances = chances_of(kSome);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(judged_chances(chances, seed, heads), "");
    EXPECT_EQ(judged_chances(std::vector<double>(kSome, 0.01), seed, heads), "");
    EXPECT_NE(judged_chances(chances, seed, [](Random& r, double) { return heads(r, 0.5); }), "");
    EXPECT_NE(judged_chances(chances, seed, [](Random& r, double p) { return heads(r, 1 - p); }),
              "");
    EXPECT_NE(judged_chances(chances, seed, [](Random&, double p) { return p < 0.5 ? 0 : 1; }), "");
    EXPECT_NE(judged_chances(chances, seed, [](Random&, double p) { return p; }), "");
    EXPECT_NE(judged_chances(std::vector<double>(kSome, 0.5), seed,
                             [i = 0](Random&, double) mutable { return i++ % 2; }),
              "");
  }
}

TEST(Sample, OfACertainChanceIsCertain) {
  EXPECT_EQ(judged_chances({0, 1, 1, 0}, 1, [](Random&, double p) { return p; }), "");
  EXPECT_EQ(judged_chances({0, 1}, 1, [](Random&, double p) { return 1 - p; }),
            "[0,0] is 1, at a chance of 0");
}

TEST(Sample, RepeatsByChanceOnlyWhereItIsSmallOrCertain) {
  const auto type = [](uint64_t count) { return matrix(kF32, count * kRows); };
  EXPECT_TRUE(never_repeats(type(1), uniform(0, 1)));
  EXPECT_FALSE(never_repeats(type(0), uniform(0, 1)));
  const auto chances = [](double p) -> Distribution {
    return {Kind::kBernoulli, 0, 1, 0, 1, std::vector<double>(kSome, p)};
  };
  EXPECT_TRUE(never_repeats(type(64), chances(0.5)));
  EXPECT_FALSE(never_repeats(type(64), chances(1)));
}

}  // namespace
}  // namespace backplane::conformance
