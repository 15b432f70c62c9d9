// For tests only: operators of two inputs against a definition for one pair, on shapes that
// broadcast.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "../test_numbers.hpp"
#include "../test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {

// `node` has inputs of `shapes`; every element of its output must be what `expected` gives.
template <class T, class Result, class Expected>
void expect_pairs(const OpenDevice& device, TestNode& node, const BroadcastShapes& shapes,
                  const Expected& expected) {
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  const auto a = node.inputs[0].as<T>();
  const auto b = node.inputs[1].as<T>();
  const auto result = node.outputs[0].as<Result>();
  for (size_t i = 0; i < result.size(); ++i) {
    const T x = a[broadcast_index(shapes.output, shapes.first, i)];
    const T y = b[broadcast_index(shapes.output, shapes.second, i)];
    ASSERT_TRUE(same_number(value_of(result[i]), value_of(expected(x, y))))
        << node.get().op << " element " << i << " of " << text_of(shapes.output) << ": "
        << value_of(x) << ", " << value_of(y) << " gave " << value_of(result[i]);
  }
}

// Random shapes of ranks 0 to 8, and rows long enough for vectors and threads.
inline std::vector<BroadcastShapes> many_shapes(Random& random) {
  std::vector<BroadcastShapes> all = {
      {{67}, {67}, {67}},         {{5, 33}, {33}, {5, 33}},
      {{5, 33}, {5, 1}, {5, 33}}, {{}, {129}, {129}},
      {{129}, {}, {129}},         {{3, 1, 70}, {2, 1}, {3, 2, 70}},
      {{70000}, {1}, {70000}},    {{300, 257}, {300, 257}, {300, 257}},
      {{0, 3}, {1, 3}, {0, 3}},
  };
  for (int round = 0; round < 27; ++round) all.push_back(random_broadcast(random, round % 9));
  return all;
}

// All pairs of 8-bit numbers, as a column and a row.
template <class T>
TestNode every_pair(const char* op, uint32_t since, bp_dtype_t output) {
  std::vector<T> all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<T>(i));
  return TestNode(op, since, {tensor<T>({256, 1}, all), tensor<T>({256}, all)},
                  {wanted(output, {256, 256})});
}
inline const BroadcastShapes kEveryPair = {{256, 1}, {256}, {256, 256}};

}  // namespace backplane::cpu::testing
