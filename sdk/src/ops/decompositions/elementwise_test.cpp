// Elementwise operators against their formulas in double, on a device that is kind and on one that
// loses NaN wherever it may.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

constexpr Device kDevices[] = {Device::kKind, Device::kHostile};

struct Case {
  std::string op;
  std::vector<Attribute> attributes;
  std::function<double(double)> formula;
  double ulps;  // that the result may be off by
};

std::vector<double> mapped(const std::vector<double>& x, const std::function<double(double)>& f) {
  std::vector<double> y(x.size());
  std::transform(x.begin(), x.end(), y.begin(), f);
  return y;
}

const std::vector<Case>& cases() {
  static const double alpha = double{0.1f};
  static const std::vector<Case> all = {
      {"Neg", {}, [](double x) { return -x; }, 0},
      {"Abs", {}, [](double x) { return std::fabs(x); }, 0},
      {"LeakyRelu",
       {float_attribute("alpha", 0.1f)},
       [](double x) { return x < 0 ? alpha * x : x; },
       0.5},
      {"Softsign", {}, [](double x) { return x / (1 + std::fabs(x)); }, 1.5}};
  return all;
}

TEST(DecomposedElementwise, ComesWithinItsRounding) {
  for (const Device device : kDevices)
    for (const Case& each : cases()) {
      const std::vector<double> x = telling_floats(20);
      const Ran ran = run_parts(
          {each.op, {floats({static_cast<int64_t>(x.size())}, x)}, each.attributes}, device);
      ASSERT_EQ(ran.status, "") << each.op;
      EXPECT_LE(ulps_between(ran.outputs[0].elements, mapped(x, each.formula)), each.ulps)
          << each.op;
    }
}

TEST(DecomposedElementwise, NegAndAbsKeepTheSignsOfZero) {
  const std::vector<double> x = telling_floats(20);
  const Numbers input = floats({static_cast<int64_t>(x.size())}, x);
  for (const Device device : kDevices) {
    const auto negative = mapped(x, [](double each) { return -each; });
    EXPECT_EQ(difference(run_parts({"Neg", {input}, {}}, device), negative), "");
    const auto sizes = mapped(x, [](double each) { return std::fabs(each); });
    EXPECT_EQ(difference(run_parts({"Abs", {input}, {}}, device), sizes), "");
  }
}

TEST(DecomposedElementwise, IntegersHaveSizesAndSigns) {
  const std::vector<double> x = {-128 + 1, -1, 0, 1, 127};
  for (const bp_dtype_t dtype : {BP_DTYPE_INT8, BP_DTYPE_INT32, BP_DTYPE_INT64}) {
    const Numbers input = {static_cast<bp_dtype_t>(dtype), {5}, x, false};
    EXPECT_EQ(run_parts({"Abs", {input}, {}}).outputs.at(0).elements,
              (std::vector<double>{127, 1, 0, 1, 127}));
    EXPECT_EQ(run_parts({"Neg", {input}, {}}).outputs.at(0).elements,
              (std::vector<double>{127, 1, 0, -1, -127}));
  }
  const Numbers bytes = {BP_DTYPE_UINT8, {2}, {0, 255}, false};
  EXPECT_EQ(run_parts({"Abs", {bytes}, {}}).outputs.at(0).elements, (std::vector<double>{0, 255}));
}

// Absolute: one rounding of the product, one of the sum.
TEST(DecomposedElementwise, HardSigmoidAndHardSwishRoundTwice) {
  std::vector<double> x = telling_floats(8);
  x.erase(x.begin(), x.begin() + 3);  // NaN and infinities, which have tests of their own
  const Numbers input = floats({static_cast<int64_t>(x.size())}, x);
  const Ran sigmoid = run_parts({"HardSigmoid", {input}, {}});
  const Ran swish = run_parts({"HardSwish", {input}, {}});
  ASSERT_EQ(sigmoid.status + swish.status, "");
  for (size_t i = 0; i < x.size(); ++i) {
    const double line = std::min(1.0, std::max(0.0, double{0.2f} * x[i] + 0.5));
    EXPECT_NEAR(sigmoid.outputs[0].elements[i], line, 0x1p-23) << x[i];
    const double share = std::min(1.0, std::max(0.0, x[i] / 6 + 0.5));
    EXPECT_NEAR(swish.outputs[0].elements[i], x[i] * share, std::fabs(x[i]) * 0x1p-23 + 0x1p-149)
        << x[i];
  }
  const Numbers ends = floats({3}, {NAN, INFINITY, -INFINITY});
  EXPECT_EQ(difference(run_parts({"HardSwish", {ends}, {}}), {NAN, INFINITY, NAN}), "");
}

TEST(DecomposedElementwise, PReluStretchesItsSlope) {
  const std::vector<double> x = telling_floats(20, 500);
  const auto rows = static_cast<int64_t>(x.size());
  std::vector<double> twice;
  for (const double each : x) twice.insert(twice.end(), {each, each});
  const Numbers slope = floats({2}, {0.3, -2});
  for (const Device device : kDevices) {
    const Ran ran = run_parts({"PRelu", {floats({rows, 2}, twice), slope}, {}}, device);
    ASSERT_EQ(ran.status, "");
    std::vector<double> wanted;
    for (size_t i = 0; i < twice.size(); ++i)
      wanted.push_back(twice[i] < 0 ? twice[i] * slope.elements[i % 2] : twice[i]);
    EXPECT_LE(ulps_between(ran.outputs[0].elements, wanted), 0.5);
  }
}

TEST(DecomposedElementwise, PReluRefusesAnInfiniteSlope) {
  Numbers slope = floats({1}, {INFINITY});
  slope.is_constant = true;
  const Ran ran = run_parts({"PRelu", {floats({2}, {1, -1}), slope}, {}});
  EXPECT_NE(ran.status.find("not finite"), std::string::npos);
}

TEST(DecomposedElementwise, SumsAndMeansBroadcastAnyNumberOfTensors) {
  const Numbers a = floats({2, 3}, {1, 2, 3, NAN, 5, INFINITY});
  const Numbers b = floats({3}, {10, 20, 30});
  const Numbers c = floats({2, 1}, {100, 200});
  EXPECT_EQ(difference(run_parts({"Sum", {a, b, c}, {}}), {111, 122, 133, NAN, 225, INFINITY}), "");
  EXPECT_EQ(difference(run_parts({"Mean", {a, b, c}, {}}),
                       {37, stored(BP_DTYPE_FLOAT32, 122.0 / 3),
                        stored(BP_DTYPE_FLOAT32, 133.0 / 3), NAN, 75, INFINITY}),
            "");
  EXPECT_EQ(difference(run_parts({"Sum", {a}, {}}), a.elements), "");
  EXPECT_EQ(difference(run_parts({"Mean", {a}, {}}), a.elements), "");
}

}  // namespace
}  // namespace backplane::ops
