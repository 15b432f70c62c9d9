// GridSample against its definition in long double, element by element.
#include <cmath>

#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

struct How {
  std::string mode, padding;
  bool aligned;
};

// By the definition's own words: reflected as often as it takes.
int64_t index_in(const How& how, int64_t index, int64_t size) {
  if (index >= 0 && index < size) return index;
  if (how.padding == "zeros") return -1;
  if (how.padding == "border") return index < 0 ? 0 : size - 1;
  const double low = how.aligned ? 0 : -0.5;
  const double high = how.aligned ? static_cast<double>(size - 1) : static_cast<double>(size) - 0.5;
  auto place = static_cast<double>(index);
  if (low == high) return 0;
  while (place < low || place > high) place = place < low ? 2 * low - place : 2 * high - place;
  return static_cast<int64_t>(place);
}

double weight_of(const How& how, double distance) {
  const double x = std::fabs(distance);
  if (how.mode == "bilinear") return x < 1 ? 1 - x : 0;
  if (x <= 1) return 1.25 * x * x * x - 2.25 * x * x + 1;
  return x < 2 ? -0.75 * (x * x * x - 5 * x * x + 8 * x - 4) : 0;
}

double sampled(const How& how, const Tensor& x, int64_t plane, double across, double down) {
  const int64_t height = x.type.shape[2];
  const int64_t width = x.type.shape[3];
  const auto place = [&](double g, int64_t size) {
    const auto length = static_cast<double>(size);
    return how.aligned ? (g + 1) / 2 * (length - 1) : ((g + 1) * length - 1) / 2;
  };
  const double column = place(across, width);
  const double row = place(down, height);
  const auto at = [&](int64_t i, int64_t k) {
    const int64_t from_row = index_in(how, i, height);
    const int64_t from_column = index_in(how, k, width);
    if (from_row < 0 || from_column < 0) return 0.0;
    return element(x, (plane * height + from_row) * width + from_column);
  };
  if (how.mode == "nearest")
    return at(static_cast<int64_t>(std::nearbyint(row)),
              static_cast<int64_t>(std::nearbyint(column)));
  double sum = 0;
  for (auto i = static_cast<int64_t>(row) - 4; i <= static_cast<int64_t>(row) + 4; ++i)
    for (auto k = static_cast<int64_t>(column) - 4; k <= static_cast<int64_t>(column) + 4; ++k)
      sum += weight_of(how, row - static_cast<double>(i)) *
             weight_of(how, column - static_cast<double>(k)) * at(i, k);
  return sum;
}

template <class T, class G>
void expect_sampled(const How& how) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<T>({2, 3, 4, 5}, 1);
  const Tensor grid = filled<G>({2, 3, 7, 2}, [](int64_t i) {
    return store<G>(static_cast<Computed<G>>(2.5 * noise(2, i)));
  });
  TestNode node("GridSample", 16, {x, grid}, {wanted(x.type.dtype, {2, 3, 3, 7})});
  node.add("mode", how.mode.c_str());
  node.add("padding_mode", how.padding.c_str());
  node.add("align_corners", int64_t{how.aligned});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  for (int64_t i = 0; i < 126; ++i) {
    const int64_t place = i / 63 * 21 + i % 21;
    const double expected =
        sampled(how, x, i / 21, element(grid, 2 * place), element(grid, 2 * place + 1));
    ASSERT_NEAR(element(node.outputs[0], i), expected, 4 * unit_of(x.type.dtype) + 1e-12)
        << how.mode << " " << how.padding << " " << how.aligned << ", element " << i;
  }
}

TEST(GridSample, EveryModeAndPadding) {
  for (const char* mode : {"bilinear", "nearest", "bicubic"})
    for (const char* padding : {"zeros", "border", "reflection"})
      for (const bool aligned : {false, true}) {
        expect_sampled<float, float>({mode, padding, aligned});
        expect_sampled<double, double>({mode, padding, aligned});
        expect_sampled<Half, float>({mode, padding, aligned});
        expect_sampled<Bfloat16, Half>({mode, padding, aligned});
      }
}

TEST(GridSample, NanAndInfinityAreFarOutside) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("GridSample", 16,
                {noisy<float>({1, 1, 2, 2}, 1),
                 tensor<float>({1, 1, 3, 2}, {NAN, 0, INFINITY, 0, 0, -INFINITY})},
                {wanted(BP_DTYPE_FLOAT32, {1, 1, 1, 3})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{0, 0, 0}));
}

}  // namespace
}  // namespace backplane::cpu::testing
