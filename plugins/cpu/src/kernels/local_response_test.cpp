// LRN against its definition in long double, also where squares or cubes of them leave float's
// range.
#include "test_bounds.hpp"
#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

struct Attributes {
  int64_t size;
  float alpha, beta, bias;
};

constexpr int64_t kBatch = 2, kChannels = 7, kInner = 300;

long double response(const Tensor& x, const Attributes& given, int64_t i) {
  const int64_t channel = i / kInner % kChannels;
  long double sum = 0;
  for (int64_t k = 0; k < given.size; ++k) {
    const int64_t other = channel - (given.size - 1) / 2 + k;
    if (other < 0 || other >= kChannels) continue;
    const long double number = element(x, i + (other - channel) * kInner);
    sum += number * number;
  }
  const long double base = static_cast<long double>(given.bias) +
                           static_cast<long double>(given.alpha) / given.size * sum;
  return static_cast<long double>(element(x, i)) /
         std::pow(base, static_cast<long double>(given.beta));
}

// Elements of `magnitude`; every result within `ulps` roundings.
template <class T>
void expect_responses(const Attributes& given, double magnitude, double ulps) {
  const OpenDevice device(kSynchronousDevice);
  const Shape shape = {kBatch, kChannels, kInner};
  const Tensor x = filled<T>(shape, [&](int64_t i) {
    return store<T>(static_cast<Computed<T>>(magnitude * (1.5 + noise(1, i))));
  });
  TestNode node("LRN", 13, {x}, {wanted(x.type.dtype, shape)});
  node.add("size", given.size);
  node.add("alpha", given.alpha);
  node.add("beta", given.beta);
  node.add("bias", given.bias);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  for (int64_t i = 0; i < kBatch * kChannels * kInner; ++i) {
    const long double expected = response(x, given, i);
    const double bound = ulps * unit_of(x.type.dtype) * std::fabs(static_cast<double>(expected)) +
                         smallest_of(x.type.dtype);
    ASSERT_NEAR(element(node.outputs[0], i), static_cast<double>(expected), bound) << i;
  }
}

TEST(LocalResponse, KeepsToItsDefinition) {
  for (const Attributes& given :
       {Attributes{5, 1e-4F, 0.75F, 1}, Attributes{4, 2, 0.75F, 0.5F}, Attributes{3, 1, 0.4F, 2}}) {
    expect_responses<float>(given, 1, 8);
    expect_responses<double>(given, 1, 8);
    expect_responses<Half>(given, 1, 2);
  }
}

TEST(LocalResponse, SquaresAndTheirCubesMayLeaveTheRangeOfFloat) {
  for (const double magnitude : {1e5, 1e6, 1e9, 1e25})
    expect_responses<float>({5, 1, 0.75F, 1}, magnitude, 8);
  for (const double magnitude : {1e-5, 1e-6, 1e-9})
    expect_responses<float>({5, 1, 0.75F, 0}, magnitude, 8);
  expect_responses<float>({5, 1, 0.75F, 0}, 1e-25, 8);
  expect_responses<float>({5, 1e30F, 0.75F, 1e-20F}, 1e-22, 8);
}

}  // namespace
}  // namespace backplane::cpu::testing
