// Slice, Split, Expand, Tile, DepthToSpace and SpaceToDepth: each element is where it should be,
// also in tensors larger than vectors, pieces and caches.
#include <functional>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Views : public KernelTest {
 protected:
  // Runs `node`, whose input 0 holds `x`, and expects in output `which` what `source` names.
  template <class T>
  void expect(TestNode& node, const std::vector<T>& x,
              const std::function<size_t(const Shape&)>& source, size_t which = 0) {
    const bp_tensor_type_t& type = node.outputs[which].type;
    const Shape shape(type.shape, type.shape + type.rank);
    const auto y = node.outputs[which].template as<T>();
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_EQ(y[i], x[source(place_of(shape, i))]) << "element " << i << " of " << which;
  }

  // Every axis from `starts` by `steps`, the ends beyond what `output` takes.
  template <class T>
  void expect_sliced(const Shape& shape, const Shape& starts, const Shape& steps,
                     const Shape& output, bool is_constant = true) {
    Shape ends;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const int64_t end = starts[axis] + steps[axis] * output[axis];
      ends.push_back(end < 0 ? -1000000 : end);
    }
    const std::vector<T> x = coded<T>(count_of(shape));
    TestNode node("Slice", 13,
                  {tensor(shape, x), constant(starts), constant(ends), Tensor{}, constant(steps)},
                  {wanted<T>(output)});
    for (size_t i = 1; i < node.inputs.size(); ++i)
      node.inputs[i].is_constant = is_constant && i != 3;
    node.inputs[0].offset = 2;
    node.outputs[0].offset = 3;
    ASSERT_NO_FATAL_FAILURE(run(node));
    expect<T>(node, x, [&](const Shape& place) {
      Shape from = starts;
      for (size_t axis = 0; axis < from.size(); ++axis) from[axis] += place[axis] * steps[axis];
      return index_of(dense_strides(shape), from);
    });
  }
};

TEST_F(Views, SliceTakesRowsAndColumnsOfEverySize) {
  expect_sliced<uint32_t>({300, 500}, {7, 3}, {1, 1}, {290, 200});
  expect_sliced<uint8_t>({40, 30, 70}, {1, 2, 5}, {1, 1, 1}, {38, 20, 65});
  expect_sliced<uint64_t>({9, 700}, {8, 0}, {1, 1}, {1, 700});
  expect_sliced<int16_t>({5, 5, 5}, {2, 2, 2}, {1, 1, 1}, {3, 3, 1});
}

TEST_F(Views, SliceStepsAndGoesBackwards) {
  expect_sliced<uint32_t>({300, 500}, {299, 499}, {-1, -1}, {300, 500});
  expect_sliced<uint32_t>({300, 500}, {299, 0}, {-2, 3}, {150, 167});
  expect_sliced<uint16_t>({6, 70, 80}, {5, 0, 79}, {-1, 1, -7}, {6, 70, 12});
  expect_sliced<uint64_t>({2, 3, 2, 3, 2, 3, 2, 3}, {1, 2, 1, 2, 1, 2, 1, 2},
                          {-1, -1, -1, -1, -1, -1, -1, -2}, {2, 3, 2, 3, 2, 3, 2, 2});
}

TEST_F(Views, SliceReadsItsPlacesAtLaunch) {
  expect_sliced<uint32_t>({30, 50}, {29, 3}, {-2, 1}, {15, 40}, false);
}

TEST_F(Views, SliceRefusesConstantsThatMakeNoSense) {
  const auto slice = [](const Shape& starts, const Shape& ends, const Shape& axes,
                        const Shape& steps) {
    return TestNode("Slice", 13,
                    {tensor({6}, coded<uint32_t>(6)), constant(starts), constant(ends),
                     constant(axes), constant(steps)},
                    {wanted<uint32_t>({3})});
  };
  TestNode right = slice({3}, {6}, {0}, {1});
  EXPECT_EQ(reason_against(right), "");
  for (TestNode node :
       {slice({3}, {6}, {0}, {0}), slice({3}, {6}, {1}, {1}), slice({3, 0}, {6, 1}, {0, 0}, {1, 1}),
        slice({3}, {6, 6}, {0}, {1}), slice({2}, {6}, {0}, {1}), slice({3}, {6}, {0, 1}, {1})})
    EXPECT_NE(reason_against(node), "");
}

TEST_F(Views, SplitIntoUnevenPartsOnEveryAxis) {
  const Shape shape = {33, 70, 65};
  const auto x = coded<uint32_t>(count_of(shape));
  for (const int64_t axis : {0, 1, 2}) {
    const auto at = static_cast<size_t>(axis);
    const Shape sizes = {1, shape[at] - 18, 17};
    TestNode node("Split", 13, {tensor(shape, x), constant(sizes)}, {});
    for (const int64_t size : sizes) {
      Shape part = shape;
      part[at] = size;
      node.outputs.push_back(wanted<uint32_t>(part));
    }
    node.outputs[0] = Tensor{};  // not wanted
    node.add("axis", axis);
    ASSERT_NO_FATAL_FAILURE(run(node));
    for (const size_t which : {1u, 2u})
      expect<uint32_t>(
          node, x,
          [&](Shape place) {
            place[at] += which == 1 ? sizes[0] : sizes[0] + sizes[1];
            return index_of(dense_strides(shape), place);
          },
          which);
  }
}

TEST_F(Views, SplitLeavesTheLastPartSmaller) {
  const auto x = coded<uint8_t>(7);
  TestNode node("Split", 18, {tensor({7}, x)},
                {wanted<uint8_t>({3}), wanted<uint8_t>({3}), wanted<uint8_t>({1})});
  node.add("num_outputs", int64_t{3});
  run(node);
  EXPECT_EQ(node.outputs[2].as<uint8_t>()[0], x[6]);
}

TEST_F(Views, ExpandRepeatsOuterAndInnerAxes) {
  for (const Shape& shape : {Shape{300, 1}, Shape{1, 500}, Shape{1, 1}, Shape{300, 500}}) {
    const auto x = coded<uint32_t>(count_of(shape));
    TestNode node("Expand", 13, {tensor(shape, x), constant(Shape{3, 300, 500})},
                  {wanted<uint32_t>({3, 300, 500})});
    ASSERT_NO_FATAL_FAILURE(run(node));
    const Shape strides = broadcast_strides({3, 300, 500}, shape);
    expect<uint32_t>(node, x, [&](const Shape& place) { return index_of(strides, place); });
  }
}

TEST_F(Views, ExpandPastTheCache) {
  const auto rows = static_cast<int64_t>(facts().cache_size / (1024 * sizeof(uint32_t)) + 16);
  for (const Shape& shape : {Shape{rows, 1}, Shape{1, 1024}}) {
    const auto x = coded<uint32_t>(count_of(shape));
    TestNode node("Expand", 13, {tensor(shape, x), constant(Shape{rows, 1024})},
                  {wanted<uint32_t>({rows, 1024})});
    ASSERT_NO_FATAL_FAILURE(run(node));
    const Shape strides = broadcast_strides({rows, 1024}, shape);
    expect<uint32_t>(node, x, [&](const Shape& place) { return index_of(strides, place); });
  }
}

TEST_F(Views, TileRepeatsAxes) {
  struct Case {
    Shape shape, repeats;
  };
  for (const Case& one : {Case{{17, 33}, {3, 5}}, Case{{1, 100}, {70, 1}}, Case{{100, 1}, {1, 70}},
                          Case{{4, 3, 5}, {1, 1, 40}}, Case{{4, 3, 65}, {2, 3, 1}},
                          Case{{3, 2, 3, 2, 3}, {2, 3, 2, 3, 2}},
                          // more axes than a walk has
                          Case{{2, 2, 2, 2, 2, 2, 2, 3}, {2, 2, 2, 2, 2, 2, 2, 2}}}) {
    const auto x = coded<uint16_t>(count_of(one.shape));
    Shape output = one.shape;
    for (size_t axis = 0; axis < output.size(); ++axis) output[axis] *= one.repeats[axis];
    TestNode node("Tile", 13, {tensor(one.shape, x), constant(one.repeats)},
                  {wanted<uint16_t>(output)});
    ASSERT_NO_FATAL_FAILURE(run(node));
    expect<uint16_t>(node, x, [&](Shape place) {
      for (size_t axis = 0; axis < place.size(); ++axis) place[axis] %= one.shape[axis];
      return index_of(dense_strides(one.shape), place);
    });
  }
}

TEST_F(Views, BlocksBecomeChannelsAndBack) {
  const Shape space = {2, 5, int64_t{3} * 17, int64_t{3} * 70};
  const Shape depth = {2, 45, 17, 70};
  const auto x = coded<uint32_t>(count_of(space));
  TestNode to_depth("SpaceToDepth", 13, {tensor(space, x)}, {wanted<uint32_t>(depth)});
  to_depth.add("blocksize", int64_t{3});
  run(to_depth);
  expect<uint32_t>(to_depth, x, [&](const Shape& place) {
    const int64_t block = place[1] / 5;
    return index_of(dense_strides(space),
                    {place[0], place[1] % 5, place[2] * 3 + block / 3, place[3] * 3 + block % 3});
  });
  TestNode to_space("DepthToSpace", 13, {tensor(depth, to_depth.outputs[0].as<uint32_t>())},
                    {wanted<uint32_t>(space)});
  to_space.add("blocksize", int64_t{3});
  run(to_space);
  EXPECT_EQ(to_space.outputs[0].as<uint32_t>(), x);
}

}  // namespace
}  // namespace backplane::opencl::testing
