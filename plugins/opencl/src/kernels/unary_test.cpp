// Operators of one input against the C library in double.
#include <cmath>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

struct Attribute {
  const char* name;
  float value;
};

struct Case {
  const char* op;
  uint32_t since;
  std::vector<Attribute> attributes;
  double (*exact)(double x);
  double ulps;  // of a float: what OpenCL allows the functions, and roundings beside them
};

double held_to_1(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double elu(double x, double alpha) { return x < 0 ? alpha * std::expm1(x) : x; }

const std::vector<Case> kCases = {
    {"Abs", 13, {}, std::fabs, 0},
    {"Neg", 13, {}, [](double x) { return -x; }, 0},
    {"Sign", 13, {}, sign, 0},
    {"Floor", 13, {}, std::floor, 0},
    {"Ceil", 13, {}, std::ceil, 0},
    {"Round", 11, {}, std::nearbyint, 0},
    {"Relu", 14, {}, [](double x) { return x < 0 ? 0 : x; }, 0},
    {"Reciprocal", 13, {}, [](double x) { return 1 / x; }, 0.5001},
    {"Sqrt", 13, {}, std::sqrt, 0.5001},
    {"Exp", 13, {}, std::exp, 3.5},
    {"Log", 13, {}, std::log, 3.5},
    {"Erf", 13, {}, std::erf, 3.5},
    {"Sin", 7, {}, std::sin, 4.5},
    {"Cos", 7, {}, std::cos, 4.5},
    {"Tanh", 13, {}, std::tanh, 5.5},
    {"Sigmoid", 13, {}, [](double x) { return 1 / (1 + std::exp(-x)); }, 5},
    {"Softplus",
     1,
     {},
     [](double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); },
     6},
    {"Softsign", 1, {}, [](double x) { return x / (1 + std::fabs(x)); }, 1.5},
    // The sum cancels.
    {"HardSwish", 14, {}, [](double x) { return x * held_to_1(x / 6 + 0.5); }, 32},
    {"HardSigmoid", 6, {}, [](double x) { return held_to_1(0.2f * x + 0.5); }, 32},
    {"HardSigmoid",
     6,
     {{"alpha", -0.3f}, {"beta", 0.7f}},
     [](double x) { return held_to_1(-0.3f * x + 0.7f); },
     32},
    {"LeakyRelu", 16, {}, [](double x) { return x < 0 ? 0.01f * x : x; }, 0.5001},
    {"LeakyRelu", 16, {{"alpha", -1.5f}}, [](double x) { return x < 0 ? -1.5 * x : x; }, 0.5001},
    {"ThresholdedRelu", 10, {}, [](double x) { return x > 1 ? x : 0; }, 0},
    {"ThresholdedRelu", 10, {{"alpha", -3.0f}}, [](double x) { return x > -3 ? x : 0; }, 0},
    {"Elu", 6, {}, [](double x) { return elu(x, 1); }, 4},
    {"Elu", 6, {{"alpha", 0.3f}}, [](double x) { return elu(x, 0.3f); }, 4},
    {"Celu", 12, {}, [](double x) { return elu(x, 1); }, 4},
    {"Celu", 12, {{"alpha", 2.0f}}, [](double x) { return x < 0 ? 2 * std::expm1(x / 2) : x; }, 4},
    {"Selu", 6, {}, [](double x) { return 1.05070102f * elu(x, 1.67326319f); }, 5},
    {"Selu", 6, {{"alpha", 2.0f}, {"gamma", 3.0f}}, [](double x) { return 3 * elu(x, 2); }, 5},
};

const Case& case_of(const std::string& op) {
  return *std::find_if(kCases.begin(), kCases.end(), [&](const Case& one) { return one.op == op; });
}

class Unary : public KernelTest {
 protected:
  template <class T>
  TestNode node_of(const Case& one, const std::vector<T>& x) {
    const Shape shape = {static_cast<int64_t>(x.size())};
    TestNode node(one.op, one.since, {tensor(shape, x)}, {wanted<T>(shape)});
    for (const Attribute& attribute : one.attributes) node.add(attribute.name, attribute.value);
    return node;
  }

  // An infinity whose result is NaN by the formula, and a limit otherwise, may give either.
  template <class T>
  void expect_results(const Case& one, const std::vector<T>& x, const std::vector<T>& y,
                      double ulps) {
    ASSERT_EQ(x.size(), y.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const double from = value_of(x[i]);
      const double exact = one.exact(from);
      if (std::isinf(from) && std::isnan(exact)) continue;
      const bool is_beyond = std::is_same_v<T, float> && std::fabs(exact) >= 0x1p128;
      ASSERT_TRUE(is_near(y[i], is_beyond ? std::copysign(INFINITY, exact) : exact, ulps))
          << one.op << " of " << from << " gave " << value_of(y[i]) << ", not " << exact
          << " (element " << i << " of " << x.size() << ")";
    }
  }

  template <class T>
  std::vector<T> of_integers(const char* op, const std::vector<T>& x) {
    const Shape shape = {static_cast<int64_t>(x.size())};
    TestNode node(op, 13, {tensor(shape, x)}, {wanted<T>(shape)});
    run(node);
    return node.outputs[0].as<T>();
  }
};

TEST_F(Unary, EveryFunctionOfEverySizeAroundVectors) {
  for (const Case& one : kCases) {
    for (const size_t count : {1, 15, 16, 17, 63, 64, 65, 1003}) {
      const std::vector<float> x = floats(count, 3);
      TestNode node = node_of(one, x);
      node.inputs[0].offset = count % 3;
      run(node);
      ASSERT_NO_FATAL_FAILURE(expect_results(one, x, node.outputs[0].as<float>(), one.ulps));
      run(node, 0);
      ASSERT_NO_FATAL_FAILURE(expect_results(one, x, node.outputs[0].as<float>(), one.ulps));
    }
  }
}

// Each in the lane of a vector beside common ones.
TEST_F(Unary, EveryFunctionOfUncommonNumbers) {
  std::vector<float> x = floats(400, 5);
  const float uncommon[] = {0.0f,      -0.0f, 1e-30f, -1e-30f, 1e-3f,  -1e-3f, 0.47f,
                            -0.99f,    1.01f, 3.99f,  -4.01f,  100.5f, 1e6f,   INFINITY,
                            -INFINITY, NAN,   0.5f,   -0.69f,  -0.7f,  2.5f};
  for (size_t i = 0; i < std::size(uncommon); ++i) x[i * 17] = uncommon[i];
  for (const Case& one : kCases) {
    TestNode node = node_of(one, x);
    run(node);
    ASSERT_NO_FATAL_FAILURE(expect_results(one, x, node.outputs[0].as<float>(), one.ulps));
  }
}

// Which spoil them in PoCL's vectors.
TEST_F(Unary, SmallAnglesBesideLargeOnesAndInfinities) {
  std::vector<float> x = floats(1600, 7);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = i % 33 == 5 ? INFINITY : i % 29 == 3 ? x[i] * 1e5f : x[i] / 65536;
  for (const char* op : {"Sin", "Cos"}) {
    TestNode node = node_of(case_of(op), x);
    run(node);
    expect_results(case_of(op), x, node.outputs[0].as<float>(), 4.5);
  }
}

TEST_F(Unary, Float16IsComputedInFloatAndRoundedOnce) {
  std::vector<Half> x;
  for (size_t i = 0; i < 333; ++i) x.push_back(half_of(eighths(i) / 8));
  for (const Case& one : {case_of("Erf"), case_of("Softsign"), case_of("LeakyRelu")}) {
    TestNode node = node_of(one, x);
    run(node);
    ASSERT_NO_FATAL_FAILURE(
        expect_results(one, x, node.outputs[0].as<Half>(), 0.5 + one.ulps / 8192));
  }
}

TEST_F(Unary, Float64HasItsOwnDigits) {
  if (!facts().has_float64) GTEST_SKIP() << "no float64";
  std::vector<double> x;
  for (size_t i = 0; i < 333; ++i) x.push_back(eighths(i) / 7.0);
  for (const Case& one : {case_of("Erf"), case_of("Elu"), case_of("Sin")}) {
    TestNode node = node_of(one, x);
    run(node);
    ASSERT_NO_FATAL_FAILURE(expect_results(one, x, node.outputs[0].as<double>(), one.ulps + 1));
  }
}

TEST_F(Unary, SmallestIntegersWrapAround) {
  EXPECT_EQ(of_integers<int8_t>("Abs", {-128, -127, 0, 127}),
            (std::vector<int8_t>{-128, 127, 0, 127}));
  EXPECT_EQ(of_integers<int16_t>("Neg", {INT16_MIN, 5, -5}),
            (std::vector<int16_t>{INT16_MIN, -5, 5}));
  EXPECT_EQ(of_integers<int32_t>("Abs", {INT32_MIN, -7}), (std::vector<int32_t>{INT32_MIN, 7}));
  EXPECT_EQ(of_integers<int64_t>("Neg", {INT64_MIN, INT64_MAX}),
            (std::vector<int64_t>{INT64_MIN, -INT64_MAX}));
}

TEST_F(Unary, UnsignedNumbersHaveSignsToo) {
  EXPECT_EQ(of_integers<uint8_t>("Sign", {0, 1, 255}), (std::vector<uint8_t>{0, 1, 1}));
  EXPECT_EQ(of_integers<uint64_t>("Abs", {0, UINT64_MAX}), (std::vector<uint64_t>{0, UINT64_MAX}));
  EXPECT_EQ(of_integers<int64_t>("Sign", {INT64_MIN, -1, 0, 9}),
            (std::vector<int64_t>{-1, -1, 0, 1}));
}

TEST_F(Unary, TakesStrides) {
  const std::vector<float> x = floats(2600, 3);
  TestNode node("LeakyRelu", 16, {tensor({40, 65}, x, {1, 40})}, {wanted<float>({40, 65})});
  node.add("alpha", 0.5f);
  run(node);
  const auto y = node.outputs[0].as<float>();
  for (size_t i = 0; i < y.size(); ++i) {
    const float from = x[i / 65 + i % 65 * 40];
    ASSERT_EQ(y[i], from < 0 ? from / 2 : from) << i;
  }
}

TEST_F(Unary, ResultsThatGoPastTheCacheAreThere) {
  const size_t count = facts().cache_size / sizeof(float) + 77;
  const std::vector<float> x = floats(count, 1);
  for (const uint64_t offset : {0, 1}) {
    TestNode node = node_of({"Elu", 6, {{"alpha", 2.0f}}, nullptr, 0}, x);
    node.outputs[0].offset = offset;
    run(node);
    const auto y = node.outputs[0].as<float>();
    for (size_t i = 0; i < count; ++i)
      ASSERT_TRUE(is_near(y[i], elu(x[i], 2), 4)) << "element " << i;
  }
}

TEST_F(Unary, RefusesInWords) {
  TestNode of_unsigned("Neg", 13, {tensor<uint8_t>({1}, {1})}, {wanted<uint8_t>({1})});
  EXPECT_NE(reason_against(of_unsigned).find("only signed numbers"), std::string::npos);
  TestNode of_integers("Floor", 13, {tensor<int32_t>({1}, {1})}, {wanted<int32_t>({1})});
  EXPECT_NE(reason_against(of_integers).find("only float16, float32 and float64"),
            std::string::npos);
  TestNode of_zero("Celu", 12, {tensor<float>({1}, {1})}, {wanted<float>({1})});
  of_zero.add("alpha", 0.0f);
  EXPECT_NE(reason_against(of_zero).find("an alpha above 0"), std::string::npos);
  TestNode grows("Abs", 13, {tensor<float>({1}, {1})}, {wanted<float>({2})});
  EXPECT_NE(reason_against(grows).find("other sizes"), std::string::npos);
}

}  // namespace
}  // namespace backplane::opencl::testing
