// Operators that only move elements, and copies of buffers: each element is where it should be.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Moved : public KernelTest {
 protected:
  template <class T>
  void expect_transposed(const Shape& shape, const Shape& perm, Shape strides = {},
                         uint64_t offset = 3) {
    const bool is_strided = !strides.empty();
    if (!is_strided) strides = dense_strides(shape);
    size_t reach = 1;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      reach += static_cast<size_t>(strides[axis] * (shape[axis] - 1));
    const std::vector<T> x = coded<T>(reach);
    Shape output;
    Shape from;
    for (const int64_t axis : perm) {
      output.push_back(shape[static_cast<size_t>(axis)]);
      from.push_back(strides[static_cast<size_t>(axis)]);
    }
    TestNode node("Transpose", 13, {tensor(shape, x, is_strided ? strides : Shape{})},
                  {wanted<T>(output)});
    node.add("perm", perm);
    node.inputs[0].offset = 1;
    node.outputs[0].offset = offset;
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto y = node.outputs[0].template as<T>();
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_EQ(y[i], x[index_of(from, place_of(output, i))]) << "element " << i;
  }
};

TEST_F(Moved, TransposesMatricesOfEverySizeAroundTiles) {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 5}, Shape{16, 16}, Shape{17, 15},
                             Shape{130, 257}, Shape{64, 1000}, Shape{1000, 33}})
    expect_transposed<uint32_t>(shape, {1, 0});
}

TEST_F(Moved, TransposesElementsOfEverySize) {
  expect_transposed<uint8_t>({3, 40, 70}, {0, 2, 1});
  expect_transposed<int16_t>({3, 40, 70}, {2, 1, 0});
  expect_transposed<uint64_t>({3, 40, 70}, {1, 2, 0});
}

TEST_F(Moved, TransposesManyAxes) {
  expect_transposed<uint32_t>({2, 64, 7, 7}, {0, 2, 3, 1});
  expect_transposed<uint32_t>({2, 9, 5, 64}, {0, 2, 1, 3});
  expect_transposed<uint32_t>({2, 3, 4, 5, 2, 3, 2, 2}, {7, 0, 5, 2, 6, 1, 4, 3});
  expect_transposed<uint32_t>({4, 1, 33, 1}, {3, 2, 1, 0});
}

TEST_F(Moved, TransposesStridedViews) {
  expect_transposed<uint32_t>({33, 40}, {1, 0}, {1, 33});
  expect_transposed<uint32_t>({33, 40}, {1, 0}, {100, 2});
  expect_transposed<uint32_t>({5, 33, 40}, {0, 2, 1}, {0, 40, 1});
}

TEST_F(Moved, TransposesPastTheCache) {
  const auto rows = static_cast<int64_t>(facts().cache_size / (1024 * sizeof(uint32_t)) + 16);
  for (const uint64_t offset : {0, 3})
    expect_transposed<uint32_t>({rows, 1024}, {1, 0}, {}, offset);
}

TEST_F(Moved, ConcatPutsPartsSideBySideWhateverTheirStrides) {
  for (const int64_t axis : {0, 1, 2, -1}) {
    const size_t at = static_cast<size_t>(axis < 0 ? axis + 3 : axis);
    Shape first = {3, 5, 17};
    Shape second = first;
    second[at] = 2;
    Shape output = first;
    output[at] = first[at] + 2;
    const auto a = coded<uint32_t>(count_of(first));
    const auto b = coded<uint32_t>(count_of(second) * 2, 1000);
    Shape strides = dense_strides(second);
    for (int64_t& stride : strides) stride *= 2;
    TestNode node("Concat", 13, {tensor(first, a), tensor(second, b, strides)},
                  {wanted<uint32_t>(output)});
    node.add("axis", axis);
    node.outputs[0].offset = 7;
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto y = node.outputs[0].as<uint32_t>();
    for (size_t i = 0; i < y.size(); ++i) {
      Shape place = place_of(output, i);
      const bool is_second = place[at] >= first[at];
      if (is_second) place[at] -= first[at];
      ASSERT_EQ(y[i],
                is_second ? b[index_of(strides, place)] : a[index_of(dense_strides(first), place)])
          << "axis " << axis << ", element " << i;
    }
  }
}

TEST_F(Moved, ConcatOfColumnsAndOfNothing) {
  TestNode columns("Concat", 13,
                   {tensor<uint8_t>({3, 1}, {1, 2, 3}), tensor<uint8_t>({3, 0}, {}),
                    tensor<uint8_t>({3, 1}, {4, 5, 6})},
                   {wanted<uint8_t>({3, 2})});
  columns.add("axis", int64_t{1});
  run(columns);
  EXPECT_EQ(columns.outputs[0].as<uint8_t>(), (std::vector<uint8_t>{1, 4, 2, 5, 3, 6}));
}

TEST_F(Moved, IdentityMakesAViewDense) {
  const auto x = coded<uint64_t>(1320);
  TestNode node("Identity", 16, {tensor({33, 40}, x, {1, 33})}, {wanted<uint64_t>({33, 40})});
  run(node);
  const auto y = node.outputs[0].as<uint64_t>();
  for (size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], x[i / 40 + i % 40 * 33]) << i;
  TestNode dense("Flatten", 13, {tensor({3, 7, 5}, coded<uint64_t>(105))},
                 {wanted<uint64_t>({3, 35})});
  run(dense);
  EXPECT_EQ(dense.outputs[0].as<uint64_t>(), coded<uint64_t>(105));
}

TEST_F(Moved, CopiesPastTheCacheTouchWhatTheyShouldAndNoMore) {
  const uint64_t size = facts().cache_size + 308;
  const auto words = coded<uint32_t>(size / 4 + 64);
  bp_buffer_t* source = nullptr;
  bp_buffer_t* target = nullptr;
  const uint64_t room = words.size() * 4;
  ASSERT_EQ(kMemoryApi.buffer_create(device_, BP_MEMORY_DEVICE, room, &source), BP_OK);
  ASSERT_EQ(kMemoryApi.buffer_create(device_, BP_MEMORY_DEVICE, room, &target), BP_OK);
  const std::string before(room, '\x77');
  for (const uint64_t at : {uint64_t{0}, uint64_t{4}, uint64_t{3}}) {
    ASSERT_EQ(kMemoryApi.write(stream_, source, 0, words.data(), room), BP_OK);
    ASSERT_EQ(kMemoryApi.write(stream_, target, 0, before.data(), room), BP_OK);
    ASSERT_EQ(kMemoryApi.copy(stream_, target, at, source, 8, size), BP_OK);
    const std::string now = read(target, 0, room);
    EXPECT_EQ(std::memcmp(now.data() + at, reinterpret_cast<const char*>(words.data()) + 8, size),
              0);
    EXPECT_EQ((now.substr(0, at) + now.substr(at + size)).find_first_not_of('\x77'),
              std::string::npos);
  }
  kMemoryApi.buffer_destroy(source);
  kMemoryApi.buffer_destroy(target);
}

}  // namespace
}  // namespace backplane::opencl::testing
