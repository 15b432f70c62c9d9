// ConvTranspose against the definition: every element of the input is spread over the output.
#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;        // [N, C, ...]
  Shape weights;  // [C, O/group, ...]
  Shape y;        // sizes of space, worked out by hand
  Shape begin;    // of what is cut off
  int64_t group = 1;
  Shape strides = {};  // empty, here and below: not given
  Shape dilations = {};
  Shape pads = {};
  Shape output_padding = {};
  Shape output_shape = {};
  const char* auto_pad = "";
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {
      {{1, 1, 3, 4}, {1, 2, 3, 3}, {5, 6}, {0, 0}},
      {{2, 3, 3, 4}, {3, 2, 2, 3}, {4, 9}, {0, 0}, 1, {1, 2}},
      {{2, 3, 3, 4}, {3, 2, 2, 3}, {3, 6}, {1, 2}, 1, {1, 2}, {}, {1, 2, 0, 1}},
      {{1, 2, 3, 4}, {2, 3, 3, 2}, {9, 7}, {0, 0}, 1, {2, 1}, {2, 3}},
      {{1, 2, 3, 4}, {2, 3, 3, 2}, {8, 12}, {0, 0}, 1, {2, 3}, {}, {}, {1, 1}},
      {{1, 4, 3, 4}, {4, 3, 2, 2}, {4, 5}, {0, 0}, 2},
      {{1, 6, 3, 4}, {6, 1, 3, 2}, {5, 5}, {0, 0}, 6},
      {{1, 2, 3, 4}, {2, 1, 5, 4}, {6, 4}, {1, 1}, 1, {2, 1}, {}, {}, {}, {}, "SAME_UPPER"},
      {{1, 2, 3, 4}, {2, 1, 5, 4}, {6, 4}, {2, 2}, 1, {2, 1}, {}, {}, {}, {}, "SAME_LOWER"},
      {{1, 2, 3, 4}, {2, 1, 3, 3}, {6, 11}, {1, 1}, 1, {2, 3}, {}, {}, {}, {6, 11}},
      {{1, 2, 3, 3}, {2, 1, 3, 3}, {10, 8}, {0, 0}, 1, {3, 2}, {}, {}, {}, {10, 8}},
      {{1, 1, 2, 300}, {1, 1, 1, 7}, {2, 604}, {0, 1}, 1, {1, 2}, {}, {0, 1, 0, 0}},
      {{2, 3, 9}, {3, 2, 4}, {18}, {1}, 1, {2}, {}, {1, 1}},
      {{1, 2, 2, 3, 4}, {2, 2, 2, 1, 3}, {3, 5, 9}, {0, 0, 0}, 1, {1, 2, 2}},
      {{0, 1, 3, 4}, {1, 2, 3, 3}, {5, 6}, {0, 0}}};
  return table;
}

TestNode node_of(const Case& tried, const Tensor& x, const Tensor& weights, const Tensor& bias) {
  Shape y = {tried.x[0], tried.weights[1] * tried.group};
  y.insert(y.end(), tried.y.begin(), tried.y.end());
  TestNode node("ConvTranspose", 11, {x, weights, bias}, {wanted(x.type.dtype, y)});
  node.add("group", tried.group);
  if (!tried.strides.empty()) node.add("strides", tried.strides);
  if (!tried.dilations.empty()) node.add("dilations", tried.dilations);
  if (!tried.pads.empty()) node.add("pads", tried.pads);
  if (!tried.output_padding.empty()) node.add("output_padding", tried.output_padding);
  if (!tried.output_shape.empty()) node.add("output_shape", tried.output_shape);
  if (tried.auto_pad[0] != 0) node.add("auto_pad", tried.auto_pad);
  return node;
}

// Where a cell over an element lies in the output; false: it is cut off.
bool spread(const Case& tried, const Shape& from, const Shape& cell, Shape& to) {
  bool is_inside = true;
  for (size_t axis = 0; axis < tried.y.size(); ++axis) {
    const int64_t stride = tried.strides.empty() ? 1 : tried.strides[axis];
    const int64_t dilation = tried.dilations.empty() ? 1 : tried.dilations[axis];
    to[2 + axis] = from[2 + axis] * stride + cell[2 + axis] * dilation - tried.begin[axis];
    is_inside = is_inside && to[2 + axis] >= 0 && to[2 + axis] < tried.y[axis];
  }
  return is_inside;
}

// Whole numbers, so that every sum is exact.
template <class T>
void expect_case(const Case& tried) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = whole<T>(tried.x, 1);
  const Tensor weights = whole<T>(tried.weights, 2);
  const Tensor bias = whole<T>({tried.weights[1] * tried.group}, 3);
  TestNode node = node_of(tried, x, weights, bias);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  const Shape y = shape_of(found);
  std::vector<double> expected(count_of(y));
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = element(bias, place_of(y, i)[1]);
  const int64_t depth = tried.x[1] / tried.group;
  for (size_t i = 0; i < count_of(tried.x); ++i)
    for (size_t k = 0; k < count_of(tried.weights); ++k) {
      const Shape from = place_of(tried.x, i);
      const Shape cell = place_of(tried.weights, k);
      Shape to = from;
      to[1] = from[1] / depth * tried.weights[1] + cell[1];
      if (cell[0] == from[1] && spread(tried, from, cell, to))
        expected[index_of(y, to)] +=
            element(x, static_cast<int64_t>(i)) * element(weights, static_cast<int64_t>(k));
    }
  EXPECT_EQ(numbers_of(found), expected);
}

template <class T>
void expect_all() {
  for_cases(cases().size(), [](size_t number) { expect_case<T>(cases()[number]); });
}

TEST(ConvTranspose, Float32) { expect_all<float>(); }
TEST(ConvTranspose, Float64) { expect_all<double>(); }
TEST(ConvTranspose, Float16) { expect_all<Half>(); }

TEST(ConvTranspose, WhatDoesNotFitIsRefusedInWords) {
  Case tried = cases()[0];
  const auto refused = [&] {
    return refusal(node_of(tried, whole<float>(tried.x, 1), whole<float>(tried.weights, 2),
                           whole<float>({tried.weights[1] * tried.group}, 3)));
  };
  tried.y = {5, 7};
  EXPECT_EQ(refused(), "ConvTranspose: an axis of 4 gives one of 6, not of 7");
  tried.group = 2;
  EXPECT_EQ(
      refused(),
      "ConvTranspose: input float32[1,1,3,4] and weights float32[1,2,3,3] do not fit group 2");
}

}  // namespace
}  // namespace backplane::cpu::testing
