// The comparator on its own: pairs of what was wanted and what came that other comparators get
// wrong. Every pair is written down with the answer beforehand.
#include "compare/accept.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compare/format.hpp"

namespace backplane::conformance {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargest = std::numeric_limits<float>::max();
constexpr double kTiny = 0x1p-149;    // the smallest float32
constexpr double kNormal = 0x1p-126;  // the smallest normal one
constexpr double kUlp = 0x1p-23;      // of float32 at 1

struct Pair {
  const char* what;
  bp_dtype_t dtype;
  double wanted;
  double error;
  double came;
  bool is_accepted;
  Freedom freedom = 0;
  Acceptance how = {};
};

constexpr Acceptance kBits = {true, false, false, false};
constexpr Acceptance kTruncates = {false, true, false, false};
constexpr Acceptance kFlushes = {false, false, true, false};

constexpr bp_dtype_t kF32 = BP_DTYPE_FLOAT32;
constexpr bp_dtype_t kF16 = BP_DTYPE_FLOAT16;
constexpr bp_dtype_t kBf16 = BP_DTYPE_BFLOAT16;
constexpr bp_dtype_t kF64 = BP_DTYPE_FLOAT64;

const Pair kPairs[] = {
    // NaN: wanted nowhere or everywhere, never a wildcard
    {"NaN for NaN", kF32, kNan, 0, kNan, true},
    {"a number for NaN", kF32, kNan, 0, 0, false},
    {"infinity for NaN", kF32, kNan, 0, kInfinity, false},
    {"NaN for a number", kF32, 1, 0, kNan, false},
    {"NaN for a number of any error", kF32, 1, kInfinity, kNan, false},
    {"NaN for infinity", kF32, kInfinity, 0, kNan, false},
    {"NaN for zero", kF32, 0, 0, kNan, false},
    {"NaN for NaN in float16", kF16, kNan, 0, kNan, true},
    {"zero for NaN in bfloat16", kBf16, kNan, 0, 0, false},
    // infinities
    {"infinity for infinity", kF32, kInfinity, 0, kInfinity, true},
    {"the other infinity", kF32, kInfinity, 0, -kInfinity, false},
    {"the largest number for infinity", kF32, kInfinity, 0, kLargest, false},
    {"a number for infinity", kF32, kInfinity, 0, 5, false},
    {"infinity for a number", kF32, 5, 0, kInfinity, false},
    {"infinity for a number with an error", kF32, 5, 1, kInfinity, false},
    {"infinity for the largest number", kF32, kLargest, 0, kInfinity, false},
    {"infinity for what rounds to it", kF32, 0x1p128, 0, kInfinity, true},
    {"the largest number for what rounds to infinity", kF32, 0x1p128, 0, kLargest, false},
    {"minus infinity for what rounds to it", kF32, -0x1p128, 0, -kInfinity, true},
    {"infinity near the limit, within the error", kF32, kLargest, 0x1p105, kInfinity, true},
    {"65504 for 65519 in float16", kF16, 65519, 0, 65504, true},
    {"infinity for 65519 in float16", kF16, 65519, 0, kInfinity, false},
    {"infinity for 65520 in float16", kF16, 65520, 0, kInfinity, true},
    // zeros and their signs
    {"zero for zero", kF32, 0, 0, 0, true},
    {"minus zero for zero, by value", kF32, 0, 0, -0.0, true},
    {"minus zero for zero, by bits", kF32, 0, 0, -0.0, false, 0, kBits},
    {"zero for minus zero, by bits", kF32, -0.0, 0, 0, false, 0, kBits},
    {"minus zero for minus zero, by bits", kF32, -0.0, 0, -0.0, true, 0, kBits},
    {"either zero where it is open", kF32, 0, 0, -0.0, true, kSignOfZero, kBits},
    {"the smallest number for zero", kF32, 0, 0, kTiny, false},
    {"zero for the smallest number", kF32, kTiny, 0, 0, false},
    {"zero for a number", kF32, 1, 0, 0, false},
    {"a number for zero", kF32, 0, 0, 1, false},
    {"zero for a number within the error", kF32, 0x1p-30, 0x1p-29, 0, true},
    // one spacing
    {"the same", kF32, 1, 0, 1, true},
    {"one spacing above", kF32, 1, 0, 1 + kUlp, false},
    {"one spacing below", kF32, 1, 0, 1 - kUlp / 2, false},
    {"rounded to even at a tie", kF32, 1 + kUlp / 2, 0, 1, true},
    {"rounded up at a tie", kF32, 1 + kUlp / 2, 0, 1 + kUlp, false},
    {"past the tie", kF32, 1 + 0.6 * kUlp, 0, 1 + kUlp, true},
    {"before the tie, rounded up", kF32, 1 + 0.4 * kUlp, 0, 1 + kUlp, false},
    {"an error that reaches the tie", kF32, 1 + 0.4 * kUlp, 0.2 * kUlp, 1 + kUlp, true},
    {"an error that does not", kF32, 1 + 0.3 * kUlp, 0.1 * kUlp, 1 + kUlp, false},
    {"the wrong sign", kF32, 1, 0.5, -1, false},
    {"the wrong sign of a negative", kF32, -2, 0, 2, false},
    {"500 for -2", kF32, -2, 0.5, 500, false},
    {"2048 for 2049 in float16", kF16, 2049, 0, 2048, true},
    {"2050 for 2049 in float16", kF16, 2049, 0, 2050, false},
    {"257 is 256 in bfloat16", kBf16, 257, 0, 256, true},
    {"257 is not 258 in bfloat16", kBf16, 257, 0, 258, false},
    {"the next float64", kF64, 1, 0, 1 + 0x1p-52, false},
    {"a float64 that float32 would hide", kF64, 1, 0, 1 + 0x1p-40, false},
    // stores that round towards zero
    {"truncated, undeclared", kF32, 1 + 0.9 * kUlp, 0, 1, false},
    {"truncated, declared", kF32, 1 + 0.9 * kUlp, 0, 1, true, 0, kTruncates},
    {"rounded where truncation is declared", kF32, 1 + 0.9 * kUlp, 0, 1 + kUlp, true, 0,
     kTruncates},
    {"away from zero where truncation is declared", kF32, 1 + 0.1 * kUlp, 0, 1 + kUlp, false, 0,
     kTruncates},
    {"negative, truncated, declared", kF32, -1 - 0.9 * kUlp, 0, -1, true, 0, kTruncates},
    // subnormals
    {"a subnormal kept", kF32, 3 * kTiny, 0, 3 * kTiny, true},
    {"a subnormal flushed, undeclared", kF32, 3 * kTiny, 0, 0, false},
    {"a subnormal flushed, declared", kF32, 3 * kTiny, 0, 0, true, 0, kFlushes},
    {"minus zero for a flushed subnormal", kF32, -3 * kTiny, 0, -0.0, true, 0, kFlushes},
    {"a normal number is not flushed", kF32, 2 * kNormal, 0, 0, false, 0, kFlushes},
    {"a float16 subnormal", kF16, 0x1p-24, 0, 0x1p-24, true},
    // integers and bool
    {"the same integer", BP_DTYPE_INT32, 7, 0, 7, true},
    {"one more", BP_DTYPE_INT32, 7, 0, 8, false},
    {"zeros for unsigned", BP_DTYPE_UINT8, 200, 0, 0, false},
    {"zero for unsigned zero", BP_DTYPE_UINT8, 0, 0, 0, true},
    {"255 for 0", BP_DTYPE_UINT8, 0, 0, 255, false},
    {"saturated", BP_DTYPE_INT8, 300, 0, 127, true},
    {"wrapped", BP_DTYPE_INT8, 300, 0, 44, false},
    {"half to even", BP_DTYPE_INT8, 2.5, 0, 2, true},
    {"half up", BP_DTYPE_INT8, 2.5, 0, 3, false},
    {"half to even below zero", BP_DTYPE_INT8, -2.5, 0, -2, true},
    {"one more where it is open", BP_DTYPE_INT8, 2, 0, 3, true, kOneMore},
    {"one less where only more is open", BP_DTYPE_INT8, 2, 0, 1, false, kOneMore},
    {"the ends of int64", BP_DTYPE_INT64, -0x1p63, 0, -0x1p63, true},
    {"true", BP_DTYPE_BOOL, 1, 0, 1, true},
    {"false for true", BP_DTYPE_BOOL, 1, 0, 0, false},
    // what is open
    {"zero for NaN where it is open", kF32, kNan, 0, 0, true, kZeroToo},
    {"one for NaN where zero is open", kF32, kNan, 0, 1, false, kZeroToo},
    {"NaN where it is open", kF32, 3, 0, kNan, true, kNanToo},
    {"anything where it is", kF32, 3, 0, -kInfinity, true, kAnything},
};

TEST(Acceptance, DecidesEveryNastyPairAsWrittenDown) {
  for (const Pair& pair : kPairs) {
    const Expected expected = {static_cast<Exact>(pair.wanted), pair.error, 0, pair.freedom};
    EXPECT_EQ(is_accepted(pair.dtype, expected, pair.how, static_cast<Exact>(pair.came)),
              pair.is_accepted)
        << pair.what;
  }
  EXPECT_GE(std::size(kPairs), 60u);
}

std::string bytes_of(bp_dtype_t dtype, const std::vector<double>& values) {
  std::string bytes(values.size() * (dtype == BP_DTYPE_UINT8 ? 1 : 4), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    store_element(dtype, static_cast<Exact>(values[i]), bytes.data(), i);
  return bytes;
}

std::vector<Expected> exactly(const std::vector<double>& values) {
  std::vector<Expected> all;
  for (double value : values) all.push_back({static_cast<Exact>(value), 0, 0, 0});
  return all;
}

bp_tensor_type_t vector_type(bp_dtype_t dtype, size_t count) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = 1;
  type.shape[0] = static_cast<int64_t>(count);
  return type;
}

Judgement judge_floats(const std::vector<double>& wanted, const std::vector<double>& came) {
  return judge(vector_type(kF32, wanted.size()), exactly(wanted), {}, bytes_of(kF32, came));
}

TEST(Judge, OneMatchingInfinityHidesNothing) {
  EXPECT_FALSE(judge_floats({-kInfinity, 1, 2}, {-kInfinity, 1, 3}).is_right());
  EXPECT_FALSE(judge_floats({kNan, 1}, {kNan, 2}).is_right());
}

TEST(Judge, NothingButZerosIsWrong) {
  EXPECT_FALSE(judge_floats({1, 2, 3}, {0, 0, 0}).is_right());
  const std::vector<Expected> wanted = exactly({1, 255, 3});
  EXPECT_FALSE(
      judge(vector_type(BP_DTYPE_UINT8, 3), wanted, {}, bytes_of(BP_DTYPE_UINT8, {0, 0, 0}))
          .is_right());
}

TEST(Judge, OneOfAMillionIsWrong) {
  std::vector<double> wanted(1000000, 3);
  std::vector<double> came = wanted;
  came[777777] = 3.000001;
  const Judgement judgement = judge_floats(wanted, came);
  EXPECT_EQ(judgement.wrong_count, 1u);
  EXPECT_EQ(judgement.worst, 777777u);
  EXPECT_NE(judgement.text.find("[777777]"), std::string::npos) << judgement.text;
}

TEST(Judge, ScaledIsWrong) { EXPECT_FALSE(judge_floats({1, 2, 4}, {2, 4, 8}).is_right()); }

TEST(Judge, TooFewBytesAreWrong) {
  EXPECT_FALSE(judge(vector_type(kF32, 2), exactly({1, 2}), {}, bytes_of(kF32, {1})).is_right());
}

TEST(Judge, NoElementsAreRight) { EXPECT_TRUE(judge(vector_type(kF32, 0), {}, {}, "").is_right()); }

TEST(Judge, AByteOfBoolIsZeroOrOne) {
  EXPECT_FALSE(judge(vector_type(BP_DTYPE_BOOL, 1), exactly({1}), {}, "\x02").is_right());
}

TEST(Judge, TheWorstElementIsNamed) {
  const Judgement judgement = judge_floats({1, 1, 1}, {1.1, 1.5, 1.2});
  EXPECT_EQ(judgement.worst, 1u);
  EXPECT_EQ(judgement.wrong_count, 3u);
}

// Sums of 100 terms of about 1: a bound of 1e-5, typically 1e-6.
std::vector<Expected> sums(size_t count) {
  return std::vector<Expected>(count, Expected{10, 1e-5, 1e-12, 0});
}

Judgement judge_sums(const std::vector<double>& came) {
  const Acceptance how = {false, false, false, true};
  return judge(vector_type(kF32, came.size()), sums(came.size()), how, bytes_of(kF32, came));
}

TEST(Statistics, ErrorsOfTheTypicalSizeAreRight) {
  std::vector<double> came;
  for (int i = 0; i < 100; ++i) came.push_back(10 + (i % 2 == 0 ? 1e-6 : -1e-6));
  EXPECT_TRUE(judge_sums(came).is_right()) << judge_sums(came).text;
}

TEST(Statistics, ErrorsThatAllReachTheBoundAreWrong) {
  std::vector<double> came;
  for (int i = 0; i < 100; ++i) came.push_back(10 + (i % 2 == 0 ? 9e-6 : -9e-6));
  const Judgement judgement = judge_sums(came);
  EXPECT_EQ(judgement.wrong_count, 0u);
  EXPECT_NE(judgement.text.find("mean square"), std::string::npos) << judgement.text;
}

TEST(Statistics, ErrorsThatLeanToOneSideAreWrong) {
  const std::vector<double> came(100, 10 + 1.4e-6);
  const Judgement judgement = judge_sums(came);
  EXPECT_EQ(judgement.wrong_count, 0u);
  EXPECT_NE(judgement.text.find("lean to one side"), std::string::npos) << judgement.text;
}

TEST(Statistics, FewElementsSayNothing) {
  EXPECT_TRUE(judge_sums(std::vector<double>(63, 10 + 9e-6)).is_right());
}

}  // namespace
}  // namespace backplane::conformance
