// Conv against the definition, cell by cell, in long double.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;        // [N, C, ...]
  Shape weights;  // [O, C/group, ...]
  int64_t group = 1;
  Shape strides = {};  // empty, here and below: not given
  Shape dilations = {};
  Shape pads = {};
  std::string auto_pad = {};
  bool has_bias = true;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {
      // 2-D
      {{1, 1, 5, 5}, {1, 1, 3, 3}},
      {{2, 3, 7, 9}, {4, 3, 3, 3}},
      {{1, 16, 13, 11}, {19, 16, 3, 3}},
      {{1, 17, 13, 11}, {19, 17, 3, 3}, 1, {}, {}, {1, 1, 1, 1}},
      {{1, 17, 13, 11}, {19, 17, 3, 3}, 1, {2, 3}, {}, {1, 2, 0, 1}},
      {{1, 8, 14, 9}, {8, 8, 3, 3}, 1, {}, {2, 2}, {2, 2, 2, 2}},
      {{1, 8, 14, 9}, {8, 8, 3, 3}, 1, {2, 1}, {2, 3}, {0, 3, 1, 0}},
      {{2, 8, 14, 9}, {8, 8, 5, 1}, 1, {}, {}, {2, 0, 2, 0}},
      {{2, 8, 14, 9}, {8, 8, 1, 7}, 1, {}, {}, {0, 3, 0, 3}, "", false},
      {{1, 4, 6, 6}, {4, 4, 2, 2}, 1, {2, 2}, {}, {0, 0, 0, 0}},
      {{1, 4, 6, 6}, {4, 4, 4, 4}, 1, {2, 2}, {}, {1, 1, 1, 1}},
      {{1, 4, 1, 33}, {4, 4, 1, 3}, 1, {}, {}, {0, 1, 0, 1}},
      {{1, 4, 33, 1}, {4, 4, 3, 1}},
      {{3, 5, 10, 10}, {6, 5, 10, 10}},
      {{1, 3, 32, 31}, {16, 3, 7, 7}, 1, {2, 2}, {}, {3, 3, 3, 3}},
      {{1, 3, 33, 30}, {8, 3, 3, 3}, 1, {2, 2}, {}, {1, 1, 1, 1}, "", false},
      {{1, 1, 28, 28}, {8, 1, 5, 5}, 1, {}, {}, {}, "SAME_UPPER"},
      {{1, 2, 20, 17}, {5, 2, 3, 5}, 1, {}, {}, {2, 4, 2, 4}},
      // 1x1
      {{1, 64, 9, 10}, {32, 64, 1, 1}},
      {{2, 33, 9, 10}, {31, 33, 1, 1}, 1, {}, {}, {}, "", false},
      {{2, 33, 9, 10}, {31, 33, 1, 1}, 1, {2, 2}},
      {{1, 8, 9, 10}, {4, 8, 1, 1}, 1, {}, {}, {1, 1, 1, 1}},
      // auto_pad
      {{1, 6, 10, 11}, {6, 6, 3, 4}, 1, {}, {}, {}, "SAME_UPPER"},
      {{1, 6, 10, 11}, {6, 6, 3, 4}, 1, {}, {}, {}, "SAME_LOWER"},
      {{1, 6, 10, 11}, {6, 6, 3, 4}, 1, {2, 3}, {}, {}, "SAME_UPPER"},
      {{1, 6, 10, 11}, {6, 6, 3, 4}, 1, {3, 2}, {}, {}, "SAME_LOWER"},
      {{1, 6, 10, 11}, {6, 6, 3, 4}, 1, {2, 2}, {}, {}, "VALID"},
      {{1, 6, 10, 11}, {6, 6, 3, 3}, 1, {1, 1}, {2, 2}, {}, "SAME_UPPER"},
      // groups
      {{1, 6, 8, 7}, {4, 3, 3, 3}, 2},
      {{2, 12, 8, 7}, {9, 4, 3, 3}, 3, {2, 1}, {}, {1, 1, 1, 1}},
      {{1, 32, 9, 9}, {32, 8, 3, 3}, 4, {}, {}, {1, 1, 1, 1}, "", false},
      {{1, 32, 9, 9}, {64, 16, 1, 1}, 2},
      {{1, 17, 9, 10}, {17, 1, 3, 3}, 17, {}, {}, {1, 1, 1, 1}},
      {{2, 16, 9, 10}, {16, 1, 3, 3}, 16, {2, 2}, {}, {1, 1, 1, 1}},
      {{1, 16, 19, 20}, {16, 1, 5, 5}, 16, {}, {}, {2, 2, 2, 2}, "", false},
      {{1, 16, 19, 20}, {16, 1, 3, 3}, 16, {1, 3}, {2, 2}, {2, 2, 2, 2}},
      {{1, 16, 19, 20}, {16, 1, 7, 4}, 16, {3, 2}, {1, 2}, {3, 0, 1, 5}},
      {{1, 2, 3, 700}, {2, 1, 3, 3}, 2, {}, {}, {1, 1, 1, 1}},
      {{1, 2, 3, 1300}, {2, 1, 2, 600}, 2, {1, 2}},
      {{1, 8, 6, 6}, {16, 1, 3, 3}, 8},
      {{1, 3, 40, 41}, {3, 1, 3, 3}, 3, {}, {}, {1, 1, 1, 1}},
      {{2, 3, 9, 83}, {3, 1, 3, 3}, 3, {2, 2}, {}, {1, 1, 1, 1}, "", false},
      {{1, 3, 17, 90}, {3, 1, 5, 5}, 3, {1, 2}, {2, 3}, {4, 0, 1, 6}},
      {{1, 3, 33, 300}, {3, 1, 5, 5}, 3, {2, 1}, {}, {2, 2, 2, 2}},
      {{1, 2, 3, 45}, {2, 1, 5, 5}, 2, {}, {}, {}, "SAME_LOWER"},
      {{1, 2, 30, 601}, {2, 1, 3, 3}, 2, {2, 2}, {3, 1}, {3, 2, 0, 1}},
      // 1-D and 3-D
      {{2, 5, 40}, {7, 5, 3}},
      {{2, 5, 40}, {7, 5, 4}, 1, {2}, {3}, {4, 1}},
      {{1, 32, 101}, {32, 32, 5}, 1, {}, {}, {2, 2}},
      {{1, 32, 101}, {32, 1, 5}, 32, {}, {}, {2, 2}},
      {{1, 16, 50}, {8, 16, 1}},
      {{1, 5, 40}, {7, 5, 3}, 1, {2}, {}, {}, "SAME_LOWER"},
      {{1, 3, 6, 7, 8}, {5, 3, 3, 3, 3}, 1, {}, {}, {1, 1, 1, 1, 1, 1}},
      {{1, 4, 6, 7, 8}, {6, 2, 2, 3, 1}, 2, {2, 1, 3}, {1, 2, 1}, {0, 1, 2, 1, 0, 0}},
      {{1, 16, 5, 6, 7}, {16, 16, 1, 1, 1}},
      {{1, 16, 5, 6, 7}, {16, 1, 3, 3, 3}, 16, {}, {}, {1, 1, 1, 1, 1, 1}},
      // no elements
      {{0, 3, 5, 5}, {4, 3, 3, 3}},
      {{2, 0, 5, 5}, {4, 0, 3, 3}},
      {{2, 3, 5, 5}, {0, 3, 3, 3}}};
  return table;
}

// One spatial axis, worked out anew.
struct Axis {
  int64_t input, size, stride, dilation, pad_begin, output;

  Axis(const Case& tried, size_t axis, size_t rank) {
    input = tried.x[2 + axis];
    size = tried.weights[2 + axis];
    stride = tried.strides.empty() ? 1 : tried.strides[axis];
    dilation = tried.dilations.empty() ? 1 : tried.dilations[axis];
    const int64_t span = (size - 1) * dilation + 1;
    pad_begin = tried.pads.empty() ? 0 : tried.pads[axis];
    int64_t pad_end = tried.pads.empty() ? 0 : tried.pads[rank + axis];
    if (tried.auto_pad.rfind("SAME", 0) == 0) {
      output = (input + stride - 1) / stride;
      const int64_t total = std::max<int64_t>(0, (output - 1) * stride + span - input);
      pad_begin = tried.auto_pad == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
      pad_end = total - pad_begin;
    }
    output = (input + pad_begin + pad_end - span) / stride + 1;
  }
};

struct Reference {
  std::vector<Axis> axes;  // always three
  Shape output;

  explicit Reference(const Case& tried) : output{tried.x[0], tried.weights[0]} {
    const size_t rank = tried.x.size() - 2;
    const Case trivial = {{1, 1, 1}, {1, 1, 1}};
    for (size_t i = rank; i < 3; ++i) axes.emplace_back(trivial, 0, 1);
    for (size_t i = 0; i < rank; ++i) {
      axes.emplace_back(tried, i, rank);
      output.push_back(axes.back().output);
    }
  }
};

void expect_convolution(const Case& tried, const Tensor& x, const Tensor& w, const Tensor& bias,
                        const Tensor& found) {
  const Reference reference(tried);
  const std::vector<double> xs = numbers_of(x), ws = numbers_of(w);
  const auto& [d, h, l] = std::tie(reference.axes[0], reference.axes[1], reference.axes[2]);
  const int64_t channels = tried.weights[1], outputs = tried.weights[0];
  int64_t at = 0;
  for (int64_t n = 0; n < tried.x[0]; ++n)
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t od = 0; od < d.output; ++od)
        for (int64_t oh = 0; oh < h.output; ++oh)
          for (int64_t ol = 0; ol < l.output; ++ol, ++at) {
            long double sum = tried.has_bias ? element(bias, o) : 0;
            long double magnitude = std::fabs(sum);
            const int64_t first = n * tried.x[1] + o / (outputs / tried.group) * channels;
            for (int64_t c = 0; c < channels; ++c)
              for (int64_t kd = 0; kd < d.size; ++kd)
                for (int64_t kh = 0; kh < h.size; ++kh)
                  for (int64_t kl = 0; kl < l.size; ++kl) {
                    const int64_t id = od * d.stride + kd * d.dilation - d.pad_begin;
                    const int64_t ih = oh * h.stride + kh * h.dilation - h.pad_begin;
                    const int64_t il = ol * l.stride + kl * l.dilation - l.pad_begin;
                    if (id < 0 || id >= d.input || ih < 0 || ih >= h.input || il < 0 ||
                        il >= l.input)
                      continue;
                    const int64_t x_at =
                        (((first + c) * d.input + id) * h.input + ih) * l.input + il;
                    const int64_t w_at =
                        (((o * channels + c) * d.size + kd) * h.size + kh) * l.size + kl;
                    const auto product = static_cast<long double>(xs[static_cast<size_t>(x_at)]) *
                                         static_cast<long double>(ws[static_cast<size_t>(w_at)]);
                    sum += product;
                    magnitude += std::fabs(product);
                  }
            const auto terms = static_cast<double>(channels * d.size * h.size * l.size + 1);
            ASSERT_TRUE(is_within(element(found, at), sum,
                                  bound_of(found.type.dtype, terms, magnitude, sum)))
                << "element " << at;
          }
}

TestNode conv_node(const Case& tried, const Tensor& x, const Tensor& w, const Tensor& bias,
                   const Shape& output, bool is_constant) {
  std::vector<Tensor> inputs = {x, w};
  if (tried.has_bias) inputs.push_back(bias);
  TestNode node("Conv", 11, inputs, {wanted(x.type.dtype, output)});
  node.constant[1] = is_constant;
  node.add("group", tried.group);
  if (!tried.strides.empty()) node.add("strides", tried.strides);
  if (!tried.dilations.empty()) node.add("dilations", tried.dilations);
  if (!tried.pads.empty()) node.add("pads", tried.pads);
  node.add("auto_pad", tried.auto_pad.empty() ? "NOTSET" : tried.auto_pad.c_str());
  return node;
}

template <class T>
void expect_case(size_t number, bool is_constant) {
  const Case& tried = cases()[number];
  const OpenDevice device(kSynchronousDevice);
  for (const bool is_whole : {false, true}) {
    const auto fill = is_whole ? whole<T> : noisy<T>;
    const Tensor x = fill(tried.x, 1), w = fill(tried.weights, 2);
    const Tensor bias = fill({tried.weights[0]}, 3);
    TestNode node = conv_node(tried, x, w, bias, Reference(tried).output, is_constant);
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    const Tensor found = kernel.run();
    expect_convolution(tried, x, w, bias, found);
  }
}

TEST(Conv, Float32IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, false); });
}
TEST(Conv, Float32WithConstantWeightsIsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, true); });
}
TEST(Conv, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<double>(i, false); });
}
TEST(Conv, Float16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Half>(i, false); });
}
TEST(Conv, Bfloat16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Bfloat16>(i, true); });
}

std::string reason_of(const Case& tried, const Shape& output, bp_dtype_t dtype) {
  return refusal(conv_node(tried, wanted(dtype, tried.x), wanted(dtype, tried.weights),
                           wanted(dtype, {tried.weights[0]}), output, false));
}

TEST(Conv, WhatDoesNotFitIsRefusedInWords) {
  const bp_dtype_t f32 = BP_DTYPE_FLOAT32;
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 2, 3, 3}}, {1, 4, 3, 3}, f32),
            "Conv: input float32[1,3,5,5] and weights float32[4,2,3,3] do not fit group 1");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}, 0}, {1, 4, 3, 3}, f32),
            "Conv: input float32[1,3,5,5] and weights float32[4,3,3,3] do not fit group 0");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}, 1, {}, {}, {-1, 0, 0, 0}}, {1, 4, 2, 3}, f32),
            "Conv: pads of -1 is not from 0 to 2147483647");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}, 1, {0, 1}}, {1, 4, 3, 3}, f32),
            "Conv: strides of 0 is not from 1 to 2147483647");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}, 1, {1}}, {1, 4, 3, 3}, f32),
            "Conv: strides has 1 entries, not 2");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}, 1, {}, {}, {}, "MIDDLE"}, {1, 4, 3, 3}, f32),
            "Conv: auto_pad \"MIDDLE\" is none that ONNX defines");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}}, {1, 4, 4, 3}, f32),
            "Conv: an axis of 5 does not give 4 windows of 3");
  EXPECT_EQ(reason_of({{1, 3, 5, 5, 5, 5}, {4, 3, 3, 3, 3, 3}}, {1, 4, 3, 3, 3, 3}, f32),
            "Conv: only 1 to 3 spatial axes, not input float32[1,3,5,5,5,5]");
  EXPECT_EQ(reason_of({{1, 3, 5, 5}, {4, 3, 3, 3}}, {1, 4, 3, 3}, BP_DTYPE_INT32),
            "Conv: only floating-point numbers, not int32");
  EXPECT_EQ(reason_of({{-1, 3, 5, 5}, {4, 3, 3, 3}}, {-1, 4, 3, 3}, f32),
            "Conv: unknown sizes are not served: float32[?,3,5,5]");
}

TEST(Conv, ConstantWeightsArePackedOnceAndShared) {
  const OpenDevice device(kSynchronousDevice);
  const Case tried = {{1, 32, 9, 9}, {48, 32, 3, 3}};
  const Tensor x = noisy<float>(tried.x, 1), w = noisy<float>(tried.weights, 2);
  TestNode node = conv_node(tried, x, w, noisy<float>({48}, 3), {1, 48, 7, 7}, true);
  node.constant_ids[1] = 9;
  const TestKernel first(device, node), second(device, node);
  EXPECT_TRUE(first.is_baked(1));
  EXPECT_GE(first.info().device_memory_size, 48U * 32U * 9U * 4U);
  EXPECT_EQ(second.info().device_memory_size, 0U);
  EXPECT_EQ(first.run().bytes, second.run().bytes);
}

TEST(Conv, SubnormalNumbersAreKept) {
  for (const Case& tried : std::vector<Case>{{{1, 32, 9, 9}, {32, 32, 3, 3}},
                                             {{1, 32, 9, 9}, {32, 32, 1, 1}},
                                             {{1, 32, 9, 9}, {32, 1, 3, 3}, 32},
                                             {{1, 3, 20, 20}, {16, 3, 3, 3}}}) {
    const OpenDevice device(kSynchronousDevice);
    const Tensor x = filled<float>(tried.x, [](int64_t) { return 0x1p-140F; });
    const Tensor w = filled<float>(tried.weights, [](int64_t) { return 1.0F; });
    const Tensor bias = filled<float>({tried.weights[0]}, [](int64_t) { return 0x1p-149F; });
    TestNode node = conv_node(tried, x, w, bias, Reference(tried).output, true);
    const TestKernel kernel(device, node);
    const Tensor found = kernel.run();
    const auto cells = static_cast<double>(tried.weights[1] * tried.weights[2] * tried.weights[3]);
    EXPECT_EQ(element(found, count_of(found) / 2), cells * 0x1p-140 + 0x1p-149);
  }
}

TEST(Conv, FourThreadsOnOneKernelGiveTheSameBytes) {
  const OpenDevice device(kSynchronousDevice);
  const Case tried = {{1, 33, 20, 21}, {35, 33, 3, 3}, 1, {}, {}, {1, 1, 1, 1}};
  const Tensor x = noisy<float>(tried.x, 1), w = noisy<float>(tried.weights, 2);
  const Tensor bias = noisy<float>({35}, 3);
  TestNode node = conv_node(tried, x, w, bias, Reference(tried).output, true);
  expect_same_bytes_from_four_threads(node);
}

}  // namespace
}  // namespace backplane::cpu::testing
