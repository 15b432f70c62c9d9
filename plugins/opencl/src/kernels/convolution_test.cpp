// Every tiling with a panel that the device runs, against sums in double over the definition.
#include "convolution.hpp"

#include "test_device.hpp"

namespace backplane::opencl {
namespace {

using testing::DeviceTensor;
using testing::Expected;
using testing::random_numbers;
using testing::Shape;

struct Case {
  const char* name;
  Channels channels;
  Window rows, columns;
};

// An axis with the output that its other sizes give.
Window axis(cl_long input, cl_long size, cl_long stride, cl_long dilation, cl_long pad_begin,
            cl_long pad_end) {
  const cl_long span = (size - 1) * dilation + 1;
  const cl_long output = (input + pad_begin + pad_end - span) / stride + 1;
  return {input, output, size, stride, dilation, pad_begin, pad_end};
}
Window axis(cl_long input, cl_long size, cl_long stride = 1, cl_long dilation = 1) {
  return axis(input, size, stride, dilation, dilation * (size - 1) / 2, dilation * (size - 1) / 2);
}

std::vector<Case> cases() {
  return {
      {"3x3", {1, 1, 5, 9}, axis(13, 3), axis(17, 3)},
      {"3x3, wide", {1, 1, 2, 8}, axis(5, 3), axis(61, 3)},
      {"3x3, narrow", {2, 1, 40, 17}, axis(7, 3), axis(3, 3)},
      {"many channels", {1, 1, 301, 19}, axis(9, 3), axis(9, 3)},
      {"no padding", {1, 1, 3, 7}, axis(11, 3, 1, 1, 0, 0), axis(10, 3, 1, 1, 0, 0)},
      {"uneven padding", {2, 1, 3, 8}, axis(6, 2, 1, 1, 0, 3), axis(9, 4, 1, 1, 5, 1)},
      {"stride 2", {1, 1, 6, 16}, axis(15, 3, 2), axis(23, 3, 2)},
      {"stride 3 and 2, dilation 2 and 3", {1, 1, 4, 5}, axis(20, 3, 3, 2), axis(25, 3, 2, 3)},
      {"dilation a multiple of the stride", {1, 1, 4, 6}, axis(16, 3, 2, 2), axis(21, 3, 2, 4)},
      {"stride beyond the window", {1, 1, 5, 8}, axis(17, 1, 3), axis(19, 2, 4, 1, 0, 0)},
      {"7x7 at stride 2", {1, 1, 3, 10}, axis(29, 7, 2), axis(31, 7, 2)},
      {"1x1", {2, 1, 33, 9}, axis(6, 1), axis(9, 1)},
      {"one axis", {2, 1, 7, 11}, axis(1, 1), axis(45, 5)},
      {"groups", {2, 3, 4, 5}, axis(8, 3), axis(12, 3)},
      {"depthwise", {1, 6, 1, 1}, axis(9, 3), axis(20, 3)},
      {"one place", {1, 1, 8, 9}, axis(3, 3, 1, 1, 0, 0), axis(3, 3, 1, 1, 0, 0)},
  };
}

struct Numbers {
  std::vector<float> x, w, bias;
};

Numbers numbers_of(const Case& asked) {
  const Channels& c = asked.channels;
  const auto count = [](cl_long value) { return static_cast<size_t>(value); };
  return {
      random_numbers(
          c.images * c.groups * c.inputs * count(asked.rows.input) * count(asked.columns.input), 1),
      random_numbers(
          c.groups * c.outputs * c.inputs * count(asked.rows.size) * count(asked.columns.size), 2),
      random_numbers(c.groups * c.outputs, 3)};
}

// The definition: the cells of the window at (row, column) that lie in X.
Expected expect(const Case& asked, const Numbers& numbers, uint64_t image, uint64_t output,
                cl_long row, cl_long column) {
  const Channels& c = asked.channels;
  const Window &h = asked.rows, &l = asked.columns;
  Expected expected;
  expected.add(numbers.bias[output]);
  for (uint64_t input = 0; input < c.inputs; ++input)
    for (cl_long i = 0; i < h.size; ++i)
      for (cl_long j = 0; j < l.size; ++j) {
        const cl_long y = row * h.stride + i * h.dilation - h.pad_begin;
        const cl_long x = column * l.stride + j * l.dilation - l.pad_begin;
        const uint64_t plane = image * c.groups * c.inputs + output / c.outputs * c.inputs + input;
        const uint64_t cell =
            ((output * c.inputs + input) * static_cast<uint64_t>(h.size) + uint64_t(i)) *
                static_cast<uint64_t>(l.size) +
            uint64_t(j);
        const bool is_inside = y >= 0 && y < h.input && x >= 0 && x < l.input;
        const auto at = static_cast<int64_t>(plane) * h.input * l.input + y * l.input + x;
        expected.add(is_inside ? double{numbers.x[size_t(at)]} * numbers.w[cell] : 0);
      }
  return expected;
}

const auto kUnchanged = [](size_t, uint64_t, Expected&) {};

class ConvolutionTest : public testing::DeviceTest {
 protected:
  DeviceTensor flat(const std::vector<float>& values) {
    return tensor({static_cast<int64_t>(values.size())}, values);
  }

  void check(TiledConvolution& tiled, const Case& asked) {
    const Numbers numbers = numbers_of(asked);
    const Channels& c = asked.channels;
    const uint64_t places = uint64_t(asked.rows.output * asked.columns.output);
    const DeviceTensor x = flat(numbers.x), w = flat(numbers.w), bias = flat(numbers.bias);
    const DeviceTensor y = flat(std::vector<float>(c.images * c.groups * c.outputs * places, NAN));
    Windows windows;
    windows.axes[1] = asked.rows;
    windows.axes[2] = asked.columns;
    tiled.launch(*stream_, {x.tensor, w.tensor, &bias.tensor, y.tensor, c, windows});
    expect_all(y.read(), asked, numbers, kUnchanged);
  }

  void check_with_epilogue(TiledConvolution& tiled, const Case& asked) {
    SCOPED_TRACE(asked.name);
    const Numbers numbers = numbers_of(asked);
    const Channels& c = asked.channels;
    const auto channels = static_cast<int64_t>(c.groups * c.outputs);
    const Shape shape = {static_cast<int64_t>(c.images), channels, asked.rows.output,
                         asked.columns.output};
    const std::vector<float> added = random_numbers(testing::count_of(shape), 4);
    const std::vector<float> scale = random_numbers(static_cast<size_t>(channels), 5);
    const DeviceTensor x = flat(numbers.x), w = flat(numbers.w), bias = flat(numbers.bias);
    const DeviceTensor on_added = tensor(shape, added), on_scale = tensor({channels, 1, 1}, scale);
    const DeviceTensor y = tensor(shape, std::vector<float>(added.size(), NAN));
    Windows windows;
    windows.axes[1] = asked.rows;
    windows.axes[2] = asked.columns;
    const std::vector<bp_tensor_t> inputs = {{}, {}, {}, on_added.tensor, on_scale.tensor};
    tiled.launch(*stream_, {x.tensor, w.tensor, &bias.tensor, y.tensor, c, windows, inputs.data()});
    expect_all(y.read(), asked, numbers, [&](size_t i, uint64_t channel, Expected& expected) {
      expected.add(added[i]);
      expected.sum *= scale[channel];
      expected.magnitudes *= std::abs(scale[channel]);
      ++expected.terms;
    });
  }

  // `change(i, channel, expected)` is what an epilogue does to element i.
  template <class Change>
  static void expect_all(const std::vector<float>& y, const Case& asked, const Numbers& numbers,
                         const Change& change) {
    const uint64_t outputs = asked.channels.groups * asked.channels.outputs;
    size_t i = 0;
    for (uint64_t image = 0; image < asked.channels.images; ++image)
      for (uint64_t output = 0; output < outputs; ++output)
        for (cl_long row = 0; row < asked.rows.output; ++row)
          for (cl_long column = 0; column < asked.columns.output; ++column, ++i) {
            Expected expected = expect(asked, numbers, image, output, row, column);
            change(i, output, expected);
            ASSERT_NEAR(y[i], expected.sum, expected.bound())
                << "image " << image << ", channel " << output << ", " << row << ", " << column;
          }
  }
};

TEST_F(ConvolutionTest, EveryTilingAgreesWithTheDefinition) {
  for (const Tiling& tiling : tilings()) {
    if (tiling.panel == 0 || !can_run(tiling, tiling_limits(device_->facts.id))) continue;
    SCOPED_TRACE(tiling.name());
    TiledConvolution tiled(*device_, tiling, BP_DTYPE_FLOAT32, " -DHAS_BIAS=1");
    for (const Case& asked : cases()) {
      SCOPED_TRACE(asked.name);
      Windows windows;
      windows.axes[1] = asked.rows;
      windows.axes[2] = asked.columns;
      ASSERT_TRUE(TiledConvolution::fits(tiling, windows));
      check(tiled, asked);
    }
  }
}

TEST_F(ConvolutionTest, Float16IsStorageOnly) {
  const Case asked = {"", {1, 1, 5, 6}, axis(13, 3, 2), axis(23, 3)};
  Numbers numbers = numbers_of(asked);
  for (std::vector<float>* each : {&numbers.x, &numbers.w, &numbers.bias})
    *each = testing::whole_numbers(each->size(), 4);
  DeviceTensor x = flat(testing::as_halves(numbers.x)), w = flat(testing::as_halves(numbers.w));
  DeviceTensor bias = flat(testing::as_halves(numbers.bias));
  const auto count = static_cast<size_t>(6 * asked.rows.output * asked.columns.output);
  DeviceTensor y = flat(std::vector<float>(count / 2, NAN));
  for (DeviceTensor* each : {&x, &w, &bias, &y}) each->tensor.type.dtype = BP_DTYPE_FLOAT16;
  Windows windows;
  windows.axes[1] = asked.rows;
  windows.axes[2] = asked.columns;
  for (const Tiling& tiling : tilings()) {
    if (tiling.panel == 0 || !can_run(tiling, tiling_limits(device_->facts.id))) continue;
    SCOPED_TRACE(tiling.name());
    TiledConvolution tiled(*device_, tiling, BP_DTYPE_FLOAT16, " -DHAS_BIAS=1");
    tiled.launch(*stream_, {x.tensor, w.tensor, &bias.tensor, y.tensor, asked.channels, windows});
    expect_all(testing::from_halves(y.read()), asked, numbers, kUnchanged);
  }
}

// (Y + a tensor of its shape) times a number for each channel: vectors over the ends of rows, too.
TEST_F(ConvolutionTest, TheEpilogueReadsTheSamePlaces) {
  const Epilogue epilogue(parse_expression("in0 in1 add in2 multiply", 3), 2, {1, 2});
  for (const Tiling& tiling : {tilings()[0], tilings()[8]}) {  // the widest vectors, and groups
    if (!can_run(tiling, tiling_limits(device_->facts.id))) continue;
    SCOPED_TRACE(tiling.name());
    TiledConvolution tiled(*device_, tiling, BP_DTYPE_FLOAT32, " -DHAS_BIAS=1", epilogue);
    for (const Case& asked : cases()) check_with_epilogue(tiled, asked);
  }
}

TEST(Convolution, WhatTilesCannotDoIsLeftToOthers) {
  const Tiling tiling = tilings().front();
  const Channels channels = {1, 1, 64, 64};
  Windows windows;
  windows.axes[1] = axis(56, 3);
  windows.axes[2] = axis(56, 3);
  EXPECT_TRUE(TiledConvolution::can_serve(tiling, channels, windows));
  EXPECT_FALSE(TiledConvolution::can_serve(tiling, {1, 64, 1, 1}, windows)) << "depthwise";
  Windows volume = windows;
  volume.axes[0] = axis(4, 3);
  EXPECT_FALSE(TiledConvolution::can_serve(tiling, channels, volume));
  Windows huge = windows;
  huge.axes[2] = axis(cl_long{1} << 31, 3);
  EXPECT_FALSE(TiledConvolution::can_serve(tiling, channels, huge));
  Windows wide = windows;
  wide.axes[2] = axis(tiling.panel, 3);
  EXPECT_FALSE(TiledConvolution::can_serve(tiling, channels, wide)) << "the panel is too small";
}

}  // namespace
}  // namespace backplane::opencl
