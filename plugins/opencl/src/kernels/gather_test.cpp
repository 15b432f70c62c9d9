// Gather and GatherElements on sizes that cross vectors and pieces, and on indices outside.
#include <algorithm>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

// From -size to size - 1, and two outside.
template <class Index>
std::vector<Index> indices_for(size_t count, int64_t size) {
  std::vector<Index> indices(count);
  for (size_t i = 0; i < count; ++i)
    indices[i] = static_cast<Index>(static_cast<int64_t>(i * 7919 % size_t(2 * size)) - size);
  indices.front() = std::numeric_limits<Index>::max();
  indices.back() = std::numeric_limits<Index>::min();
  return indices;
}

int64_t place_on(int64_t index, int64_t size) {
  return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size - 1);
}

class Gathered : public KernelTest {
 protected:
  template <class T, class Index>
  void expect_gathered(const Shape& shape, size_t axis, int64_t count, Shape strides = {},
                       uint64_t offset = 3) {
    const bool is_strided = !strides.empty();
    if (!is_strided) strides = dense_strides(shape);
    Shape last = shape;
    for (int64_t& size : last) --size;
    const auto x = coded<T>(index_of(strides, last) + 1);
    const auto indices = indices_for<Index>(static_cast<size_t>(count), shape[axis]);
    Shape output = shape;
    output[axis] = count;
    TestNode node("Gather", 13,
                  {tensor(shape, x, is_strided ? strides : Shape{}), tensor({count}, indices)},
                  {wanted<T>(output)});
    node.add("axis", static_cast<int64_t>(axis));
    node.outputs[0].offset = offset;
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto y = node.outputs[0].template as<T>();
    for (size_t i = 0; i < y.size(); ++i) {
      Shape place = place_of(output, i);
      place[axis] = place_on(indices[static_cast<size_t>(place[axis])], shape[axis]);
      ASSERT_EQ(y[i], x[index_of(strides, place)]) << "element " << i;
    }
  }
};

TEST_F(Gathered, RowsOfEveryLengthAndElementsOfEverySize) {
  expect_gathered<uint32_t, int64_t>({50, 768}, 0, 70);
  expect_gathered<uint32_t, int32_t>({50, 65}, 0, 70);
  expect_gathered<uint8_t, int64_t>({5, 30, 17}, 1, 90);
  expect_gathered<uint64_t, int32_t>({7, 3, 33}, 0, 4);
  expect_gathered<uint16_t, int64_t>({7, 3, 129}, 1, 2);
}

TEST_F(Gathered, AlongTheLastAxis) {
  expect_gathered<uint32_t, int64_t>({300}, 0, 1000);
  expect_gathered<uint32_t, int32_t>({9, 300}, 1, 131);
  expect_gathered<uint8_t, int64_t>({9, 4, 30}, 2, 2);
}

TEST_F(Gathered, OfStridedData) {
  expect_gathered<uint32_t, int64_t>({50, 70}, 0, 33, {1, 50});
  expect_gathered<uint32_t, int64_t>({50, 70}, 1, 33, {1, 50});
  expect_gathered<uint32_t, int64_t>({50, 70}, 0, 33, {200, 2});
}

TEST_F(Gathered, PastTheCache) {
  const auto count = static_cast<int64_t>(facts().cache_size / (1024 * sizeof(uint32_t)) + 16);
  for (const uint64_t offset : {0, 3})
    expect_gathered<uint32_t, int64_t>({100, 1024}, 0, count, {}, offset);
}

TEST_F(Gathered, NothingFromAnAxisOfNothing) {
  TestNode node("Gather", 13, {tensor<float>({0, 3}, {}), tensor<int64_t>({0}, {})},
                {wanted<float>({0, 3})});
  node.add("axis", int64_t{0});
  run(node);
}

TEST_F(Gathered, ByElement) {
  const Shape data = {40, 20, 90};
  const Shape shape = {33, 70, 67};
  const auto x = coded<uint32_t>(count_of(data));
  const auto indices = indices_for<int64_t>(count_of(shape), data[1]);
  TestNode node("GatherElements", 13, {tensor(data, x), tensor(shape, indices)},
                {wanted<uint32_t>(shape)});
  node.add("axis", int64_t{1});
  run(node);
  const auto y = node.outputs[0].as<uint32_t>();
  for (size_t i = 0; i < y.size(); ++i) {
    Shape place = place_of(shape, i);
    place[1] = place_on(indices[i], data[1]);
    ASSERT_EQ(y[i], x[index_of(dense_strides(data), place)]) << "element " << i;
  }
}

}  // namespace
}  // namespace backplane::opencl::testing
