// Mod against Python's and C's definitions, and BitShift against products and quotients of powers
// of 2.
#include <gtest/gtest.h>

#include "test_pairs.hpp"
#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

// As in Python: a - b * floor(a / b).
template <class T>
T python_mod(T a, T b) {
  if (b == 0) return 0;
  Wide x = 0;
  Wide y = 0;
  x += a;
  y += b;
  Wide floor = x / y;
  if (floor * y != x && (x < 0) != (y < 0)) --floor;
  return static_cast<T>(x - y * floor);
}

// As in C: a - b * (a / b without its fraction).
template <class T>
T c_mod(T a, T b) {
  if (b == 0) return 0;
  return static_cast<T>(Wide{a} - Wide{b} * (Wide{a} / Wide{b}));
}

template <class T>
class ModOfIntegers : public ::testing::Test {};
using Integers =
    ::testing::Types<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(ModOfIntegers, Integers, TypeName);

TYPED_TEST(ModOfIntegers, HasTheSignOfItsDefinition) {
  const OpenDevice device(kSynchronousDevice);
  Random random(11);
  for (const bool is_c : {false, true})
    for (const BroadcastShapes& shapes : many_shapes(random)) {
      TestNode node(
          "Mod", 13,
          {tensor(shapes.first, random_numbers<TypeParam>(random, count_of(shapes.first))),
           tensor(shapes.second, random_numbers<TypeParam>(random, count_of(shapes.second)))},
          {wanted(dtype_of<TypeParam>(), shapes.output)});
      if (is_c) node.add("fmod", 1);
      ASSERT_NO_FATAL_FAILURE((expect_pairs<TypeParam, TypeParam>(
          device, node, shapes, is_c ? c_mod<TypeParam> : python_mod<TypeParam>)));
    }
}

TEST(Mod, IsRightForEveryPairOfBytes) {
  const OpenDevice device(kSynchronousDevice);
  TestNode python = every_pair<int8_t>("Mod", 13, BP_DTYPE_INT8);
  expect_pairs<int8_t, int8_t>(device, python, kEveryPair, python_mod<int8_t>);
  TestNode c = every_pair<int8_t>("Mod", 13, BP_DTYPE_INT8);
  c.add("fmod", 1);
  expect_pairs<int8_t, int8_t>(device, c, kEveryPair, c_mod<int8_t>);
}

TEST(Mod, DoesNotTrapAtTheSmallestNumbers) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node(
      "Mod", 13,
      {tensor<int64_t>({3}, {INT64_MIN, INT64_MIN, 7}), tensor<int64_t>({3}, {-1, 0, INT64_MIN})},
      {wanted(BP_DTYPE_INT64, {3})});
  run_both_ways(device, node);
  EXPECT_EQ(node.outputs[0].as<int64_t>(), (std::vector<int64_t>{0, 0, 7 + INT64_MIN}));
}

template <class T>
void expect_fmod(const std::vector<T>& values) {
  const OpenDevice device(kSynchronousDevice);
  const auto count = static_cast<int64_t>(values.size());
  TestNode node("Mod", 13, {tensor<T>({count, 1}, values), tensor<T>({count}, values)},
                {wanted(dtype_of<T>(), {count, count})});
  node.add("fmod", 1);
  run_both_ways(device, node);
  const auto found = node.outputs[0].as<T>();
  for (size_t i = 0; i < found.size(); ++i) {
    const double a = value_of(values[i / values.size()]), b = value_of(values[i % values.size()]);
    ASSERT_TRUE(same_number(value_of(found[i]), std::fmod(a, b))) << a << " mod " << b;
  }
}

TEST(ModOfFloats, IsExactAndHasTheDividendsSign) {
  expect_fmod<float>({-4.3f, 7.2f, 5.0f, 4.3f, -7.2f, 8.0f, 0.0f, kInfinity, NAN, 1e-45f, 3e38f});
  expect_fmod<double>({-4.3, 7.2, 5.0, 1e300, 1e-300, -INFINITY});
  Random random(4);
  expect_fmod(random_numbers<Half>(random, 200));
  expect_fmod(random_numbers<Bfloat16>(random, 200));
}

TEST(ModOfFloats, NeedsTheAttributeThatSaysSo) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Mod", 13, {tensor<float>({1}, {1}), tensor<float>({1}, {1})},
                {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, node), "Mod: only integers without fmod, not float32");
}

template <class T>
void expect_shifts(const std::vector<T>& values) {
  const OpenDevice device(kSynchronousDevice);
  std::vector<T> places;
  for (int i = 0; i < 70; ++i) places.push_back(static_cast<T>(i));
  const auto count = static_cast<int64_t>(values.size());
  for (const char* direction : {"LEFT", "RIGHT"}) {
    TestNode node("BitShift", 11, {tensor<T>({count, 1}, values), tensor<T>({70}, places)},
                  {wanted(dtype_of<T>(), {count, 70})});
    node.add("direction", direction);
    run_both_ways(device, node);
    const auto found = node.outputs[0].as<T>();
    for (size_t i = 0; i < found.size(); ++i) {
      const auto power = UnsignedWide{1} << (i % 70);
      const UnsignedWide value = values[i / 70];
      ASSERT_EQ(found[i], static_cast<T>(direction[0] == 'L' ? value * power : value / power))
          << direction << " " << +values[i / 70] << " by " << i % 70;
    }
  }
}

TEST(BitShift, IsAProductOrAQuotientByAPowerOfTwo) {
  expect_shifts(every_pattern<uint8_t>());
  expect_shifts<uint16_t>({1, 0xffff, 0x8001, 12345});
  expect_shifts<uint32_t>({1, 0xffffffff, 0x80000001, 123456789});
  expect_shifts<uint64_t>({1, ~uint64_t{0}, 0x8000000000000001, 12345678901234567u});
}

}  // namespace
}  // namespace backplane::cpu::testing
