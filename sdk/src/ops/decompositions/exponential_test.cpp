// Exp and what is made of it against libm in double, on a device whose powers are rounded right.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

struct Case {
  std::string op;
  std::vector<Attribute> attributes;
  std::function<double(double)> formula;
  double ulps;  // that the result may be off by; a little less is seen
};

double bent(double x, double above, double below, double alpha) {
  return x < 0 ? below * std::expm1(x / alpha) : above * x;
}

const std::vector<Case>& cases() {
  static const double alpha = double{1.673263192f};
  static const double gamma = double{1.050700987f};
  static const std::vector<Case> all = {
      {"Exp", {}, [](double x) { return std::exp(x); }, 2},
      {"Cosh", {}, [](double x) { return std::cosh(x); }, 3.2},
      {"Sinh", {}, [](double x) { return std::sinh(x); }, 3.5},
      {"Elu", {}, [](double x) { return bent(x, 1, 1, 1); }, 3},
      {"Elu",
       {float_attribute("alpha", -0.7f)},
       [](double x) { return bent(x, 1, double{-0.7f}, 1); },
       3.5},
      {"Selu", {}, [](double x) { return bent(x, gamma, gamma * alpha, 1); }, 3.5},
      {"Celu",
       {float_attribute("alpha", 0.3f)},
       [](double x) { return bent(x, 1, double{0.3f}, double{0.3f}); },
       4}};
  return all;
}

TEST(DecomposedExponential, ComesWithinAFewUlpsOverTheWholeRange) {
  for (const Device device : {Device::kKind, Device::kHostile})
    for (const Case& each : cases()) {
      std::vector<double> x = telling_floats(95, 20000);
      for (const double near : {88.7228, 89.4159, -87.3365, -103.972, -103.2, 1e-3})
        for (int i = -20; i <= 20; ++i) {
          const double each_near = stored(BP_DTYPE_FLOAT32, near * (1 + i * 0x1p-23));
          x.insert(x.end(), {each_near, -each_near});
        }
      std::vector<double> wanted(x.size());
      std::transform(x.begin(), x.end(), wanted.begin(), each.formula);
      const Ran ran = run_parts(
          {each.op, {floats({static_cast<int64_t>(x.size())}, x)}, each.attributes}, device);
      ASSERT_EQ(ran.status, "") << each.op;
      EXPECT_LE(ulps_between(ran.outputs[0].elements, wanted), each.ulps) << each.op;
    }
}

// In double the powers themselves are those of libm.
TEST(DecomposedExponential, HoldsInDouble) {
  const std::vector<double> x = {-800, -745, -700, -1, -1e-9, 0, 1e-9, 1, 700, 709.5, 800};
  const Ran ran = run_parts({"Exp", {{BP_DTYPE_FLOAT64, {11}, x, false}}, {}});
  ASSERT_EQ(ran.status, "");
  for (size_t i = 0; i < x.size(); ++i) {
    const double wanted = std::exp(x[i]);
    const double got = ran.outputs[0].elements[i];
    EXPECT_TRUE(got == wanted || std::fabs(got - wanted) <= 4e-16 * wanted + 1e-323) << x[i];
  }
}

TEST(DecomposedExponential, RefusesWhatItWouldGetWrong) {
  const Numbers x = floats({1}, {1});
  EXPECT_NE(run_parts({"Celu", {x}, {float_attribute("alpha", -1)}}).status, "");
  EXPECT_NE(run_parts({"Elu", {x}, {float_attribute("alpha", INFINITY)}}).status, "");
  const Numbers half = {BP_DTYPE_FLOAT16, {1}, {1}, false};
  EXPECT_NE(run_parts({"Exp", {half}, {}}).status.find("float16"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
