// MaxPool, AveragePool and GlobalAveragePool against the definition, cell by cell.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;  // [N, C, ...]
  Shape kernel;
  Shape strides = {};  // empty, here and below: not given
  Shape pads = {};
  Shape dilations = {};  // of MaxPool alone
  std::string auto_pad = {};
  bool is_ceil_mode = false;
  bool counts_padding = false;
  bool is_column_major = false;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {
      // 2-D
      {{1, 1, 4, 4}, {2, 2}},
      {{2, 3, 7, 9}, {3, 3}},
      {{2, 3, 7, 9}, {3, 2}, {2, 3}},
      {{1, 5, 8, 7}, {3, 3}, {1, 1}, {1, 1, 1, 1}},
      {{1, 5, 8, 7}, {3, 3}, {2, 2}, {1, 1, 1, 1}},
      {{1, 5, 8, 7}, {3, 3}, {2, 2}, {0, 1, 2, 0}},
      {{1, 5, 8, 7}, {3, 5}, {1, 2}, {2, 4, 0, 1}, {}, "", false, true},
      {{1, 5, 8, 7}, {3, 3}, {2, 2}, {1, 1, 1, 1}, {}, "", true},
      {{1, 5, 8, 7}, {3, 3}, {2, 2}, {1, 1, 1, 1}, {}, "", true, true},
      {{1, 5, 8, 8}, {3, 3}, {3, 3}, {}, {}, "", true},
      {{1, 5, 8, 8}, {3, 3}, {3, 3}, {1, 0, 0, 1}, {}, "", true, true},
      {{1, 2, 4, 4}, {1, 1}, {2, 2}, {}, {}, "", true},
      {{1, 2, 2, 2}, {1, 1}, {2, 2}, {}, {}, "", true},
      {{1, 2, 9, 8}, {3, 3}, {1, 1}, {}, {2, 2}},
      {{1, 2, 9, 8}, {3, 2}, {2, 1}, {2, 1, 2, 1}, {2, 3}, "", true},
      {{1, 2, 9, 8}, {2, 3}, {3, 1}, {1, 1, 1, 1}, {3, 2}, "", false, false, true},
      {{1, 2, 6, 5}, {6, 5}},
      {{1, 2, 6, 5}, {8, 7}, {1, 1}, {1, 1, 1, 1}},
      {{1, 2, 6, 5}, {8, 7}, {1, 1}, {1, 1, 1, 1}, {}, "", false, true},
      {{1, 2, 1, 37}, {1, 3}, {1, 1}, {0, 1, 0, 1}},
      {{1, 2, 37, 1}, {3, 1}, {2, 1}, {1, 0, 1, 0}},
      {{1, 2, 5, 6}, {2, 2}, {2, 2}, {1, 1, 0, 0}, {}, "", false, false, true},
      {{3, 4, 112, 13}, {3, 3}, {2, 2}, {1, 1, 1, 1}},
      {{1, 3, 5, 1200}, {3, 3}, {1, 1}, {1, 1, 1, 1}},
      {{1, 3, 5, 1201}, {2, 4}, {2, 3}, {0, 2, 1, 0}},
      {{1, 2, 3, 900}, {2, 600}, {1, 7}, {0, 5, 0, 5}, {}, "", false, true},
      {{1, 2, 3, 900}, {1, 3}, {1, 7}, {}, {1, 300}},
      // auto_pad
      {{1, 2, 10, 11}, {3, 4}, {1, 1}, {}, {}, "SAME_UPPER"},
      {{1, 2, 10, 11}, {3, 4}, {1, 1}, {}, {}, "SAME_LOWER"},
      {{1, 2, 10, 11}, {2, 2}, {2, 3}, {}, {}, "SAME_UPPER", false, true},
      {{1, 2, 10, 11}, {2, 2}, {3, 2}, {}, {}, "SAME_LOWER"},
      {{1, 2, 10, 11}, {2, 2}, {2, 2}, {}, {}, "VALID"},
      {{1, 2, 10, 11}, {1, 1}, {3, 3}, {}, {}, "SAME_UPPER"},
      // 1-D and 3-D
      {{2, 3, 32}, {2}},
      {{2, 3, 33}, {4}, {3}, {2, 1}},
      {{2, 3, 33}, {4}, {3}, {2, 1}, {}, "", true, true},
      {{2, 3, 33}, {4}, {1}, {}, {}, "SAME_LOWER"},
      {{1, 2, 5, 6, 7}, {2, 2, 2}},
      {{1, 2, 5, 6, 7}, {3, 2, 3}, {2, 1, 3}, {1, 0, 1, 1, 1, 0}},
      {{1, 2, 5, 6, 7}, {3, 2, 3}, {2, 1, 3}, {1, 0, 1, 1, 1, 0}, {}, "", true, true, true},
      {{1, 2, 5, 6, 7}, {2, 2, 2}, {1, 2, 1}, {}, {2, 1, 3}, "", false, false, true},
      {{1, 2, 5, 6, 7}, {3, 3, 3}, {2, 2, 2}, {}, {}, "SAME_UPPER"},
      // no elements
      {{0, 3, 5, 5}, {3, 3}},
      {{2, 0, 5, 5}, {3, 3}}};
  return table;
}

struct Axis {
  int64_t input, size, stride, dilation, pad_begin, pad_end, output;

  Axis(const Case& tried, size_t axis, size_t rank, bool is_dilated) {
    input = tried.x[2 + axis];
    size = tried.kernel[axis];
    stride = tried.strides.empty() ? 1 : tried.strides[axis];
    dilation = !is_dilated || tried.dilations.empty() ? 1 : tried.dilations[axis];
    pad_begin = tried.pads.empty() ? 0 : tried.pads[axis];
    pad_end = tried.pads.empty() ? 0 : tried.pads[rank + axis];
    const int64_t span = (size - 1) * dilation + 1;
    if (tried.auto_pad.rfind("SAME", 0) == 0) {
      output = (input + stride - 1) / stride;
      const int64_t total = std::max<int64_t>(0, (output - 1) * stride + span - input);
      pad_begin = tried.auto_pad == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
      pad_end = total - pad_begin;
    }
    const double room = static_cast<double>(input + pad_begin + pad_end - span);
    const double steps = room / static_cast<double>(stride);
    output = static_cast<int64_t>(tried.is_ceil_mode ? std::ceil(steps) : std::floor(steps)) + 1;
  }
};

struct Reference {
  std::vector<Axis> axes;  // always three
  Shape output;

  Reference(const Case& tried, bool is_dilated) : output{tried.x[0], tried.x[1]} {
    const size_t rank = tried.kernel.size();
    for (size_t i = rank; i < 3; ++i) axes.emplace_back(Case{{1, 1, 1}, {1}}, 0, 1, false);
    for (size_t i = 0; i < rank; ++i) {
      axes.emplace_back(tried, i, rank, is_dilated);
      output.push_back(axes.back().output);
    }
  }

  // Calls body(plane, output's number, cells as (index in the tensor, index by columns), cells that
  // count) for every output.
  template <class Body>
  void for_windows(const Body& body) const {
    const auto& [d, h, l] = std::tie(axes[0], axes[1], axes[2]);
    int64_t number = 0;
    for (int64_t plane = 0; plane < output[0] * output[1]; ++plane)
      for (int64_t od = 0; od < d.output; ++od)
        for (int64_t oh = 0; oh < h.output; ++oh)
          for (int64_t ol = 0; ol < l.output; ++ol, ++number) {
            std::vector<std::pair<int64_t, int64_t>> cells;
            int64_t counted = 0;
            for (int64_t kd = 0; kd < d.size; ++kd)
              for (int64_t kh = 0; kh < h.size; ++kh)
                for (int64_t kl = 0; kl < l.size; ++kl) {
                  const int64_t id = od * d.stride + kd * d.dilation - d.pad_begin;
                  const int64_t ih = oh * h.stride + kh * h.dilation - h.pad_begin;
                  const int64_t il = ol * l.stride + kl * l.dilation - l.pad_begin;
                  counted += id < d.input + d.pad_end && ih < h.input + h.pad_end &&
                             il < l.input + l.pad_end;
                  if (id < 0 || id >= d.input || ih < 0 || ih >= h.input || il < 0 || il >= l.input)
                    continue;
                  const int64_t base = plane * d.input * h.input * l.input;
                  cells.emplace_back(base + (id * h.input + ih) * l.input + il,
                                     base + id + d.input * (ih + h.input * il));
                }
            body(number, cells, counted);
          }
  }
};

TestNode pool_node(const char* op, uint32_t since, const Case& tried, const Tensor& x,
                   const Shape& output) {
  TestNode node(op, since, {x}, {wanted(x.type.dtype, output)});
  node.add("kernel_shape", tried.kernel);
  if (!tried.strides.empty()) node.add("strides", tried.strides);
  if (!tried.pads.empty()) node.add("pads", tried.pads);
  node.add("auto_pad", tried.auto_pad.empty() ? "NOTSET" : tried.auto_pad.c_str());
  node.add("ceil_mode", int64_t{tried.is_ceil_mode});
  return node;
}

TestNode max_pool_node(const Case& tried, const Tensor& x, const Shape& output, bool has_indices) {
  TestNode node = pool_node("MaxPool", 12, tried, x, output);
  if (!tried.dilations.empty()) node.add("dilations", tried.dilations);
  node.add("storage_order", int64_t{tried.is_column_major});
  node.outputs.push_back(has_indices ? wanted(BP_DTYPE_INT64, output) : Tensor());
  return node;
}

template <class T>
void expect_max_pool(const Case& tried, bool has_indices) {
  const OpenDevice device(kSynchronousDevice);
  const Reference reference(tried, true);
  const Tensor x = noisy<T>(tried.x, 1);
  TestNode node = max_pool_node(tried, x, reference.output, has_indices);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const std::vector<Tensor> found = kernel.run(node.inputs, node.outputs);
  reference.for_windows([&](int64_t number, const auto& cells, int64_t) {
    double best = kIsFloat<T> ? -std::numeric_limits<double>::infinity()
                              : static_cast<double>(std::numeric_limits<Computed<T>>::lowest());
    int64_t index = -1;
    for (const auto& [at, by_columns] : cells)
      if (index < 0 || element(x, at) > best) {
        best = element(x, at);
        index = tried.is_column_major ? by_columns : at;
      }
    EXPECT_EQ(element(found[0], number), best) << "element " << number;
    if (!has_indices) return;
    EXPECT_EQ(at<int64_t>(found[1], number), index) << "element " << number;
  });
}

template <class T>
void expect_average_pool(const Case& tried) {
  const OpenDevice device(kSynchronousDevice);
  const Reference reference(tried, false);
  const Tensor x = noisy<T>(tried.x, 1);
  TestNode node = pool_node("AveragePool", 11, tried, x, reference.output);
  node.add("count_include_pad", int64_t{tried.counts_padding});
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  reference.for_windows([&](int64_t number, const auto& cells, int64_t counted) {
    long double sum = 0, magnitude = 0;
    for (const auto& [at, by_columns] : cells) {
      sum += static_cast<long double>(element(x, at));
      magnitude += std::fabs(static_cast<long double>(element(x, at)));
    }
    const auto count =
        static_cast<long double>(tried.counts_padding ? counted : int64_t(cells.size()));
    ASSERT_TRUE(is_within(element(found, number), sum / count,
                          bound_of(found.type.dtype, static_cast<double>(cells.size()) + 1,
                                   magnitude / count, sum / count)))
        << "element " << number;
  });
}

TEST(MaxPool, MaximaAreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<float>(cases()[i], false); });
}
TEST(MaxPool, MaximaAndTheirIndicesAreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<float>(cases()[i], true); });
}
TEST(MaxPool, MaximaOfFloat64AreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<double>(cases()[i], false); });
}
TEST(MaxPool, MaximaOfFloat16AreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<Half>(cases()[i], false); });
}
TEST(MaxPool, MaximaOfInt8AreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<int8_t>(cases()[i], true); });
}
TEST(MaxPool, MaximaOfUint8AreExact) {
  for_cases(cases().size(), [](size_t i) { expect_max_pool<uint8_t>(cases()[i], false); });
}
TEST(AveragePool, MeansOfFloat32AreWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_average_pool<float>(cases()[i]); });
}
TEST(AveragePool, MeansOfFloat64AreWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_average_pool<double>(cases()[i]); });
}
TEST(AveragePool, MeansOfFloat16AreWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_average_pool<Half>(cases()[i]); });
}

TEST(MaxPool, OfNothingButMinusInfinityIsMinusInfinity) {
  const float lowest = -std::numeric_limits<float>::infinity();
  for (const bool has_indices : {false, true}) {
    const OpenDevice device(kSynchronousDevice);
    const Tensor x = filled<float>({1, 1, 4, 40}, [&](int64_t) { return lowest; });
    TestNode node = max_pool_node({{1, 1, 4, 40}, {2, 2}}, x, {1, 1, 3, 39}, has_indices);
    const TestKernel kernel(device, node);
    const std::vector<Tensor> found = kernel.run(node.inputs, node.outputs);
    EXPECT_EQ(element(found[0], 20), lowest);
    if (has_indices) {
      EXPECT_EQ(at<int64_t>(found[1], 38), 38);
    }
  }
}

TEST(MaxPool, KeepsANanAndTheIndexOfTheFirst) {
  const Tensor x = filled<float>({1, 1, 3, 40}, [](int64_t i) {
    return i == 41 || i == 42 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(i);
  });
  for (const bool has_indices : {false, true}) {
    const OpenDevice device(kSynchronousDevice);
    TestNode node = max_pool_node({{1, 1, 3, 40}, {2, 2}}, x, {1, 1, 2, 39}, has_indices);
    const TestKernel kernel(device, node);
    const std::vector<Tensor> found = kernel.run(node.inputs, node.outputs);
    for (const int64_t window : {0, 1, 2, 39, 40, 41})
      EXPECT_TRUE(std::isnan(element(found[0], window)));
    EXPECT_EQ(element(found[0], 3), 44.0);
    if (has_indices) {
      EXPECT_EQ(at<int64_t>(found[1], 1), 41);
      EXPECT_EQ(at<int64_t>(found[1], 2), 42);
    }
  }
}

TEST(Pool, WhatDoesNotFitIsRefusedInWords) {
  const auto reason = [](const Case& tried, const Shape& output, bp_dtype_t dtype) {
    return refusal(max_pool_node(tried, wanted(dtype, tried.x), output, false));
  };
  const bp_dtype_t f32 = BP_DTYPE_FLOAT32;
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3, 3}, {}, {0, -1, 0, 0}}, {1, 1, 3, 2}, f32),
            "MaxPool: pads of -1 is not from 0 to 2147483647");
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3}}, {1, 1, 3, 3}, f32),
            "MaxPool: kernel_shape has 1 entries, not 2");
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3, 0}}, {1, 1, 3, 6}, f32),
            "MaxPool: sizes of spatial axes and windows are from 1 to 2147483647");
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3, 3}}, {1, 1, 3, 4}, f32),
            "MaxPool: an axis of 5 does not give 4 windows of 3");
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3, 3}}, {1, 2, 3, 3}, f32),
            "MaxPool: float32[1,1,5,5] does not give float32[1,2,3,3]");
  EXPECT_EQ(reason({{1, 1, 5, 5}, {3, 3}}, {1, 1, 3, 3}, BP_DTYPE_INT32),
            "MaxPool: only floating-point numbers, int8 and uint8, not int32");
  EXPECT_EQ(reason({{1, 1, 5}, {INT64_MAX}, {1}, {0, 0}, {INT64_MAX}}, {1, 1, 3}, f32),
            "MaxPool: dilations of 9223372036854775807 is not from 1 to 2147483647");
  EXPECT_EQ(reason({{1, 1, -1, 5}, {3, 3}}, {1, 1, -1, 3}, f32),
            "MaxPool: unknown sizes are not served: float32[1,1,?,5]");
  EXPECT_EQ(reason({{1, 1}, {}}, {1, 1}, f32),
            "MaxPool: only 1 to 3 spatial axes, not input float32[1,1]");
}

TEST(GlobalAveragePool, IsTheMeanOfEachPlane) {
  for (const Shape& shape : std::vector<Shape>{{1, 1, 1, 1},
                                               {2, 3, 7, 7},
                                               {1, 2048, 7, 7},
                                               {3, 2, 100},
                                               {1, 2, 3, 4, 5},
                                               {2, 5},
                                               {1, 2, 0, 3}}) {
    const OpenDevice device(kSynchronousDevice);
    const Tensor x = noisy<float>(shape, 1);
    Shape output(shape.size(), 1);
    output[0] = shape[0];
    output[1] = shape[1];
    TestNode node("GlobalAveragePool", 1, {x}, {wanted(BP_DTYPE_FLOAT32, output)});
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    const Tensor found = kernel.run();
    const int64_t size = count_of(found) == 0 ? 0 : count_of(x) / count_of(found);
    for (int64_t plane = 0; plane < count_of(found); ++plane) {
      long double sum = 0;
      for (int64_t i = 0; i < size; ++i)
        sum += static_cast<long double>(element(x, plane * size + i));
      const long double mean = sum / static_cast<long double>(size);
      // Summed in double: one rounding, and next to nothing.
      ASSERT_TRUE(is_within(element(found, plane), mean,
                            static_cast<double>(std::fabs(mean)) * 0x1.001p-24 + 0x1p-45));
    }
  }
}

TEST(MaxPool, FourThreadsOnOneKernelGiveTheSameBytes) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<float>({1, 64, 56, 57}, 1);
  TestNode node =
      max_pool_node({{1, 64, 56, 57}, {3, 3}, {2, 2}, {1, 1, 1, 1}}, x, {1, 64, 28, 29}, false);
  expect_same_bytes_from_four_threads(node);
}

}  // namespace
}  // namespace backplane::cpu::testing
