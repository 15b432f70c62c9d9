// Cast between every pair of types, against rules said in long double, which holds every number of
// every type exactly.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "../test_numbers.hpp"
#include "../test_run.hpp"

namespace backplane::cpu::testing {
namespace {

struct Bool {
  uint8_t byte;
};

template <class T>
constexpr bp_dtype_t type_number() {
  return std::is_same_v<T, Bool> ? bp_dtype_t{BP_DTYPE_BOOL} : dtype_of<T>();
}

template <class T>
constexpr bool kIsInteger = std::is_integral_v<T>;

template <class T>
long double exact(T number) {
  if constexpr (std::is_same_v<T, Bool>)
    return number.byte;
  else if constexpr (kIsInteger<T>)
    return number;
  else
    return value_of(number);
}

template <class T>
Format format_of() {
  if constexpr (std::is_same_v<T, Half>) return kHalfFormat;
  if constexpr (std::is_same_v<T, Bfloat16>) return kBfloat16Format;
  if constexpr (std::is_same_v<T, float>) return kFloatFormat;
  return kDoubleFormat;
}

template <class To>
long double truncated(long double value) {
  using Limits = std::numeric_limits<To>;
  if (std::isnan(value)) return 0;
  if (value <= static_cast<long double>(Limits::min())) return Limits::min();
  if (value >= static_cast<long double>(Limits::max())) return Limits::max();
  return std::trunc(value);
}

template <class To, class From>
long double expected(From from) {
  const long double value = exact(from);
  if constexpr (std::is_same_v<To, Bool>)
    return value != 0 ? 1 : 0;  // NaN is not 0
  else if constexpr (kIsInteger<To> && kIsInteger<From>)
    return static_cast<To>(static_cast<uint64_t>(static_cast<int64_t>(from)));
  else if constexpr (kIsInteger<To>)
    return truncated<To>(value);
  else
    return nearest(value, format_of<To>());
}

// Numbers around every power of two and half way between their neighbours, where rounding and
// ranges change; of every type as far as it has them.
template <class From>
std::vector<From> telling_numbers() {
  Random random(5);
  std::vector<From> numbers = random_numbers<From>(random, 500);
  if constexpr (kIsInteger<From>) {
    for (uint64_t bit = 0; bit < 64; ++bit)
      for (const uint64_t step : {0, 1, 2, 3, 0x400, 0x401, 0x1000, 0x1001, 0x8000, 0x8001, 0xffff})
        for (const uint64_t power : {uint64_t{1} << bit, uint64_t{3} << bit}) {
          numbers.push_back(static_cast<From>(power + step));
          numbers.push_back(static_cast<From>(power - step));
          numbers.push_back(static_cast<From>(0 - power - step));
        }
  } else if constexpr (std::is_same_v<From, float> || std::is_same_v<From, double>) {
    for (int exponent = -160; exponent < 160; ++exponent)
      for (const double mantissa :
           {1.0, 1 + 0x1p-8, 1 + 0x1p-9, 1 + 0x1p-8 + 0x1p-30, 1 + 0x3p-8, 1 + 0x1p-11, 1 + 0x3p-11,
            1 + 0x1p-11 + 0x1p-40, 1 + 0x3p-11 - 0x1p-40, 1 + 0x1p-24, 1 + 0x1p-24 + 0x1p-50,
            2 - 0x1p-24})
        for (const double sign : {1.0, -1.0})
          numbers.push_back(static_cast<From>(sign * std::ldexp(mantissa, exponent)));
    for (const double special : {0.0, -0.0, double{INFINITY}, -double{INFINITY}, double{NAN},
                                 65519.99, 65520.0, 0.5, 1.5, -0.9})
      numbers.push_back(static_cast<From>(special));
  }
  return numbers;
}

template <>
std::vector<Bool> telling_numbers<Bool>() {
  return {{0}, {1}, {1}, {0}, {1}};
}
template <>
std::vector<Half> telling_numbers<Half>() {
  std::vector<Half> all;
  for (uint32_t bits = 0; bits < 0x10000; bits += 3) all.push_back({static_cast<uint16_t>(bits)});
  return all;
}
template <>
std::vector<Bfloat16> telling_numbers<Bfloat16>() {
  std::vector<Bfloat16> all;
  for (uint32_t bits = 0; bits < 0x10000; bits += 3) all.push_back({static_cast<uint16_t>(bits)});
  return all;
}

template <class To, class From>
void expect_cast(const OpenDevice& device) {
  const std::vector<From> from = telling_numbers<From>();
  const Shape shape = {static_cast<int64_t>(from.size())};
  TestNode node("Cast", 13, {tensor(shape, from, type_number<From>())},
                {wanted(type_number<To>(), shape)});
  node.add("to", static_cast<int64_t>(type_number<To>()));
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  const auto to = node.outputs[0].as<To>();
  for (size_t i = 0; i < from.size(); ++i) {
    const long double got = exact(to[i]);
    const long double wanted_value = expected<To>(from[i]);
    ASSERT_TRUE(got == wanted_value || (std::isnan(got) && std::isnan(wanted_value)))
        << name_of(type_number<From>()) << " " << static_cast<double>(exact(from[i])) << " became "
        << name_of(type_number<To>()) << " " << static_cast<double>(got) << ", not "
        << static_cast<double>(wanted_value);
  }
}

template <class To>
class CastTo : public ::testing::Test {};
using Numbers = ::testing::Types<float, double, Half, Bfloat16, uint8_t, uint16_t, uint32_t,
                                 uint64_t, int8_t, int16_t, int32_t, int64_t, Bool>;
TYPED_TEST_SUITE(CastTo, Numbers, TypeName);

TYPED_TEST(CastTo, FollowsTheRulesFromEveryType) {
  const OpenDevice device(kSynchronousDevice);
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, float>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, double>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, Half>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, Bfloat16>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, uint8_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, uint16_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, uint32_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, uint64_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, int8_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, int16_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, int32_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, int64_t>(device)));
  ASSERT_NO_FATAL_FAILURE((expect_cast<TypeParam, Bool>(device)));
}

TEST(CastRefuses, TypesThatItDoesNotKnow) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Cast", 19, {tensor<float>({1}, {1})}, {wanted(BP_DTYPE_FLOAT8E5M2, {1})});
  EXPECT_EQ(reason_against(device, node), "Cast: its output is a number or bool, not float8e5m2");
}

TEST(CastLike, TakesTheTypeOfItsSecondInput) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("CastLike", 15,
                {tensor<float>({3}, {-1.5F, 300.25F, 0}), tensor<int16_t>({2}, {7, 8})},
                {wanted(BP_DTYPE_INT16, {3})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<int16_t>(), (std::vector<int16_t>{-1, 300, 0}));
  TestNode other("CastLike", 15, {node.inputs[0], node.inputs[1]}, {wanted(BP_DTYPE_INT32, {3})});
  EXPECT_EQ(reason_against(device, other), "CastLike: output 0 is int16[3], not int32[3]");
}

}  // namespace
}  // namespace backplane::cpu::testing
