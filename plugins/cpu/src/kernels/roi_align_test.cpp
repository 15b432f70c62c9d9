// RoiAlign against samples interpolated by hand, from how near each is to all elements.
#include <cmath>

#include "test_kernel.hpp"
#include "test_run.hpp"

namespace backplane::cpu::testing {
namespace {

struct How {
  const char* mode;
  bool is_moved;
  int64_t ratio;
};

TestNode align(const How& how, const Tensor& x, const Tensor& regions, const Tensor& which,
               const Shape& to) {
  TestNode node("RoiAlign", 16, {x, regions, which}, {wanted(x.type.dtype, to)});
  node.add("mode", how.mode);
  node.add("coordinate_transformation_mode", how.is_moved ? "half_pixel" : "output_half_pixel");
  node.add("sampling_ratio", how.ratio);
  node.add("output_height", to[2]);
  node.add("output_width", to[3]);
  return node;
}

double tent(double x) { return std::fmax(0, 1 - std::fabs(x)); }

// Every element counts by how near it is; outside of the image the border goes on.
double sample(const Tensor& x, int64_t plane, double row, double column) {
  const int64_t height = x.type.shape[2], width = x.type.shape[3];
  double sum = 0;
  for (int64_t i = -1; i <= height; ++i)
    for (int64_t k = -1; k <= width; ++k) {
      const int64_t y = std::min(std::max<int64_t>(i, 0), height - 1);
      const int64_t z = std::min(std::max<int64_t>(k, 0), width - 1);
      sum += tent(row - static_cast<double>(i)) * tent(column - static_cast<double>(k)) *
             element(x, (plane * height + y) * width + z);
    }
  return sum;
}

double pooled(const How& how, const Tensor& x, int64_t plane, const double* corners, int64_t y,
              int64_t column, const Shape& to) {
  const double shift = how.is_moved ? 0.5 : 0;
  const double height = (corners[3] - corners[1]) / static_cast<double>(to[2]);
  const double width = (corners[2] - corners[0]) / static_cast<double>(to[3]);
  const auto rows = static_cast<int64_t>(how.ratio > 0 ? how.ratio : std::ceil(height));
  const auto columns = static_cast<int64_t>(how.ratio > 0 ? how.ratio : std::ceil(width));
  double sum = 0, most = -INFINITY;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < columns; ++k) {
      const auto part = [](int64_t bin, int64_t at, int64_t count) {
        return static_cast<double>(bin) +
               (static_cast<double>(at) + 0.5) / static_cast<double>(count);
      };
      const double value = sample(x, plane, corners[1] - shift + part(y, i, rows) * height,
                                  corners[0] - shift + part(column, k, columns) * width);
      sum += value;
      most = std::fmax(most, value);
    }
  return how.mode[0] == 'm' ? most : sum / static_cast<double>(rows * columns);
}

TEST(RoiAlign, MeanAndLargestOfSamples) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<float>({2, 3, 5, 7}, 1);
  const double corners[] = {0.5, 1, 5.75, 4.5, 2, 0.25, 6.5, 5};
  const Tensor regions = tensor<float>({2, 4}, {0.5, 1, 5.75, 4.5, 2, 0.25, 6.5, 5});
  const Shape to = {2, 3, 2, 3};
  for (const char* mode : {"avg", "max"})
    for (const bool is_moved : {true, false})
      for (const int64_t ratio : {0, 1, 3}) {
        const How how = {mode, is_moved, ratio};
        TestNode node = align(how, x, regions, tensor<int64_t>({2}, {1, 0}), to);
        ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
        for (int64_t i = 0; i < 36; ++i) {
          const int64_t region = i / 18;
          const int64_t plane = (1 - region) * 3 + i / 6 % 3;
          const double wanted_value =
              pooled(how, x, plane, corners + 4 * region, i / 3 % 2, i % 3, to);
          ASSERT_NEAR(element(node.outputs[0], i), wanted_value, 1e-6)
              << mode << " " << is_moved << " " << ratio << ", element " << i;
        }
      }
}

TEST(RoiAlign, FarOutsideIsZeroAndNothingIsSampledOfNoLength) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = filled<float>({1, 1, 4, 4}, [](int64_t) { return 2.0f; });
  const Tensor regions = tensor<float>({3, 4}, {40, 40, 44, 44, 3, 3, 1, 1, -8, 0, 8, 4});
  TestNode node =
      align({"avg", true, 0}, x, regions, tensor<int64_t>({3}, {0, 0, 0}), {3, 1, 1, 1});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{0, 0, 0.75}));
}

TEST(RoiAlign, WhatIsNoRegionOrImageFails) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<float>({1, 1, 4, 4}, 1);
  const auto status = [&](float corner, int64_t image) -> bp_status_t {
    TestNode node = align({"avg", true, 0}, x, tensor<float>({1, 4}, {0, 0, corner, 4}),
                          tensor<int64_t>({1}, {image}), {1, 1, 2, 2});
    const TestKernel kernel(device, node);
    kernel.launch(node.inputs, node.outputs, 0);
    return kernel.launch_status.load();
  };
  EXPECT_EQ(status(4, 0), BP_OK);
  EXPECT_EQ(status(4, 1), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(status(4, -1), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(status(NAN, 0), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(status(1e30f, 0), BP_STATUS_INVALID_ARGUMENT);
}

TEST(RoiAlign, RefusesInWords) {
  const Tensor x = noisy<float>({1, 1, 4, 4}, 1);
  const Tensor which = tensor<int64_t>({1}, {0});
  const Tensor regions = tensor<float>({1, 4}, {0, 0, 4, 4});
  EXPECT_EQ(refusal(align({"sum", true, 0}, x, regions, which, {1, 1, 2, 2})),
            "RoiAlign: mode \"sum\" is none that ONNX defines");
  EXPECT_EQ(refusal(align({"avg", true, -1}, x, regions, which, {1, 1, 2, 2})),
            "RoiAlign: sampling_ratio is -1");
  EXPECT_EQ(refusal(align({"avg", true, 0}, x, which, which, {1, 1, 2, 2})),
            "RoiAlign: floating-point numbers of one type, not float32 and int64");
}

}  // namespace
}  // namespace backplane::cpu::testing
