// Add Sub Mul Div against the same operation in double, or in whole numbers of 128 bits, on random
// shapes that broadcast.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "../test_numbers.hpp"
#include "../test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

// By definition, for one pair.
template <class T>
double float_result(char op, T a, T b) {
  const double x = value_of(a);
  const double y = value_of(b);
  return as_stored<T>(op == '+' ? x + y : op == '-' ? x - y : op == '*' ? x * y : x / y);
}

template <class T>
T integer_result(char op, T a, T b) {
  __extension__ using Wide = __int128;
  const auto x = static_cast<Wide>(+a);
  const auto y = static_cast<Wide>(+b);
  if (op == '/') return y == 0 ? T{0} : static_cast<T>(static_cast<uint64_t>(x / y));
  return static_cast<T>(static_cast<uint64_t>(op == '+' ? x + y : op == '-' ? x - y : x * y));
}

template <class T>
bool is_expected(char op, T a, T b, T result) {
  if constexpr (std::is_integral_v<T>)
    return result == integer_result(op, a, b);
  else
    return same_number(value_of(result), float_result(op, a, b));
}

template <class T>
class Arithmetic : public ::testing::Test {};
using Numbers = ::testing::Types<float, double, Half, Bfloat16, uint8_t, uint16_t, uint32_t,
                                 uint64_t, int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(Arithmetic, Numbers, TypeName);

const std::pair<const char*, char> kOperators[] = {
    {"Add", '+'}, {"Sub", '-'}, {"Mul", '*'}, {"Div", '/'}};

template <class T>
void expect_broadcast(const OpenDevice& device, const char* op, char symbol,
                      const BroadcastShapes& shapes, Random& random) {
  const auto a = random_numbers<T>(random, count_of(shapes.first));
  const auto b = random_numbers<T>(random, count_of(shapes.second));
  TestNode node(op, 14, {tensor(shapes.first, a), tensor(shapes.second, b)},
                {wanted(dtype_of<T>(), shapes.output)});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  const auto result = node.outputs[0].as<T>();
  for (size_t i = 0; i < result.size(); ++i) {
    const T x = a[broadcast_index(shapes.output, shapes.first, i)];
    const T y = b[broadcast_index(shapes.output, shapes.second, i)];
    ASSERT_TRUE(is_expected(symbol, x, y, result[i]))
        << op << " element " << i << " of " << text_of(shapes.output) << ": " << value_of(x) << ", "
        << value_of(y) << " gave " << value_of(result[i]);
  }
}

TYPED_TEST(Arithmetic, IsTheDefinitionOnRandomShapesThatBroadcast) {
  const OpenDevice device(kSynchronousDevice);
  Random random(7);
  for (const auto& [op, symbol] : kOperators)
    for (int round = 0; round < 60; ++round)
      ASSERT_NO_FATAL_FAILURE(expect_broadcast<TypeParam>(
          device, op, symbol, random_broadcast(random, round % 9), random));
}

TYPED_TEST(Arithmetic, IsTheDefinitionForRowsLongEnoughForVectorsAndThreads) {
  const OpenDevice device(kSynchronousDevice);
  Random random(8);
  const BroadcastShapes all[] = {
      {{67}, {67}, {67}},
      {{5, 33}, {33}, {5, 33}},
      {{5, 33}, {5, 1}, {5, 33}},
      {{}, {129}, {129}},
      {{3, 1, 70}, {2, 1}, {3, 2, 70}},
      {{300, 257}, {300, 257}, {300, 257}},
      {{1}, {70000}, {70000}},
      {{70000}, {}, {70000}},
      {{400, 1}, {1, 200}, {400, 200}},
  };
  for (const auto& [op, symbol] : kOperators)
    for (const BroadcastShapes& shapes : all)
      ASSERT_NO_FATAL_FAILURE(expect_broadcast<TypeParam>(device, op, symbol, shapes, random));
}

TEST(ArithmeticOnIntegers, DividesByZeroAndByMinusOneWithoutATrap) {
  const OpenDevice device(kSynchronousDevice);
  constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
  TestNode node("Div", 14,
                {tensor<int32_t>({4}, {kLowest, 7, 0, -7}), tensor<int32_t>({4}, {-1, 0, 0, 2})},
                {wanted(BP_DTYPE_INT32, {4})});
  ASSERT_EQ(run(device, node), BP_OK);
  EXPECT_EQ(node.outputs[0].as<int32_t>(), (std::vector<int32_t>{kLowest, 0, 0, -3}));
}

// proves BP-TENSOR-2
TEST(ArithmeticOnNothing, TouchesNoBufferWhenThereAreNoElements) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Add", 14, {tensor<float>({0, 3}, {}), tensor<float>({1, 3}, {1, 2, 3})},
                {wanted(BP_DTYPE_FLOAT32, {0, 3})});
  Launch launch(device, node, 0x5a);
  launch.inputs()[0].buffer = nullptr;
  launch.outputs()[0].buffer = nullptr;
  EXPECT_EQ(launch.run(), BP_OK);
}

TEST(ArithmeticOnFloats, KeepsSubnormals) {
  const OpenDevice device(kSynchronousDevice);
  const float tiny = std::numeric_limits<float>::denorm_min();
  TestNode node("Add", 14,
                {tensor<float>({20}, std::vector<float>(20, tiny)), tensor<float>({1}, {tiny})},
                {wanted(BP_DTYPE_FLOAT32, {20})});
  ASSERT_EQ(run(device, node), BP_OK);
  EXPECT_EQ(node.outputs[0].as<float>(), std::vector<float>(20, 2 * tiny));
}

TEST(ArithmeticInPlace, MayWriteOverEitherInputOfTheOutputsType) {
  const OpenDevice device(kSynchronousDevice);
  Random random(9);
  for (const uint32_t over : {0u, 1u}) {
    const auto a = random_numbers<float>(random, 35);
    const auto b = random_numbers<float>(random, 35);
    TestNode node("Sub", 14, {tensor<float>({5, 7}, a), tensor<float>({5, 7}, b)},
                  {wanted(BP_DTYPE_FLOAT32, {5, 7})});
    Launch launch(device, node, 0x5a);
    ASSERT_EQ(launch.info().in_place_count, 2u);
    launch.outputs()[0] = launch.inputs()[over];
    ASSERT_EQ(launch.run(), BP_OK);
    const auto* result = reinterpret_cast<const float*>(bytes_of(launch.outputs()[0].buffer) +
                                                        launch.outputs()[0].offset);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(result[i], a[i] - b[i]) << i;
  }
}

TEST(ArithmeticRefuses, WithWordsThatNameTheTypeOrTheSizes) {
  const OpenDevice device(kSynchronousDevice);
  TestNode of_bool(
      "Add", 14,
      {tensor<uint8_t>({1}, {1}, BP_DTYPE_BOOL), tensor<uint8_t>({1}, {1}, BP_DTYPE_BOOL)},
      {wanted(BP_DTYPE_BOOL, {1})});
  EXPECT_EQ(reason_against(device, of_bool), "Add: only numbers, not bool");
  TestNode of_sizes("Mul", 14, {tensor<float>({2}, {1, 2}), tensor<float>({3}, {1, 2, 3})},
                    {wanted(BP_DTYPE_FLOAT32, {3})});
  EXPECT_EQ(reason_against(device, of_sizes),
            "Mul: float32[2] and float32[3] do not broadcast to float32[3]");
  TestNode too_old("Add", 6, {tensor<float>({1}, {1}), tensor<float>({1}, {1})},
                   {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, too_old),
            "Add: the definition of version 6 is not served; those of 7, 13, 14 are");
}

}  // namespace
}  // namespace backplane::cpu::testing
