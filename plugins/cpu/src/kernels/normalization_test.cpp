// BatchNormalization against its formula in long double.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;
  float epsilon = 1e-5F;
  double mean = 0;   // added to the means, and to x: where x - mean cancels
  double scale = 1;  // of x
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {{{1, 1, 1, 1}},
                                          {{2, 3}},
                                          {{1, 64}},
                                          {{64, 1}},
                                          {{33, 17}},
                                          {{200, 513}},
                                          {{5}},
                                          {{1}},
                                          {{2, 3, 4}},
                                          {{2, 3, 1}},
                                          {{1, 7, 100}},
                                          {{3, 1, 5}},
                                          {{2, 3, 4, 5}},
                                          {{1, 64, 7, 7}},
                                          {{1, 64, 56, 3}},
                                          {{8, 5, 1, 1}},
                                          {{2, 16, 9, 17}},
                                          {{1, 3, 33, 31}},
                                          {{4, 2, 1, 65}},
                                          {{4, 2, 65, 1}},
                                          {{1, 2, 3, 4, 5}},
                                          {{2, 4, 3, 1, 7}},
                                          {{1, 2, 2, 2, 2, 2}},
                                          {{2, 2, 1, 2, 1, 2, 1, 2}},
                                          {{2, 3, 4, 5}, 1e-2F},
                                          {{2, 3, 4, 5}, 0},
                                          {{2, 3, 4, 5}, 1},
                                          {{2, 3, 4, 5}, 1e-12F},
                                          {{2, 3, 4, 5}, 1e-5F, 1000},
                                          {{2, 33}, 1e-5F, 1000},
                                          {{1, 4, 50}, 1e-5F, -50000},
                                          {{1, 4, 50}, 1e-3F, 3},
                                          {{1, 4, 50}, 1e-5F, 0, 1e-3},
                                          {{1, 4, 50}, 1e-5F, 0, 1e3},
                                          {{3, 5, 21}, 1e-5F, 7, 1e-2},
                                          {{3, 5, 21}, 1e-5F, -7, 1e2},
                                          {{16, 100}, 1e-5F, 1, 0.1},
                                          {{100, 16}, 1e-5F, 1, 0.1},
                                          {{0, 3, 4}},
                                          {{2, 0, 4}},
                                          {{2, 3, 0}},
                                          {{0, 0}}};
  return table;
}

struct Inputs {
  Tensor x, scale, shift, mean, variance;
  std::vector<Tensor> all() const { return {x, scale, shift, mean, variance}; }
};

template <class T, class U>
Inputs inputs_of(const Case& tried) {
  const Shape channels = {tried.x.size() > 1 ? tried.x[1] : 1};
  const auto near = [](double center, double size, uint64_t seed) {
    return [=](int64_t i) {
      return store<U>(static_cast<Computed<U>>(center + size * noise(seed, i)));
    };
  };
  Inputs inputs;
  inputs.x = filled<T>(tried.x, [&](int64_t i) {
    return store<T>(static_cast<Computed<T>>(tried.mean + tried.scale * noise(1, i)));
  });
  inputs.scale = filled<U>(channels, near(0, 1, 2));
  inputs.shift = filled<U>(channels, near(0, 1, 3));
  inputs.mean = filled<U>(channels, near(tried.mean, tried.scale, 4));
  inputs.variance = filled<U>(channels, near(1.5, 1, 5));
  return inputs;
}

TestNode node_of(const Inputs& inputs, float epsilon, bool is_constant, uint32_t since = 15) {
  TestNode node("BatchNormalization", since, inputs.all(),
                {wanted(inputs.x.type.dtype, shape_of(inputs.x))});
  for (size_t input = 1; input < 5; ++input) node.constant[input] = is_constant;
  node.add("epsilon", epsilon);
  return node;
}

// One rounding of the sum, and what double leaves of the cancellations.
void expect_normalized(const Inputs& inputs, float epsilon, const Tensor& found) {
  const Shape shape = shape_of(inputs.x);
  int64_t inner = 1;
  for (size_t axis = 2; axis < shape.size(); ++axis) inner *= shape[axis];
  const int64_t channels = shape.size() > 1 ? shape[1] : 1;
  for (int64_t i = 0; i < count_of(found); ++i) {
    const int64_t c = i / inner % channels;
    const auto at = [&](const Tensor& value) {
      return static_cast<long double>(element(value, c));
    };
    const long double factor =
        at(inputs.scale) / std::sqrt(at(inputs.variance) + static_cast<long double>(epsilon));
    const long double term =
        (static_cast<long double>(element(inputs.x, i)) - at(inputs.mean)) * factor;
    const long double expected = term + at(inputs.shift);
    const auto magnitude = static_cast<double>(std::fabs(term) + std::fabs(at(inputs.shift)));
    const double u = unit_of(found.type.dtype);
    ASSERT_TRUE(is_within(element(found, i), expected,
                          1.001 * u * static_cast<double>(std::fabs(expected)) +
                              8 * 0x1p-53 * magnitude + smallest_of(found.type.dtype)))
        << "element " << i;
  }
}

template <class T, class U = T>
void expect_case(size_t number, bool is_constant) {
  const Case& tried = cases()[number];
  const OpenDevice device(kSynchronousDevice);
  const Inputs inputs = inputs_of<T, U>(tried);
  TestNode node = node_of(inputs, tried.epsilon, is_constant);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  for (uint32_t input = 1; input < 5; ++input) EXPECT_EQ(kernel.is_baked(input), is_constant);
  const Tensor found = kernel.run();
  expect_normalized(inputs, tried.epsilon, found);
}

TEST(BatchNormalization, Float32IsRoundedOnce) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, false); });
}
TEST(BatchNormalization, Float32WithConstantsIsRoundedOnce) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, true); });
}
TEST(BatchNormalization, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<double>(i, false); });
}
TEST(BatchNormalization, Bfloat16IsRoundedOnce) {
  for_cases(cases().size(), [](size_t i) { expect_case<Bfloat16>(i, true); });
}
TEST(BatchNormalization, Float16OfFloat32StatisticsIsRoundedTwice) {
  for_cases(cases().size(), [](size_t i) {
    const Case& tried = cases()[i];
    if (std::fabs(tried.mean) > 100 || tried.scale > 100) return;  // beyond float16's numbers
    expect_case<Half, float>(i, false);
  });
}

// proves BP-KERNEL-9
TEST(BatchNormalization, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  const Inputs unknown = {wanted(BP_DTYPE_FLOAT32, {-1, -2, -3}), wanted(BP_DTYPE_FLOAT32, {-2}),
                          wanted(BP_DTYPE_FLOAT32, {-2}), wanted(BP_DTYPE_FLOAT32, {-2}),
                          wanted(BP_DTYPE_FLOAT32, {-2})};
  TestNode node = node_of(unknown, 1e-5F, false);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  EXPECT_EQ(kernel.info().is_shape_free, 1U);
  for (const Shape& shape : std::vector<Shape>{{1, 1, 1},
                                               {2, 30, 9},
                                               {1, 3, 64},
                                               {3, 100, 1},
                                               {0, 3, 3},
                                               {2, 65, 33},
                                               {1, 1, 1},
                                               {5, 2, 200}}) {
    const Inputs inputs = inputs_of<float, float>({shape});
    const Tensor found = kernel.run(inputs.all(), {wanted(BP_DTYPE_FLOAT32, shape)})[0];
    expect_normalized(inputs, 1e-5F, found);
  }
}

TEST(BatchNormalization, SubnormalNumbersAreKept) {
  const OpenDevice device(kSynchronousDevice);
  Inputs inputs = inputs_of<float, float>({{1, 2, 40}});
  inputs.x = filled<float>({1, 2, 40}, [](int64_t) { return 0x1p-140F; });
  inputs.scale = inputs.variance = tensor<float>({2}, {1, 1});
  inputs.shift = inputs.mean = tensor<float>({2}, {0, 0});
  TestNode node = node_of(inputs, 0, false);
  const TestKernel kernel(device, node);
  EXPECT_EQ(kernel.run().bytes, inputs.x.bytes);
}

TEST(BatchNormalization, HugeFactorsOfTinyDifferencesStayFinite) {
  const OpenDevice device(kSynchronousDevice);
  const Inputs inputs = {tensor<float>({1, 1, 1}, {0x1p-100F}), tensor<float>({1}, {0x1p100F}),
                         tensor<float>({1}, {0}), tensor<float>({1}, {0}),
                         tensor<float>({1}, {0x1p-100F})};
  TestNode node = node_of(inputs, 0, false);
  const TestKernel kernel(device, node);
  EXPECT_EQ(element(kernel.run(), 0), 0x1p50);
}

TEST(BatchNormalization, InPlaceGivesTheSameBytes) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape : std::vector<Shape>{{2, 3, 40}, {40, 33}}) {
    const Inputs inputs = inputs_of<float, float>({shape});
    TestNode node = node_of(inputs, 1e-5F, true);
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.info().in_place_count, 1U);
    EXPECT_EQ(kernel.run_in_place().bytes, kernel.run().bytes);
  }
}

TEST(BatchNormalization, TrainingIsRefusedInWords) {
  const Inputs inputs = inputs_of<float, float>({{2, 3, 4}});
  TestNode training = node_of(inputs, 1e-5F, false);
  training.add("training_mode", int64_t{1});
  EXPECT_EQ(refusal(training), "BatchNormalization: training_mode 1 is not served");
  TestNode outputs = node_of(inputs, 1e-5F, false, 9);
  outputs.outputs.push_back(wanted(BP_DTYPE_FLOAT32, {3}));
  EXPECT_EQ(refusal(outputs), "BatchNormalization: output 1 is of training alone");
  TestNode old_training = node_of(inputs, 1e-5F, false, 6);
  old_training.add("is_test", int64_t{0});
  EXPECT_EQ(refusal(old_training),
            "BatchNormalization: is_test 0, which is training, is not served");
  TestNode not_spatial = node_of(inputs, 1e-5F, false, 7);
  not_spatial.add("spatial", int64_t{0});
  EXPECT_EQ(refusal(not_spatial), "BatchNormalization: spatial 0 is not served");
  Inputs short_mean = inputs;
  short_mean.mean = tensor<float>({2}, {0, 0});
  EXPECT_EQ(refusal(node_of(short_mean, 1e-5F, false)),
            "BatchNormalization: input 3 is of 2 channels, not 3");
}

}  // namespace
}  // namespace backplane::cpu::testing
