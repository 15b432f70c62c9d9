// Max and Min against comparisons.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

TEST(DecomposedExtremes, TakeTheElementItself) {
  std::vector<double> a = telling_floats(10, 200);
  a.erase(a.begin());  // NaN has a test of its own
  std::vector<double> b(a.rbegin(), a.rend());
  const auto count = static_cast<int64_t>(a.size());
  std::vector<double> most;
  std::vector<double> least;
  for (size_t i = 0; i < a.size(); ++i) {
    most.push_back(std::max({a[i], b[i], -7.5}));
    least.push_back(std::min(a[i], b[i]));
  }
  const std::vector<Numbers> three = {floats({count}, a), floats({1, count}, b),
                                      floats({}, {-7.5})};
  EXPECT_EQ(run_parts({"Max", three, {}}).outputs.at(0).elements, most);
  const std::vector<Numbers> two = {three[0], three[1]};
  EXPECT_EQ(run_parts({"Min", two, {}}).outputs.at(0).elements, least);
}

TEST(DecomposedExtremes, StretchTheirInputs) {
  const Numbers column = floats({2, 1}, {1, 5});
  const Numbers row = floats({3}, {0, 3, 9});
  EXPECT_EQ(difference(run_parts({"Max", {column, row}, {}}), {1, 3, 9, 5, 5, 9}), "");
  EXPECT_EQ(difference(run_parts({"Min", {column, row}, {}}), {0, 1, 1, 0, 3, 5}), "");
  EXPECT_EQ(difference(run_parts({"Min", {row}, {}}), row.elements), "");
}

// Of two it may be lost to the other, but to nothing else.
TEST(DecomposedExtremes, NanOfTwoStaysNan) {
  const Numbers a = floats({3}, {NAN, 1, NAN});
  const Numbers b = floats({3}, {1, NAN, NAN});
  for (const Device device : {Device::kKind, Device::kHostile})
    for (const char* op : {"Max", "Min"})
      EXPECT_EQ(difference(run_parts({op, {a, b}, {}}, device), {NAN, NAN, NAN}), "");
}

TEST(DecomposedExtremes, BytesAreExactAndWiderIntegersRefused) {
  const Numbers a = {BP_DTYPE_INT8, {3}, {-128, 127, 0}, false};
  const Numbers b = {BP_DTYPE_INT8, {3}, {127, -128, -1}, false};
  EXPECT_EQ(difference(run_parts({"Min", {a, b}, {}}), {-128, -128, -1}), "");
  EXPECT_EQ(difference(run_parts({"Max", {a, b}, {}}), {127, 127, 0}), "");
  const Numbers wide = {BP_DTYPE_INT32, {1}, {1}, false};
  EXPECT_NE(run_parts({"Max", {wide, wide}, {}}).status.find("int32"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
