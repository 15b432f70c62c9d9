// Activations with parameters by their definitions in double.
#include <gtest/gtest.h>

#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

struct Parameters {
  double alpha;
  double other;
};

struct Activation {
  const char* op;
  uint32_t since;
  const char* names[2];  // of attributes; nullptr: none
  Parameters fallback;
  double (*exact)(double x, const Parameters& with);
};

double elu(double x, const Parameters& with) { return x < 0 ? with.alpha * std::expm1(x) : x; }
double clamped(double x) { return std::isnan(x) ? x : std::fmin(1.0, std::fmax(0.0, x)); }

const Activation kActivations[] = {
    {"LeakyRelu",
     16,
     {"alpha", nullptr},
     {0.01f, 0},
     [](double x, const Parameters& with) { return x < 0 ? with.alpha * x : x; }},
    {"Elu", 6, {"alpha", nullptr}, {1, 0}, elu},
    {"Celu",
     12,
     {"alpha", nullptr},
     {1, 0},
     [](double x, const Parameters& with) {
       return x < 0 ? with.alpha * std::expm1(x / with.alpha) : x;
     }},
    {"Selu",
     6,
     {"alpha", "gamma"},
     {1.67326319217681884765625, 1.05070102214813232421875},
     [](double x, const Parameters& with) { return with.other * elu(x, with); }},
    {"HardSigmoid",
     6,
     {"alpha", "beta"},
     {0.2f, 0.5},
     [](double x, const Parameters& with) { return clamped(with.alpha * x + with.other); }},
    {"HardSwish",
     14,
     {nullptr, nullptr},
     {},
     [](double x, const Parameters&) { return x * clamped(x / 6 + 0.5); }},
    {"ThresholdedRelu",
     10,
     {"alpha", nullptr},
     {1, 0},
     [](double x, const Parameters& with) { return x > with.alpha ? x : 0.0; }},
};

// Errors of a few roundings, of the largest term where terms cancel (HardSigmoid, HardSwish).
template <class T>
void expect_activation(const Activation& activation, TestNode& node, const std::vector<T>& values,
                       const Parameters& with) {
  const std::vector<T> results = run_node<T>(node);
  const double unit = std::is_same_v<T, double> ? 0x1p-50 : 0x1p-21;
  const double stored = std::is_same_v<T, Half>       ? 0x1p-11
                        : std::is_same_v<T, Bfloat16> ? 0x1p-8
                                                      : 0;
  const double smallest = std::is_same_v<T, Half> ? 0x1p-24 : 0x1p-133;
  const bool is_sum = std::string(activation.op).find("Hard") == 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = value_of(values[i]);
    double exact = activation.exact(x, with);
    if (!std::is_same_v<T, double>) exact = in_range(exact, format_of<T>());
    const double scale =
        is_sum ? std::fmax(std::fabs(exact), std::fmin(1.0, std::fabs(x))) : std::fabs(exact);
    if (same_number(value_of(results[i]), exact)) continue;
    ASSERT_LE(std::fabs(value_of(results[i]) - exact),
              scale * unit + std::fabs(exact) * stored + smallest)
        << activation.op << " of " << x << " is " << value_of(results[i]) << ", not " << exact;
  }
}

template <class T>
void expect_all(const std::vector<T>& values) {
  for (const Activation& activation : kActivations) {
    TestNode plain = unary_node(activation.op, activation.since, values);
    ASSERT_NO_FATAL_FAILURE(expect_activation(activation, plain, values, activation.fallback));
    if (activation.names[0] == nullptr) continue;
    TestNode given = unary_node(activation.op, activation.since, values);
    given.add(activation.names[0], 0.375f);
    if (activation.names[1] != nullptr) given.add(activation.names[1], 0.75f);
    ASSERT_NO_FATAL_FAILURE(expect_activation(activation, given, values, {0.375, 0.75}));
  }
}

TEST(Activations, AreTheDefinitionForAllKindsOfFloats) {
  expect_all(all_kinds_of_floats());
  expect_all(floats_between(-8, 8, 20000));
}

TEST(Activations, AreTheDefinitionForEveryHalf) { expect_all(every_pattern<Half>()); }
TEST(Activations, AreTheDefinitionForEveryBfloat) { expect_all(every_pattern<Bfloat16>()); }

TEST(Activations, AreTheDefinitionForDoubles) {
  expect_all<double>({0.0, 1e-9, -1e-9, -0.3, 0.7, -40.0, 2.9, -2.9, 1e300, -1e300, NAN});
}

// The series near 0 and the difference beyond meet at -0.7; both keep their digits.
TEST(Elu, KeepsTheDigitsOfSmallNumbers) {
  std::vector<float> values = floats_between(-1.4, -0.0001, 50000);
  for (float x = -1e-4f; x < -1e-44f; x *= 0.7f) values.push_back(x);
  expect_function("Elu", values, run_unary("Elu", 6, values), std::expm1, 3.0);
}

TEST(Celu, RefusesAnAlphaThatItsDefinitionIsNotMeantFor) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = unary_node<float>("Celu", 12, {1});
  node.add("alpha", -1.0f);
  EXPECT_EQ(reason_against(device, node), "Celu: only an alpha above 0");
}

TEST(PRelu, HasASlopeForEveryChannel) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("PRelu", 16,
                {tensor<float>({2, 2, 2}, {-1, 2, -3, 4, -5, NAN, -kInfinity, -0.0f}),
                 tensor<float>({2, 1}, {10, 0.5})},
                {wanted(BP_DTYPE_FLOAT32, {2, 2, 2})});
  run_both_ways(device, node);
  const auto found = node.outputs[0].as<float>();
  const float expected[] = {-10, 2, -1.5, 4, -50, NAN, -kInfinity, 0};
  for (size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(same_number(found[i], expected[i])) << i;
}

TEST(PRelu, ServesIntegersThatWrapAround) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("PRelu", 9, {tensor<int32_t>({3}, {-3, 5, INT32_MIN}), tensor<int32_t>({1}, {7})},
                {wanted(BP_DTYPE_INT32, {3})});
  run_both_ways(device, node);
  EXPECT_EQ(node.outputs[0].as<int32_t>(), (std::vector<int32_t>{-21, 5, INT32_MIN}));
}

template <class T>
std::vector<T> shrunk(const std::vector<T>& values, float lambd, float bias) {
  TestNode node = unary_node<T>("Shrink", 9, values);
  node.add("lambd", lambd);
  node.add("bias", bias);
  return run_node<T>(node);
}

TEST(Shrink, MovesWhatIsBeyondLambdTowardsZero) {
  EXPECT_EQ(shrunk<float>({-2, -1.5F, -0.25F, 1.5F, 1.75F, NAN}, 1.5F, 0.5F),
            (std::vector<float>{-1.5F, 0, 0, 0, 1.25F, 0}));
  EXPECT_EQ(shrunk<double>({-2, 2}, 0.5F, 3), (std::vector<double>{1, -1}));
}

TEST(Shrink, ServesIntegersThatWrapAround) {
  EXPECT_EQ(shrunk<int8_t>({-128, -2, -1, 0, 1, 2, 127}, 1.5F, -3),
            (std::vector<int8_t>{125, -5, 0, 0, 0, 5, -126}));
  EXPECT_EQ(shrunk<uint8_t>({0, 1, 2, 3, 255}, 2.5F, 4), (std::vector<uint8_t>{0, 0, 0, 255, 251}));
  EXPECT_EQ(shrunk<int64_t>({INT64_MAX, INT64_MIN}, 1e30F, 0), (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(shrunk<int8_t>({-128, 127}, 128, 0), (std::vector<int8_t>{0, 0}));
  EXPECT_EQ(shrunk<int8_t>({-128, 127}, 127.5F, 0), (std::vector<int8_t>{-128, 0}));
}

TEST(Shrink, RefusesWhatIntegersHaveNoMeaningFor) {
  const OpenDevice device(kSynchronousDevice);
  TestNode fraction = unary_node<int32_t>("Shrink", 9, {1, 2});
  fraction.add("bias", 0.5F);
  EXPECT_EQ(reason_against(device, fraction), "Shrink: only a bias that is one of int32");
  TestNode negative = unary_node<int32_t>("Shrink", 9, {1, 2});
  negative.add("lambd", -0.5F);
  EXPECT_EQ(reason_against(device, negative), "Shrink: only a lambd from 0 on for int32");
}

}  // namespace
}  // namespace backplane::cpu::testing
