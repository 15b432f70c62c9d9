// Tile, DepthToSpace, SpaceToDepth, Trilu, EyeLike, ConstantOfShape, OneHot, Range, CumSum,
// Dropout.
#include <gtest/gtest.h>

#include "test_fill.hpp"
#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

TEST(Tile, PutsTheInputSideBySideWithItself) {
  const OpenDevice device(kSynchronousDevice);
  Random random(3);
  for (int round = 0; round < 100; ++round) {
    const Shape input = random_shape(random, random() % 6);
    Shape repeats, output;
    for (const int64_t size : input) {
      repeats.push_back(static_cast<int64_t>(random() % 4));
      output.push_back(size * repeats.back());
    }
    const bp_dtype_t dtype = kSizedTypes[round % 4];
    TestNode node(
        "Tile", 13,
        {coded(dtype, input), tensor<int64_t>({static_cast<int64_t>(repeats.size())}, repeats)},
        {wanted(dtype, output)});
    ASSERT_NO_FATAL_FAILURE(expect_moved(device, node, input, output, [&](const Shape& place) {
      Shape from = place;
      for (size_t axis = 0; axis < from.size(); ++axis) from[axis] %= input[axis];
      return from;
    }));
  }
}

// By the definition's own sentence: a block of channels becomes a block of pixels.
TEST(DepthToSpace, MovesChannelsIntoBlocksAndBack) {
  const OpenDevice device(kSynchronousDevice);
  for (const char* mode : {"DCR", "CRD"})
    for (const int64_t block : {1, 2, 3}) {
      const Shape input = {2, 2 * block * block, 3, 2};
      const Shape output = {2, 2, 3 * block, 2 * block};
      const auto from = [&](const Shape& to) {
        const int64_t in_block = to[2] % block * block + to[3] % block;
        const int64_t channel =
            mode[0] == 'D' ? in_block * 2 + to[1] : to[1] * block * block + in_block;
        return Shape{to[0], channel, to[2] / block, to[3] / block};
      };
      TestNode node("DepthToSpace", 13, {coded(BP_DTYPE_FLOAT32, input)},
                    {wanted(BP_DTYPE_FLOAT32, output)});
      node.add("blocksize", block);
      node.add("mode", mode);
      ASSERT_NO_FATAL_FAILURE(expect_moved(device, node, input, output, from));
      if (mode[0] != 'D') continue;
      TestNode back("SpaceToDepth", 13, {node.outputs[0]}, {wanted(BP_DTYPE_FLOAT32, input)});
      back.add("blocksize", block);
      ASSERT_NO_FATAL_FAILURE(run_both_ways(device, back));
      EXPECT_EQ(back.outputs[0].bytes, node.inputs[0].bytes);
    }
}

TEST(Trilu, KeepsOneSideOfTheDiagonal) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape : std::vector<Shape>{{3, 5}, {4, 2}, {2, 3, 3}, {2, 0, 3}, {1, 1}})
    for (const int64_t upper : {0, 1})
      for (const int64_t k : {int64_t{-9}, int64_t{-1}, int64_t{0}, int64_t{2}, INT64_MAX}) {
        TestNode node("Trilu", 14, {whole<int64_t>(shape, 1), tensor<int64_t>({}, {k})},
                      {wanted(BP_DTYPE_INT64, shape)});
        node.add("upper", upper);
        ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
        for (size_t i = 0; i < count_of(shape); ++i) {
          const Shape place = place_of(shape, i);
          const int64_t right = place[shape.size() - 1] - place[shape.size() - 2];
          const bool is_kept = upper != 0 ? right >= k : right <= k;
          EXPECT_EQ(node.outputs[0].as<int64_t>()[i],
                    is_kept ? node.inputs[0].as<int64_t>()[i] : 0);
        }
      }
}

template <class T>
void expect_eye(int64_t k) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("EyeLike", 9, {noisy<float>({3, 4}, 1)}, {wanted(dtype_of<T>(), {3, 4})});
  node.add("k", k);
  node.add("dtype", int64_t{dtype_of<T>()});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(element(node.outputs[0], i), i % 4 - i / 4 == k ? 1.0 : 0.0);
}

TEST(EyeLike, HasOnesOnADiagonal) {
  for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{-2}, int64_t{7}, INT64_MIN, INT64_MAX}) {
    expect_eye<float>(k);
    expect_eye<Half>(k);
    expect_eye<double>(k);
    expect_eye<uint8_t>(k);
    expect_eye<int64_t>(k);
  }
}

TEST(ConstantOfShape, IsOneValueEverywhere) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("ConstantOfShape", 9, {tensor<int64_t>({2}, {2, 3})},
                {wanted(BP_DTYPE_INT16, {2, 3})});
  const Tensor value = tensor<int16_t>({1}, {-7});
  node.add("value", value);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<int16_t>(), std::vector<int16_t>(6, -7));
  TestNode zeros("ConstantOfShape", 9, {tensor<int64_t>({0}, {})}, {wanted(BP_DTYPE_FLOAT32, {})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, zeros));
  EXPECT_EQ(zeros.outputs[0].as<float>(), std::vector<float>{0});
}

template <class Index>
void expect_one_hot() {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t axis : {0, 1, -1}) {
    const std::vector<double> given = {0, -1, 4, 2, 5, -6};  // the last two mark nothing
    std::vector<Index> indices;
    for (const double index : given)
      indices.push_back(store<Index>(static_cast<Computed<Index>>(index)));
    const Shape output = axis == 0 ? Shape{5, 2, 3} : (axis == 1 ? Shape{2, 5, 3} : Shape{2, 3, 5});
    TestNode node(
        "OneHot", 11,
        {tensor<Index>({2, 3}, indices), tensor<int64_t>({1}, {5}), tensor<int32_t>({2}, {-3, 8})},
        {wanted(BP_DTYPE_INT32, output)});
    node.add("axis", axis);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    const auto at = static_cast<size_t>(axis < 0 ? 2 : axis);
    for (size_t i = 0; i < 30; ++i) {
      Shape place = place_of(output, i);
      const auto depth = static_cast<double>(place[at]);
      place.erase(place.begin() + static_cast<std::ptrdiff_t>(at));
      const double index = given[index_of({2, 3}, place)];
      EXPECT_EQ(node.outputs[0].as<int32_t>()[i], index == depth || index + 5 == depth ? 8 : -3);
    }
  }
}

TEST(OneHot, MarksInt64Indices) { expect_one_hot<int64_t>(); }
TEST(OneHot, MarksFloatIndices) { expect_one_hot<float>(); }
TEST(OneHot, MarksInt8Indices) { expect_one_hot<int8_t>(); }

template <class T>
std::vector<T> range(T start, T delta, int64_t count) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Range", 11,
                {tensor<T>({}, {start}), tensor<T>({}, {start}), tensor<T>({}, {delta})},
                {wanted(dtype_of<T>(), {count})});
  run_both_ways(device, node);
  return node.outputs[0].template as<T>();
}

TEST(Range, GoesOnByDelta) {
  EXPECT_EQ(range<int64_t>(10, -3, 4), (std::vector<int64_t>{10, 7, 4, 1}));
  EXPECT_EQ(range<int16_t>(-2, 5, 3), (std::vector<int16_t>{-2, 3, 8}));
  EXPECT_EQ(range<float>(1, 2, 0), std::vector<float>{});
  const std::vector<float> tenths = range<float>(0, 0.1F, 10000);
  EXPECT_EQ(tenths[9999], static_cast<float>(9999 * static_cast<double>(0.1F)));
}

template <class T>
void expect_cumulated() {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {3, 40, 2};
  for (const int64_t axis : {0, 1, -1})
    for (const bool exclusive : {false, true})
      for (const bool reverse : {false, true}) {
        const Tensor x = whole<T>(shape, 6);
        TestNode node("CumSum", 14, {x, tensor<int32_t>({}, {static_cast<int32_t>(axis)})},
                      {wanted(x.type.dtype, shape)});
        node.add("exclusive", int64_t{exclusive});
        node.add("reverse", int64_t{reverse});
        ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
        const auto along = static_cast<size_t>((axis + 3) % 3);
        for (size_t i = 0; i < count_of(shape); ++i) {
          Shape place = place_of(shape, i);
          const int64_t own = place[along];
          double sum = 0;
          for (place[along] = 0; place[along] < shape[along]; ++place[along]) {
            const bool counts = reverse ? place[along] > own : place[along] < own;
            if (counts || (place[along] == own && !exclusive))
              sum += element(x, static_cast<int64_t>(index_of(shape, place)));
          }
          ASSERT_EQ(element(node.outputs[0], static_cast<int64_t>(i)), sum);
        }
      }
}

TEST(CumSum, Float32) { expect_cumulated<float>(); }
TEST(CumSum, Float64) { expect_cumulated<double>(); }
TEST(CumSum, Bfloat16) { expect_cumulated<Bfloat16>(); }
TEST(CumSum, Int32) { expect_cumulated<int32_t>(); }

TEST(CumSum, IsSummedInDoubleAndIntegersWrap) {
  const OpenDevice device(kSynchronousDevice);
  const auto last = [&](const Tensor& x) {
    TestNode node("CumSum", 14, {x, tensor<int64_t>({}, {0})}, {wanted(x.type.dtype, {3})});
    EXPECT_EQ(run(device, node), BP_OK);
    return element(node.outputs[0], 2);
  };
  EXPECT_EQ(last(tensor<float>({3}, {1e9F, 1, -1e9F})), 1.0);
  EXPECT_EQ(last(tensor<int32_t>({3}, {INT32_MAX, 1, 0})), static_cast<double>(INT32_MIN));
}

TEST(Dropout, IsTheDataAndAMaskOfTrue) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Dropout", 13, {noisy<float>({3, 5}, 1), tensor<float>({}, {0.75F})},
                {wanted(BP_DTYPE_FLOAT32, {3, 5}), wanted(BP_DTYPE_BOOL, {3, 5})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].bytes, node.inputs[0].bytes);
  EXPECT_EQ(node.outputs[1].bytes, std::vector<char>(15, 1));
}

TEST(Dropout, TrainingIsRefused) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Dropout", 13, {noisy<float>({3}, 1), tensor<float>({}, {0.5F})},
                {wanted(BP_DTYPE_FLOAT32, {3})});
  node.add_input(tensor<uint8_t>({}, {1}, BP_DTYPE_BOOL), true);
  EXPECT_EQ(reason_against(device, node), "Dropout: training_mode is training");
  node.constant[2] = false;
  EXPECT_EQ(reason_against(device, node),
            "Dropout: training_mode is no constant, so that it may be training");
}

}  // namespace
}  // namespace backplane::cpu::testing
