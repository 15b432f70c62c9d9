// For tests only: operators of one input, on every kind of number.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../test_numbers.hpp"
#include "../test_run.hpp"

namespace backplane::cpu::testing {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The output of a node of one input, with sizes known and unknown.
template <class Result>
std::vector<Result> run_node(TestNode& node) {
  const OpenDevice device(kSynchronousDevice);
  run_both_ways(device, node);
  return node.outputs[0].as<Result>();
}

template <class T>
TestNode unary_node(const char* op, uint32_t since, const std::vector<T>& values,
                    bp_dtype_t output = dtype_of<T>()) {
  const Shape shape = {static_cast<int64_t>(values.size())};
  return TestNode(op, since, {tensor(shape, values)}, {wanted(output, shape)});
}

template <class T>
std::vector<T> run_unary(const char* op, uint32_t since, const std::vector<T>& values) {
  TestNode node = unary_node(op, since, values);
  return run_node<T>(node);
}

// Floats of every exponent and sign, some 260,000, infinities and NaN among them.
inline std::vector<float> all_kinds_of_floats() {
  std::vector<float> floats;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 16381)
    floats.push_back(float_of(static_cast<uint32_t>(bits)));
  for (const float special :
       {0.0f,       -0.0f,   0.5f,       -0.5f,       1.5f,       2.5f,
        -2.5f,      0.625f,  -0.625f,    1.0f,        -1.0f,      0.99999994f,
        104.0f,     -104.0f, 103.97208f, -103.97208f, 88.72283f,  88.72284f,
        8388607.5f, 1e-45f,  -1e-45f,    kInfinity,   -kInfinity, std::nanf("")})
    floats.push_back(special);
  return floats;
}

// Floats from `lowest` to `highest` at even distances, where a function changes most.
inline std::vector<float> floats_between(double lowest, double highest, int count) {
  std::vector<float> floats;
  for (int i = 0; i <= count; ++i)
    floats.push_back(static_cast<float>(lowest + (highest - lowest) * i / count));
  return floats;
}

// All 65536, or all 256.
template <class T>
std::vector<T> every_pattern() {
  std::vector<T> values;
  for (uint32_t bits = 0; bits < uint32_t{1} << (8 * sizeof(T)); ++bits) {
    if constexpr (std::is_integral_v<T>)
      values.push_back(static_cast<T>(bits));
    else
      values.push_back({static_cast<uint16_t>(bits)});
  }
  return values;
}

// What is too large for the format is infinite in it.
inline double in_range(double exact, const Format& format) {
  return std::isinf(nearest(exact, format)) ? nearest(exact, format) : exact;
}

template <class T>
const Format& format_of() {
  if constexpr (std::is_same_v<T, Half>) return kHalfFormat;
  if constexpr (std::is_same_v<T, Bfloat16>) return kBfloat16Format;
  return kFloatFormat;
}

// Every result within `bound` units in the last place of `function`, computed in double.
template <class T>
void expect_function(const std::string& what, const std::vector<T>& values,
                     const std::vector<T>& results, double (*function)(double), double bound) {
  ASSERT_EQ(results.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double exact = in_range(function(value_of(values[i])), format_of<T>());
    ASSERT_EQ(std::isnan(value_of(results[i])), std::isnan(exact)) << what << value_of(values[i]);
    ASSERT_LE(ulps(value_of(results[i]), exact, format_of<T>()), bound)
        << what << " of " << value_of(values[i]) << " is " << value_of(results[i]);
  }
}

}  // namespace backplane::cpu::testing
