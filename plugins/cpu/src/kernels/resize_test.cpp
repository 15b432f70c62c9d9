// Resize against the definition's formulas, for one output element at a time and all axes at once.
#include <functional>

#include "test_kernel.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape from, to;
  std::vector<float> scales;  // empty: sizes are given
  const char* mode = "nearest";
  const char* coordinates = "half_pixel";
  const char* nearest = "round_prefer_floor";
  int64_t excludes = 0;
  std::vector<float> region = {};
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = [] {
    std::vector<Case> made;
    for (const char* mode : {"nearest", "linear", "cubic"})
      for (const char* at : {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                             "tf_half_pixel_for_nn"})
        for (const char* nearest : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}) {
          if (mode[0] != 'n' && nearest[0] != 'f') continue;
          made.push_back({{1, 2, 3, 4}, {1, 2, 7, 6}, {}, mode, at, nearest});
          made.push_back({{1, 2, 6, 8}, {1, 2, 3, 1}, {}, mode, at, nearest});
          made.push_back({{2, 5, 4}, {2, 10, 2}, {1, 2, 0.5F}, mode, at, nearest});
          made.push_back({{5}, {3}, {0.6F}, mode, at, nearest, 1});
        }
    for (const char* mode : {"nearest", "linear", "cubic"})
      made.push_back({{1, 1, 5, 6},
                      {1, 1, 4, 3},
                      {},
                      mode,
                      "tf_crop_and_resize",
                      "floor",
                      0,
                      {0, 0, 0.3F, -0.2F, 1, 1, 0.9F, 1.3F}});
    made.push_back({{2, 2, 2, 2, 2}, {4, 3, 2, 5, 1}, {}, "linear"});
    made.push_back({{2, 300}, {3, 610}, {}, "nearest"});
    made.push_back({{3, 150}, {7, 610}, {}, "linear"});
    made.push_back({{3, 150}, {7, 610}, {}, "cubic"});
    made.push_back({{1, 1, 4, 4}, {1, 1, 9, 9}, {}, "cubic", "half_pixel", "floor", 1});
    made.push_back({{1, 3}, {0, 3}, {}, "linear"});
    return made;
  }();
  return table;
}

struct Taps {
  bool is_outside = false;
  std::vector<std::pair<int64_t, double>> list;
};

double position(const Case& tried, size_t axis, double x) {
  const auto in = static_cast<double>(tried.from[axis]);
  const double scale = tried.scales.empty() ? static_cast<double>(tried.to[axis]) / in
                                            : static_cast<double>(tried.scales[axis]);
  const double out = tried.scales.empty() ? static_cast<double>(tried.to[axis]) : in * scale;
  const std::string mode = tried.coordinates;
  if (mode == "half_pixel") return (x + 0.5) / scale - 0.5;
  if (mode == "pytorch_half_pixel") return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
  if (mode == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
  if (mode == "asymmetric") return x / scale;
  if (mode == "align_corners") return out == 1 ? 0 : x * (in - 1) / (out - 1);
  const double start = static_cast<double>(tried.region[axis]);
  const double end = static_cast<double>(tried.region[axis + tried.from.size()]);
  return out == 1 ? 0.5 * (start + end) * (in - 1)
                  : start * (in - 1) + x * (end - start) * (in - 1) / (out - 1);
}

double cubic(double d) {  // with a = -0.75
  const double a = -0.75;
  if (d < 1) return (a + 2) * d * d * d - (a + 3) * d * d + 1;
  return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
}

Taps taps_of(const Case& tried, size_t axis, int64_t element_at) {
  const double at = position(tried, axis, static_cast<double>(element_at));
  const int64_t last = tried.from[axis] - 1;
  Taps taps;
  taps.is_outside = std::string(tried.coordinates) == "tf_crop_and_resize" &&
                    (at < 0 || at > static_cast<double>(last));
  const auto held = [&](int64_t i) { return std::min(std::max<int64_t>(i, 0), last); };
  const std::string nearest = tried.nearest;
  const auto below = static_cast<int64_t>(std::floor(at));
  const double part = at - std::floor(at);
  if (tried.mode[0] == 'n') {
    const bool goes_up = nearest == "ceil"                ? part > 0
                         : nearest == "round_prefer_ceil" ? part >= 0.5
                                                          : nearest != "floor" && part > 0.5;
    taps.list = {{held(below + (goes_up ? 1 : 0)), 1}};
    return taps;
  }
  const int64_t reach = tried.mode[0] == 'c' ? 2 : 1;
  double sum = 0;
  for (int64_t i = below + 1 - reach; i <= below + reach; ++i) {
    const double distance = std::fabs(at - static_cast<double>(i));
    const double weight = reach == 2 ? cubic(distance) : 1 - distance;
    if (tried.excludes != 0 && (i < 0 || i > last)) continue;
    taps.list.emplace_back(held(i), weight);
    sum += weight;
  }
  for (auto& tap : taps.list) tap.second /= tried.excludes != 0 ? sum : 1;
  return taps;
}

double expected(const Case& tried, const Tensor& x, const Shape& place) {
  std::vector<Taps> axes;
  for (size_t axis = 0; axis < place.size(); ++axis) {
    axes.push_back(taps_of(tried, axis, place[axis]));
    if (axes.back().is_outside) return 7.5;
  }
  double sum = 0;
  const std::function<void(Shape&, double)> add = [&](Shape& from, double weight) {
    if (from.size() == axes.size()) {
      sum += weight * element(x, static_cast<int64_t>(index_of(tried.from, from)));
      return;
    }
    for (const auto& [index, of_axis] : axes[from.size()].list) {
      from.push_back(index);
      add(from, weight * of_axis);
      from.pop_back();
    }
  };
  Shape from;
  add(from, 1);
  return sum;
}

TestNode node_of(const Case& tried, const Tensor& x) {
  const auto rank = static_cast<int64_t>(tried.from.size());
  TestNode node("Resize", 13, {x}, {wanted(x.type.dtype, tried.to)});
  const bool has_region = !tried.region.empty();
  node.add_input(has_region ? tensor<float>({2 * rank}, tried.region) : Tensor{}, has_region);
  const bool is_scaled = !tried.scales.empty();
  node.add_input(is_scaled ? tensor<float>({rank}, tried.scales) : Tensor{}, is_scaled);
  if (!is_scaled) node.add_input(tensor<int64_t>({rank}, tried.to), true);
  node.add("mode", tried.mode);
  node.add("coordinate_transformation_mode", tried.coordinates);
  node.add("nearest_mode", tried.nearest);
  node.add("exclude_outside", tried.excludes);
  node.add("extrapolation_value", 7.5F);
  return node;
}

template <class T>
void expect_case(const OpenDevice& device, const Case& tried) {
  SCOPED_TRACE(std::string(tried.mode) + " " + tried.coordinates + " " + tried.nearest);
  const Tensor x = noisy<T>(tried.from, 1);
  TestNode node = node_of(tried, x);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  const bool is_moved = tried.mode[0] == 'n';
  for (size_t i = 0; i < count_of(tried.to); ++i) {
    const double wanted_value = expected(tried, x, place_of(tried.to, i));
    const double u = unit_of(x.type.dtype) + 40 * unit_of_sums(x.type.dtype);
    ASSERT_NEAR(element(found, static_cast<int64_t>(i)), wanted_value, is_moved ? 0 : 4 * u)
        << "element " << i;
  }
}

TEST(Resize, Float32KeepsToTheFormulas) {
  const OpenDevice device(kSynchronousDevice);
  for_cases(cases().size(), [&](size_t i) { expect_case<float>(device, cases()[i]); });
}
TEST(Resize, Float64KeepsToTheFormulas) {
  const OpenDevice device(kSynchronousDevice);
  for_cases(cases().size(), [&](size_t i) { expect_case<double>(device, cases()[i]); });
}
TEST(Resize, Bfloat16IsStoredOnce) {
  const OpenDevice device(kSynchronousDevice);
  for_cases(cases().size(), [&](size_t i) { expect_case<Bfloat16>(device, cases()[i]); });
}

TEST(Resize, IntegersAreMoved) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = tensor<int8_t>({2, 2}, {1, -2, 3, -4});
  TestNode node = node_of({{2, 2}, {4, 2}, {}, "nearest", "asymmetric", "floor"}, x);
  EXPECT_EQ(TestKernel(device, node).run().as<int8_t>(),
            (std::vector<int8_t>{1, -2, 1, -2, 3, -4, 3, -4}));
  EXPECT_EQ(refusal(node_of({{2, 2}, {4, 2}, {}, "linear"}, x)),
            "Resize: linear and cubic only of floating-point numbers, not int8");
}

TEST(Resize, AnElementAtItsOwnPlaceIsNotMixedWithInfinities) {
  const OpenDevice device(kSynchronousDevice);
  const float infinity = INFINITY;
  const Tensor x = tensor<float>({3}, {1, infinity, 2});
  TestNode node = node_of({{3}, {5}, {}, "linear", "align_corners"}, x);
  EXPECT_EQ(TestKernel(device, node).run().as<float>(),
            (std::vector<float>{1, infinity, infinity, infinity, 2}));
}

TEST(Resize, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  const Case tried = {{2, 3, 4}, {2, 5, 9}, {}, "linear"};
  const Tensor x = noisy<float>(tried.from, 1);
  TestNode node = node_of(tried, x);
  const std::vector<char> known = TestKernel(device, node).run().bytes;
  node.has_unknown_sizes = true;
  node.inputs.resize(1);
  node.constant.resize(1);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  EXPECT_EQ(kernel.info().scratch_size, BP_SIZE_UNKNOWN);
  EXPECT_EQ(kernel.run().bytes, known);
}

TEST(Resize, WordsThatNobodyKnowsAreRefused) {
  const Tensor x = noisy<float>({2}, 1);
  EXPECT_EQ(refusal(node_of({{2}, {4}, {}, "area"}, x)),
            "Resize: mode area is not one of the definition's");
  EXPECT_EQ(refusal(node_of({{2}, {4}, {}, "cubic", "half_pixel_symmetric"}, x)),
            "Resize: coordinate_transformation_mode half_pixel_symmetric is not one of the "
            "definition's");
}

}  // namespace
}  // namespace backplane::cpu::testing
