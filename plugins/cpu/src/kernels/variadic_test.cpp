// Min Max Sum Mean and Where by their definitions, on any number of inputs that broadcast.
#include <gtest/gtest.h>

#include "test_shapes.hpp"
#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

// Inputs of one node, and the shape that broadcasting them gives.
struct ManyShapes {
  std::vector<Shape> inputs;
  Shape output;
};

ManyShapes random_shapes(Random& random, size_t rank, size_t count) {
  ManyShapes shapes;
  shapes.output = random_shape(random, rank);
  shapes.inputs.push_back(shapes.output);
  while (shapes.inputs.size() < count) shapes.inputs.push_back(random_part(random, shapes.output));
  std::swap(shapes.inputs.front(), shapes.inputs[random() % count]);
  return shapes;
}

std::vector<ManyShapes> many_shapes(Random& random) {
  std::vector<ManyShapes> all = {
      {{{300, 257}, {300, 257}}, {300, 257}},
      {{{700, 100}, {100}, {}}, {700, 100}},
      {{{3, 1, 70}, {2, 1}, {1}, {70}}, {3, 2, 70}},
      {{{1000}}, {1000}},
  };
  for (size_t round = 0; round < 45; ++round)
    all.push_back(random_shapes(random, round % 9, 1 + random() % 5));
  return all;
}

template <class T>
TestNode node_of(const char* op, const ManyShapes& shapes, Random& random) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes.inputs)
    inputs.push_back(tensor(shape, random_numbers<T>(random, count_of(shape))));
  return TestNode(op, op[0] == 'W' ? 16 : 13, std::move(inputs),
                  {wanted(dtype_of<T>(), shapes.output)});
}

// The numbers that element `index` of the output is made of.
template <class T>
std::vector<T> elements_of(const TestNode& node, const ManyShapes& shapes, size_t index) {
  std::vector<T> found;
  for (size_t i = 0; i < shapes.inputs.size(); ++i)
    found.push_back(reinterpret_cast<const T*>(
        node.inputs[i].bytes.data())[broadcast_index(shapes.output, shapes.inputs[i], index)]);
  return found;
}

template <class T>
T extreme_of(const std::vector<T>& elements, bool is_max) {
  for (const T element : elements)
    if (std::isnan(value_of(element))) return element;
  const auto less = [](T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return a < b;
    else
      return value_of(a) < value_of(b);
  };
  return is_max ? *std::max_element(elements.begin(), elements.end(), less)
                : *std::min_element(elements.begin(), elements.end(), less);
}

template <class T>
class Extremes : public ::testing::Test {};
using Numbers = ::testing::Types<float, double, Half, Bfloat16, uint8_t, uint16_t, uint32_t,
                                 uint64_t, int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(Extremes, Numbers, TypeName);

TYPED_TEST(Extremes, AreOneOfTheirInputsAndNanWhereOneIs) {
  const OpenDevice device(kSynchronousDevice);
  Random random(21);
  for (const char* op : {"Min", "Max"})
    for (const ManyShapes& shapes : many_shapes(random)) {
      TestNode node = node_of<TypeParam>(op, shapes, random);
      ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
      const auto found = node.outputs[0].as<TypeParam>();
      for (size_t i = 0; i < found.size(); i += 1 + found.size() / 500) {
        const auto elements = elements_of<TypeParam>(node, shapes, i);
        ASSERT_TRUE(same_number(value_of(found[i]), value_of(extreme_of(elements, op[1] == 'a'))))
            << op << " element " << i << " of " << text_of(shapes.output);
      }
    }
}

TEST(ExtremesOfFloats, AreNanWhicheverInputIs) {
  const OpenDevice device(kSynchronousDevice);
  for (const char* op : {"Min", "Max"}) {
    TestNode node(op, 13,
                  {tensor<float>({3}, {NAN, 1, 2}), tensor<float>({3}, {1, NAN, 2}),
                   tensor<float>({3}, {1, 2, NAN})},
                  {wanted(BP_DTYPE_FLOAT32, {3})});
    run_both_ways(device, node);
    for (const float found : node.outputs[0].as<float>()) EXPECT_TRUE(std::isnan(found)) << op;
  }
}

// In float or better, and rounded once: float16 has too few bits to be added in itself.
template <class T>
void expect_sum(const char* op, const ManyShapes& shapes, Random& random) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = node_of<T>(op, shapes, random);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  const auto found = node.outputs[0].as<T>();
  const double unit = std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24;
  for (size_t i = 0; i < found.size(); i += 1 + found.size() / 500) {
    long double sum = 0, magnitudes = 0;
    for (const T element : elements_of<T>(node, shapes, i)) {
      sum += value_of(element);
      magnitudes += std::fabs(value_of(element));
    }
    if (op[0] == 'M') sum /= static_cast<long double>(shapes.inputs.size());
    if (!std::isfinite(sum) || std::fabs(sum) > format_of<T>().largest / 4) continue;
    const double stored = as_stored<T>(static_cast<double>(sum));
    const double last = std::is_same_v<T, double>
                            ? 0
                            : std::ldexp(std::fabs(stored), -format_of<T>().mantissa_bits);
    ASSERT_LE(std::fabs(value_of(found[i]) - static_cast<double>(sum)),
              static_cast<double>(magnitudes) * unit * 8 + last * 0.51 + 0x1p-134 +
                  (std::is_same_v<T, Half> ? 0x1p-25 : 0))
        << op << " element " << i << " of " << text_of(shapes.output);
  }
}

TEST(SumAndMean, AreWithinTheRoundingsOfTheirType) {
  Random random(22);
  for (const char* op : {"Sum", "Mean"})
    for (const ManyShapes& shapes : many_shapes(random)) {
      ASSERT_NO_FATAL_FAILURE(expect_sum<float>(op, shapes, random));
      ASSERT_NO_FATAL_FAILURE(expect_sum<double>(op, shapes, random));
      ASSERT_NO_FATAL_FAILURE(expect_sum<Half>(op, shapes, random));
      ASSERT_NO_FATAL_FAILURE(expect_sum<Bfloat16>(op, shapes, random));
    }
}

// 2048 + 1 is 2048 in float16, however often; in float it is not.
TEST(SumOfHalves, IsRoundedOnce) {
  const OpenDevice device(kSynchronousDevice);
  std::vector<Tensor> inputs = {tensor<Half>({1}, {to_half(2048)})};
  for (int i = 0; i < 8; ++i) inputs.push_back(tensor<Half>({1}, {to_half(1)}));
  TestNode node("Sum", 13, inputs, {wanted(BP_DTYPE_FLOAT16, {1})});
  run_both_ways(device, node);
  EXPECT_EQ(value_of(node.outputs[0].as<Half>()[0]), 2056);
}

TEST(Variadic, RefusesWithWords) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor one = tensor<float>({1}, {1});
  TestNode of_many("Sum", 13, std::vector<Tensor>(257, one), {wanted(BP_DTYPE_FLOAT32, {1})});
  EXPECT_EQ(reason_against(device, of_many), "Sum: it has 1 to 256 inputs, not 257");
  TestNode of_sizes("Max", 13, {tensor<float>({2}, {1, 2}), one}, {wanted(BP_DTYPE_FLOAT32, {3})});
  EXPECT_EQ(reason_against(device, of_sizes), "Max: float32[2] does not broadcast to float32[3]");
}

TEST(VariadicInPlace, MayWriteOverAnyInputOfTheOutputsSizes) {
  const OpenDevice device(kSynchronousDevice);
  Random random(9);
  for (const uint32_t over : {0u, 1u, 2u}) {
    TestNode node = node_of<int32_t>("Max", {{{5, 700}, {5, 700}, {5, 700}}, {5, 700}}, random);
    run_both_ways(device, node);
    Launch launch(device, node, 0x5a);
    ASSERT_EQ(launch.info().in_place_count, 3u);
    launch.outputs()[0] = launch.inputs()[over];
    ASSERT_EQ(launch.run(), BP_OK);
    EXPECT_EQ(std::memcmp(bytes_of(launch.outputs()[0].buffer) + launch.outputs()[0].offset,
                          node.outputs[0].bytes.data(), node.outputs[0].bytes.size()),
              0);
  }
}

template <class T>
class Where : public ::testing::Test {};
TYPED_TEST_SUITE(Where, Numbers, TypeName);

// Bits are moved as they are, so they are compared as such.
TYPED_TEST(Where, MovesTheBitsOfWhatItsConditionChooses) {
  const OpenDevice device(kSynchronousDevice);
  Random random(31);
  for (size_t round = 0; round < 60; ++round) {
    const ManyShapes shapes = random_shapes(random, round % 9, 3);
    TestNode node = node_of<TypeParam>("Where", shapes, random);
    auto conditions = random_numbers<uint8_t>(random, count_of(shapes.inputs[0]));
    for (uint8_t& condition : conditions) condition &= 0x81;
    node.inputs[0] = tensor(shapes.inputs[0], conditions, BP_DTYPE_BOOL);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    const size_t size = sizeof(TypeParam);
    for (size_t i = 0; i < count_of(shapes.output); ++i) {
      const size_t from = conditions[broadcast_index(shapes.output, shapes.inputs[0], i)] ? 1 : 2;
      const size_t at = broadcast_index(shapes.output, shapes.inputs[from], i);
      ASSERT_EQ(std::memcmp(node.outputs[0].bytes.data() + i * size,
                            node.inputs[from].bytes.data() + at * size, size),
                0)
          << "element " << i << " of " << text_of(shapes.output);
    }
  }
}

TEST(WhereOfLongRows, TakesBothSidesScalarOrNot) {
  const OpenDevice device(kSynchronousDevice);
  constexpr int64_t kCount = 70001;
  std::vector<uint8_t> conditions;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < kCount; ++i) {
    conditions.push_back(i % 3 == 0);
    numbers.push_back(i + 10);
  }
  const Tensor condition = tensor({kCount}, conditions, BP_DTYPE_BOOL);
  const Tensor row = tensor({kCount}, numbers), scalar = tensor<int64_t>({}, {-1});
  for (const bool is_first : {true, false}) {
    TestNode node("Where", 16, {condition, is_first ? row : scalar, is_first ? scalar : row},
                  {wanted(BP_DTYPE_INT64, {kCount})});
    run_both_ways(device, node);
    const auto found = node.outputs[0].as<int64_t>();
    for (int64_t i = 0; i < kCount; ++i)
      ASSERT_EQ(found[static_cast<size_t>(i)], (i % 3 == 0) == is_first ? i + 10 : -1) << i;
  }
}

}  // namespace
}  // namespace backplane::cpu::testing
