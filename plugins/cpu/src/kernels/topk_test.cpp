// TopK, ArgMax and ArgMin against a sort of pairs, and against numpy's words on NaN.
#include <algorithm>
#include <limits>

#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

const float kNan = std::nanf("");
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TestNode top_k_node(const Tensor& x, int64_t axis, int64_t k, bool largest) {
  Shape to = shape_of(x);
  to[static_cast<size_t>(axis)] = k;
  TestNode node("TopK", 11, {x, tensor<int64_t>({1}, {k})},
                {wanted(x.type.dtype, to), wanted(BP_DTYPE_INT64, to)});
  node.add("axis", axis);
  node.add("largest", int64_t{largest});
  return node;
}

std::vector<int64_t> top_indices(const std::vector<float>& values, int64_t k, bool largest) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node =
      top_k_node(tensor<float>({static_cast<int64_t>(values.size())}, values), 0, k, largest);
  run_both_ways(device, node);
  return node.outputs[1].as<int64_t>();
}

// Few different values, so that many are equal.
template <class T>
void expect_sorted() {
  const OpenDevice device(kSynchronousDevice);
  for (const bool largest : {true, false})
    for (const Shape& shape : std::vector<Shape>{{1}, {50}, {400}, {7, 9}, {3, 20, 4}, {2, 0, 3}})
      for (size_t axis = 0; axis < shape.size(); ++axis)
        for (const int64_t k : {int64_t{0}, shape[axis] / 2, shape[axis]}) {
          const Tensor x = whole<T>(shape, 5);
          TestNode node = top_k_node(x, static_cast<int64_t>(axis), k, largest);
          ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
          const Shape to = shape_of(node.outputs[0]);
          for (size_t i = 0; i < count_of(to); ++i) {
            const Shape place = place_of(to, i);
            std::vector<std::pair<double, int64_t>> row;
            for (int64_t at = 0; at < shape[axis]; ++at) {
              Shape from = place;
              from[axis] = at;
              const double value = element(x, static_cast<int64_t>(index_of(shape, from)));
              row.emplace_back(largest ? -value : value, at);
            }
            std::sort(row.begin(), row.end());
            const auto& [value, index] = row[static_cast<size_t>(place[axis])];
            ASSERT_EQ(node.outputs[1].as<int64_t>()[i], index);
            ASSERT_EQ(element(node.outputs[0], static_cast<int64_t>(i)), largest ? -value : value);
          }
        }
}

TEST(TopK, SortsFloat32) { expect_sorted<float>(); }
TEST(TopK, SortsFloat16) { expect_sorted<Half>(); }
TEST(TopK, SortsFloat64) { expect_sorted<double>(); }
TEST(TopK, SortsInt64) { expect_sorted<int64_t>(); }
TEST(TopK, SortsInt8) { expect_sorted<int8_t>(); }

TEST(TopK, CountsNanAsLargerThanEveryNumber) {
  for (const float nan : {kNan, std::copysign(kNan, -1.0F)}) {
    const std::vector<float> values = {1, nan, kInfinity, -kInfinity, kNan};
    EXPECT_EQ(top_indices(values, 5, true), (std::vector<int64_t>{1, 4, 2, 0, 3}));
    EXPECT_EQ(top_indices(values, 5, false), (std::vector<int64_t>{3, 0, 2, 1, 4}));
    std::vector<float> many(100, 1.0F);
    many[90] = nan;
    EXPECT_EQ(top_indices(many, 2, true), (std::vector<int64_t>{90, 0}));
    EXPECT_EQ(top_indices(many, 2, false), (std::vector<int64_t>{0, 1}));
  }
  EXPECT_EQ(top_indices({0.0F, -0.0F, 0.0F}, 2, true), (std::vector<int64_t>{0, 1}));
}

TEST(TopK, DoesNotTakeMoreThanThereIs) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = top_k_node(noisy<float>({3}, 1), 0, 4, true);
  EXPECT_EQ(reason_against(device, node), "TopK: float32[4] is more than float32[3]");
  node.has_unknown_sizes = true;
  Launch launch(device, node, 0x5a);
  EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), "TopK: 4 of the 3 elements of an axis");
}

int64_t extreme(const char* op, const std::vector<float>& values, bool takes_last) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node(op, 13, {tensor<float>({1, static_cast<int64_t>(values.size())}, values)},
                {wanted(BP_DTYPE_INT64, {1})});
  node.add("axis", -1);
  node.add("keepdims", 0);
  node.add("select_last_index", int64_t{takes_last});
  run_both_ways(device, node);
  return node.outputs[0].as<int64_t>()[0];
}

TEST(Arg, TakesTheFirstOrTheLastOfEqualOnes) {
  EXPECT_EQ(extreme("ArgMax", {1, 3, 2, 3, 0}, false), 1);
  EXPECT_EQ(extreme("ArgMax", {1, 3, 2, 3, 0}, true), 3);
  EXPECT_EQ(extreme("ArgMin", {1, 0, 2, 3, -0.0F}, false), 1);
  EXPECT_EQ(extreme("ArgMin", {1, 0, 2, 3, -0.0F}, true), 4);
  EXPECT_EQ(extreme("ArgMin", {kInfinity, kInfinity}, true), 1);
}

TEST(Arg, CountsNanAsTheExtreme) {
  EXPECT_EQ(extreme("ArgMax", {1, kNan, kInfinity, kNan}, false), 1);
  EXPECT_EQ(extreme("ArgMin", {1, kNan, -kInfinity, kNan}, false), 1);
  EXPECT_EQ(extreme("ArgMax", {1, kNan, kInfinity, kNan}, true), 3);
  EXPECT_EQ(extreme("ArgMin", {1, kNan, -kInfinity, kNan, 0}, true), 3);
}

TEST(Arg, FindsTheExtremeAlongEveryAxis) {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {3, 5, 4};
  const Tensor x = noisy<int32_t>(shape, 2);
  for (size_t axis = 0; axis < 3; ++axis) {
    Shape to = shape;
    to[axis] = 1;
    TestNode node("ArgMax", 13, {x}, {wanted(BP_DTYPE_INT64, to)});
    node.add("axis", static_cast<int64_t>(axis));
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    for (size_t i = 0; i < count_of(to); ++i) {
      Shape place = place_of(to, i);
      const auto at = [&](int64_t k) {
        place[axis] = k;
        return element(x, static_cast<int64_t>(index_of(shape, place)));
      };
      const int64_t found = node.outputs[0].as<int64_t>()[i];
      for (int64_t k = 0; k < shape[axis]; ++k)
        EXPECT_TRUE(at(k) < at(found) || (at(k) == at(found) && k >= found));
    }
  }
}

TEST(Arg, AnAxisOfNothingIsRefused) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("ArgMax", 13, {noisy<float>({2, 0}, 1)}, {wanted(BP_DTYPE_INT64, {2, 1})});
  node.add("axis", 1);
  EXPECT_EQ(reason_against(device, node), "ArgMax: an axis of no elements has no extreme");
}

template <class T>
void expect_hardmax() {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {3, 7, 2};
  const Tensor x = whole<T>(shape, 8);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    TestNode node("Hardmax", 13, {x}, {wanted(x.type.dtype, shape)});
    node.add("axis", static_cast<int64_t>(axis) - 3);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    for (size_t i = 0; i < count_of(shape); ++i) {
      const Shape place = place_of(shape, i);
      const double own = element(x, static_cast<int64_t>(i));
      bool is_first = true;
      Shape other = place;
      for (other[axis] = 0; other[axis] < shape[axis]; ++other[axis]) {
        const double value = element(x, static_cast<int64_t>(index_of(shape, other)));
        is_first = is_first && (other[axis] < place[axis] ? value < own : value <= own);
      }
      ASSERT_EQ(element(node.outputs[0], static_cast<int64_t>(i)), is_first ? 1 : 0);
    }
  }
}

TEST(Hardmax, Float32) { expect_hardmax<float>(); }
TEST(Hardmax, Float64) { expect_hardmax<double>(); }
TEST(Hardmax, Float16) { expect_hardmax<Half>(); }
TEST(Hardmax, Bfloat16) { expect_hardmax<Bfloat16>(); }

}  // namespace
}  // namespace backplane::cpu::testing
