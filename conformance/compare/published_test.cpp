#include "compare/published.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace backplane::conformance {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bp_tensor_type_t vector_type(bp_dtype_t dtype, int64_t count) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = 1;
  type.shape[0] = count;
  return type;
}

template <class T>
std::string compare(bp_dtype_t dtype, const std::vector<T>& wanted, const std::vector<T>& came) {
  const auto bytes = [](const std::vector<T>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  };
  return compare_with_published(vector_type(dtype, static_cast<int64_t>(wanted.size())),
                                bytes(wanted),
                                vector_type(dtype, static_cast<int64_t>(came.size())), bytes(came));
}

struct Pair {
  float wanted;
  float came;
  bool passes;
};

// The pairs that other comparators let through, and those that they refuse wrongly.
constexpr Pair kNasty[] = {
    {0, 0, true},
    {0, -0.0f, true},
    {0, 1e-8f, true},
    {0, 1e-6f, false},
    {0, kNan, false},
    {0, kInfinity, false},
    {1, 1.0009f, true},
    {1, 0.9991f, true},
    {1, 1.0011f, false},
    {1, -1, false},
    {1, kNan, false},
    {1, kInfinity, false},
    {1, -kInfinity, false},
    {-2, 500, false},
    {-2, -2.001f, true},
    {-2, 2, false},
    {kNan, kNan, true},
    {kNan, 0, false},
    {kNan, kInfinity, false},
    {kInfinity, kInfinity, true},
    {kInfinity, -kInfinity, false},
    {kInfinity, 5, false},
    {kInfinity, kNan, false},
    {kInfinity, 3.4e38f, false},
    {-kInfinity, -kInfinity, true},
    {-kInfinity, kInfinity, false},
    {-kInfinity, kNan, false},
    {3.4e38f, kInfinity, false},
    {3.4e38f, 3.4e38f, true},
    {1e-40f, 0, true},
    {1e-40f, 1e-40f, true},
    {255, 0, false},
};

TEST(ComparePublished, JudgesNastyPairsOneByOne) {
  for (const Pair& pair : kNasty)
    EXPECT_EQ(compare<float>(BP_DTYPE_FLOAT32, {pair.wanted}, {pair.came}).empty(), pair.passes)
        << pair.wanted << " wanted, " << pair.came << " came";
}

TEST(ComparePublished, OneMatchingInfinityDoesNotHideAWrongElement) {
  EXPECT_NE(compare<float>(BP_DTYPE_FLOAT32, {-kInfinity, 1, 2}, {-kInfinity, 1, 7}), "");
  EXPECT_NE(compare<float>(BP_DTYPE_FLOAT32, {kNan, 1}, {kNan, 9}), "");
}

TEST(ComparePublished, OneWrongElementAmongAMillionIsFound) {
  std::vector<float> wanted(1000000, 1.0f);
  std::vector<float> came = wanted;
  came[123456] = 1.01f;
  const std::string text = compare(BP_DTYPE_FLOAT32, wanted, came);
  EXPECT_NE(text.find("1 of 1000000"), std::string::npos) << text;
  EXPECT_NE(text.find("[123456]"), std::string::npos) << text;
}

TEST(ComparePublished, ZeroesAreNoAnswerForUnsignedIntegers) {
  EXPECT_NE(compare<uint8_t>(BP_DTYPE_UINT8, {1, 2, 255}, {0, 0, 0}), "");
  EXPECT_NE(compare<uint64_t>(BP_DTYPE_UINT64, {1}, {0}), "");
  EXPECT_EQ(compare<uint8_t>(BP_DTYPE_UINT8, {0, 1}, {0, 1}), "");
}

TEST(ComparePublished, IntegersAndBoolsAreExact) {
  EXPECT_NE(compare<int64_t>(BP_DTYPE_INT64, {int64_t{1} << 60}, {(int64_t{1} << 60) + 1}), "");
  EXPECT_NE(compare<int32_t>(BP_DTYPE_INT32, {1000000}, {1000001}), "");
  EXPECT_NE(compare<uint8_t>(BP_DTYPE_BOOL, {1}, {2}), "");
  EXPECT_EQ(compare<int8_t>(BP_DTYPE_INT8, {-128}, {-128}), "");
}

TEST(ComparePublished, HalfAndBfloat16AreReadAsTheirOwnValues) {
  EXPECT_EQ(compare<uint16_t>(BP_DTYPE_FLOAT16, {0x3c00, 0x0001, 0x7c00}, {0x3c00, 0x0001, 0x7c00}),
            "");
  EXPECT_NE(compare<uint16_t>(BP_DTYPE_FLOAT16, {0x3c00}, {0x3c04}), "");   // 1, 1.0039
  EXPECT_NE(compare<uint16_t>(BP_DTYPE_FLOAT16, {0x7c00}, {0x7bff}), "");   // inf, 65504
  EXPECT_NE(compare<uint16_t>(BP_DTYPE_BFLOAT16, {0x7fc0}, {0x3f80}), "");  // NaN, 1
}

TEST(ComparePublished, Bfloat16MayBeRoundedOrCutOff) {
  EXPECT_EQ(compare<uint16_t>(BP_DTYPE_BFLOAT16, {0x3f51, 0x3f80}, {0x3f52, 0x3f7f}), "");
  EXPECT_NE(compare<uint16_t>(BP_DTYPE_BFLOAT16, {0x3f51}, {0x3f53}), "");
  EXPECT_NE(compare<uint16_t>(BP_DTYPE_BFLOAT16, {0x7f7f}, {0x7f80}), "");  // largest, infinity
}

TEST(ComparePublished, AnotherShapeOrTypeIsWrongWhateverTheBytes) {
  const std::string bytes(16, '\0');
  bp_tensor_type_t row = vector_type(BP_DTYPE_FLOAT32, 4);
  bp_tensor_type_t square = row;
  square.rank = 2;
  square.shape[0] = square.shape[1] = 2;
  EXPECT_NE(compare_with_published(row, bytes, square, bytes), "");
  EXPECT_NE(compare_with_published(row, bytes, vector_type(BP_DTYPE_INT32, 4), bytes), "");
  EXPECT_NE(compare_with_published(row, bytes, row, bytes.substr(4)), "");
}

TEST(ComparePublished, EmptyTensorsAreEqual) {
  EXPECT_EQ(compare<float>(BP_DTYPE_FLOAT32, {}, {}), "");
  EXPECT_NE(compare<float>(BP_DTYPE_FLOAT32, {}, {1}), "");
}

TEST(ComparePublished, TheMessageGivesPlaceValueAndInterval) {
  const std::string text = compare<float>(BP_DTYPE_FLOAT32, {1, 2, 4}, {1, 2, 5});
  EXPECT_EQ(text,
            "1 of 3 elements are wrong; worst is [2]: 5, 4 was wanted, 3.9959999 to 4.0040001 "
            "is accepted");
}

}  // namespace
}  // namespace backplane::conformance
