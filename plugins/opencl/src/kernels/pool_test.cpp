// Pools against plain loops over the cells of each window.
#include <limits>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

struct Tried {
  Shape input;  // [N, C, H, W]
  Shape size, strides, dilations, pads;
  bool counts_padding = false;
};

// What each window has: the mean, the greatest cell, and where that is.
struct Window {
  double mean, greatest;
  int64_t by_rows, by_columns;
};

std::vector<Window> windows_of(const Tried& tried, const Shape& output,
                               const std::vector<float>& x) {
  std::vector<Window> windows;
  const int64_t height = tried.input[2];
  const int64_t width = tried.input[3];
  for (size_t i = 0; i < count_of(output); ++i) {
    const Shape place = place_of(output, i);
    const int64_t plane = (place[0] * tried.input[1] + place[1]) * height * width;
    double sum = 0;
    int64_t inside = 0;
    int64_t counted = 0;
    Window window = {0, -INFINITY, -1, -1};
    for (int64_t a = 0; a < tried.size[0]; ++a)
      for (int64_t b = 0; b < tried.size[1]; ++b) {
        const int64_t r = place[2] * tried.strides[0] + a * tried.dilations[0] - tried.pads[0];
        const int64_t c = place[3] * tried.strides[1] + b * tried.dilations[1] - tried.pads[1];
        counted += r < height + tried.pads[2] && c < width + tried.pads[3] ? 1 : 0;
        if (r < 0 || r >= height || c < 0 || c >= width) continue;
        ++inside;
        const auto value = static_cast<double>(x[static_cast<size_t>(plane + r * width + c)]);
        sum += value;
        if (window.by_rows >= 0 && value <= window.greatest) continue;
        window.greatest = value;
        window.by_rows = plane + r * width + c;
        window.by_columns = plane + r + c * height;
      }
    window.mean = sum / static_cast<double>(tried.counts_padding ? counted : inside);
    windows.push_back(window);
  }
  return windows;
}

class Pool : public KernelTest {
 protected:
  static TestNode node_of(const char* op, uint32_t since, const Tried& tried,
                          std::vector<Tensor> inputs, std::vector<Tensor> outputs) {
    TestNode node(op, since, std::move(inputs), std::move(outputs));
    node.add("kernel_shape", tried.size);
    node.add("strides", tried.strides);
    node.add("dilations", tried.dilations);
    node.add("pads", tried.pads);
    return node;
  }

  static Shape output_of(const Tried& tried) {
    Shape output = {tried.input[0], tried.input[1]};
    for (size_t axis : {0, 1}) {
      const int64_t reach = (tried.size[axis] - 1) * tried.dilations[axis] + 1;
      const int64_t room = tried.input[2 + axis] + tried.pads[axis] + tried.pads[2 + axis] - reach;
      output.push_back(room / tried.strides[axis] + 1);
    }
    return output;
  }

  void expect_maxima(const Tried& tried) {
    const Shape output = output_of(tried);
    const std::vector<float> x = floats(count_of(tried.input), 3);
    const auto windows = windows_of(tried, output, x);
    TestNode plain =
        node_of("MaxPool", 12, tried, {tensor(tried.input, x)}, {wanted<float>(output)});
    plain.inputs[0].offset = 1;
    plain.outputs[0].offset = 5;
    ASSERT_NO_FATAL_FAILURE(run(plain));
    for (const int64_t order : {0, 1}) {
      TestNode indexed = node_of("MaxPool", 12, tried, {tensor(tried.input, x)},
                                 {wanted<float>(output), wanted<int64_t>(output)});
      indexed.add("storage_order", order);
      indexed.outputs[1].offset = 3;
      ASSERT_NO_FATAL_FAILURE(run(indexed));
      EXPECT_TRUE(indexed.outputs[0].bytes == plain.outputs[0].bytes);
      const auto indices = indexed.outputs[1].as<int64_t>();
      for (size_t i = 0; i < windows.size(); ++i)
        ASSERT_EQ(indices[i], order == 0 ? windows[i].by_rows : windows[i].by_columns) << i;
    }
    const auto y = plain.outputs[0].as<float>();
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_EQ(static_cast<double>(y[i]), windows[i].greatest) << i;
  }

  void expect_means(Tried tried) {
    for (const bool counts_padding : {false, true}) {
      tried.counts_padding = counts_padding;
      const Shape output = output_of(tried);
      const std::vector<float> x = floats(count_of(tried.input), 4);
      TestNode node =
          node_of("AveragePool", 11, tried, {tensor(tried.input, x)}, {wanted<float>(output)});
      node.add("count_include_pad", int64_t{counts_padding});
      ASSERT_NO_FATAL_FAILURE(run(node));
      const auto windows = windows_of(tried, output, x);
      const auto y = node.outputs[0].as<float>();
      for (size_t i = 0; i < y.size(); ++i)  // sums of eighths are exact
        ASSERT_TRUE(is_near(y[i], windows[i].mean, 0.501))
            << i << ": " << y[i] << ", not " << windows[i].mean;
    }
  }

  const std::vector<Tried> tried_ = {
      {{2, 3, 14, 14}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
      {{1, 2, 13, 130}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {{1, 2, 9, 200}, {2, 2}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
      {{2, 1, 20, 17}, {3, 2}, {2, 1}, {2, 3}, {2, 0, 1, 1}},
      {{1, 1, 3, 300}, {2, 270}, {1, 2}, {1, 1}, {0, 3, 0, 2}},  // wider than a work item's room
      {{1, 1, 5, 1000}, {1, 3}, {1, 100}, {1, 1}, {0, 1, 0, 0}},
      {{1, 1, 1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
  };
};

TEST_F(Pool, MaximaAndTheirPlaces) {
  for (const Tried& tried : tried_) expect_maxima(tried);
}

TEST_F(Pool, Means) {
  for (const Tried& tried : tried_) expect_means(tried);
}

TEST_F(Pool, SizesWithWhichNothingCanBeCountedAreRefused) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const std::vector<std::pair<Tried, const char*>> wrong = {
      {{{1, 1, 4, 4}, {1, kMost}, {1, 1}, {1, 2}, {0, 0, 0, 0}}, "kernel_shape"},
      {{{1, 1, 4, 4}, {1, 2}, {1, 1}, {1, kMost}, {0, 0, 0, 0}}, "dilations"},
      {{{1, 1, 4, 4}, {1, 2}, {kMost, 1}, {1, 1}, {0, 0, 0, 0}}, "strides"},
      {{{1, 1, 4, 4}, {1, 2}, {1, 1}, {1, 1}, {0, kMost, 0, 0}}, "pads"},
      {{{1, 1, 4, 4}, {1, 2}, {1, 1}, {1, 1}, {0, 0, 0, -kMost}}, "pads"},
  };
  for (const auto& [tried, name] : wrong)
    for (const char* op : {"MaxPool", "AveragePool"}) {
      TestNode node = node_of(op, op[0] == 'M' ? 12 : 11, tried, {wanted<float>(tried.input)},
                              {wanted<float>({1, 1, 4, 3})});
      EXPECT_NE(reason_against(node).find(std::string(name) + " has an entry"), std::string::npos)
          << op << ": " << reason_against(node);
    }
}

TEST_F(Pool, AMaximumKeepsNanAndTheFirstOfEqualOnes) {
  const Tried tried = {{1, 1, 1, 6}, {1, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
  TestNode node =
      node_of("MaxPool", 12, tried, {tensor<float>({1, 1, 1, 6}, {1, 7, 7, NAN, NAN, 2})},
              {wanted<float>({1, 1, 1, 4}), wanted<int64_t>({1, 1, 1, 4})});
  run(node);
  EXPECT_EQ(node.outputs[1].as<int64_t>(), (std::vector<int64_t>{1, 3, 3, 3}));
  TestNode plain = node_of("MaxPool", 12, tried, {node.inputs[0]}, {wanted<float>({1, 1, 1, 4})});
  run(plain);
  for (const TestNode* one : {&node, &plain}) {
    const auto y = one->outputs[0].as<float>();
    EXPECT_EQ(y[0], 7.0f);
    for (size_t i : {1, 2, 3}) EXPECT_TRUE(std::isnan(y[i])) << i;
  }
}

TEST_F(Pool, AWindowInThePaddingAloneHasTheLowestValue) {
  const Tried tried = {{1, 1, 1, 1}, {1, 1}, {1, 2}, {1, 1}, {0, 2, 0, 0}};
  TestNode node = node_of("MaxPool", 12, tried, {tensor<int8_t>({1, 1, 1, 1}, {5})},
                          {wanted<int8_t>({1, 1, 1, 2}), wanted<int64_t>({1, 1, 1, 2})});
  run(node);
  EXPECT_EQ(node.outputs[0].as<int8_t>(), (std::vector<int8_t>{-128, 5}));
  EXPECT_EQ(node.outputs[1].as<int64_t>(), (std::vector<int64_t>{-1, 0}));
}

TEST_F(Pool, ThreeAxesAndFloat16) {
  std::vector<Half> x;
  for (size_t i = 0; i < 120; ++i) x.push_back(half_of(eighths(i)));
  TestNode node("MaxPool", 12, {tensor({1, 1, 4, 5, 6}, x)}, {wanted<Half>({1, 1, 3, 4, 5})});
  node.add("kernel_shape", Shape{2, 2, 2});
  run(node);
  const auto y = node.outputs[0].as<Half>();
  for (size_t i = 0; i < y.size(); ++i) {
    const Shape at = place_of({3, 4, 5}, i);
    double greatest = -INFINITY;
    for (size_t n = 0; n < 8; ++n)
      greatest = std::max(
          greatest,
          value_of(x[index_of({30, 6, 1}, {at[0] + int64_t(n & 1), at[1] + int64_t(n >> 1 & 1),
                                           at[2] + int64_t(n >> 2)})]));
    ASSERT_EQ(value_of(y[i]), greatest) << i;
  }
}

}  // namespace
}  // namespace backplane::opencl::testing
