// GatherElements, GatherND and their Scatter counterparts, place by place.
#include <gtest/gtest.h>

#include "test_fill.hpp"
#include "test_movement.hpp"

namespace backplane::cpu::testing {
namespace {

// Indices from -size to size - 1.
template <class Index>
std::vector<Index> random_indices(Random& random, size_t count, int64_t size) {
  std::vector<Index> made;
  for (size_t i = 0; i < count; ++i)
    made.push_back(static_cast<Index>(
        static_cast<int64_t>(random() % static_cast<uint64_t>(2 * size)) - size));
  return made;
}

int64_t from_front(int64_t index, int64_t size) { return index < 0 ? index + size : index; }

struct ElementsCase {
  Shape data, indices;
  int64_t axis;
};
const std::vector<ElementsCase>& elements_cases() {
  static const std::vector<ElementsCase> table = {
      {{5}, {9}, 0},
      {{3, 4}, {7, 4}, 0},
      {{3, 4}, {2, 9}, -1},
      {{2, 3, 4}, {1, 5, 2}, 1},
      {{2, 3, 2, 2, 1, 2, 2, 3}, {2, 3, 1, 2, 1, 2, 2, 5}, 7},
      {{2, 3}, {0, 3}, 0}};
  return table;
}

template <class Index>
void expect_elements_gathered() {
  const OpenDevice device(kSynchronousDevice);
  Random random(7);
  for (const ElementsCase& tried : elements_cases())
    for (const bp_dtype_t dtype : kSizedTypes) {
      const auto rank = static_cast<int64_t>(tried.data.size());
      const auto axis = static_cast<size_t>((tried.axis + rank) % rank);
      const std::vector<Index> indices =
          random_indices<Index>(random, count_of(tried.indices), tried.data[axis]);
      TestNode node("GatherElements", 13,
                    {coded(dtype, tried.data), tensor(tried.indices, indices)},
                    {wanted(dtype, tried.indices)});
      node.add("axis", tried.axis);
      expect_moved(device, node, tried.data, tried.indices, [&](const Shape& place) {
        Shape from = place;
        from[axis] = from_front(static_cast<int64_t>(indices[index_of(tried.indices, place)]),
                                tried.data[axis]);
        return from;
      });
    }
}

TEST(GatherElements, TakesWhatInt64IndicesName) { expect_elements_gathered<int64_t>(); }
TEST(GatherElements, TakesWhatInt32IndicesName) { expect_elements_gathered<int32_t>(); }

template <class T>
std::vector<T> scattered(const char* op, const std::vector<T>& data, const Tensor& indices,
                         const std::vector<T>& updates, const Shape& shape, const char* reduction) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node(
      op, 16,
      {tensor<T>({static_cast<int64_t>(data.size())}, data), indices, tensor<T>(shape, updates)},
      {wanted(dtype_of<T>(), {static_cast<int64_t>(data.size())})});
  node.add("reduction", reduction);
  EXPECT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  return node.outputs[0].template as<T>();
}

TEST(ScatterElements, PutsUpdatesWhereIndicesSay) {
  const OpenDevice device(kSynchronousDevice);
  Random random(8);
  for (const ElementsCase& tried : elements_cases()) {
    const auto rank = static_cast<int64_t>(tried.data.size());
    const auto axis = static_cast<size_t>((tried.axis + rank) % rank);
    const std::vector<int64_t> indices =
        random_indices<int64_t>(random, count_of(tried.indices), tried.data[axis]);
    const Tensor data = whole<float>(tried.data, 1);
    const Tensor updates = whole<float>(tried.indices, 2);
    TestNode node("ScatterElements", 16, {data, tensor(tried.indices, indices), updates},
                  {wanted(BP_DTYPE_FLOAT32, tried.data)});
    node.add("axis", tried.axis);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    std::vector<float> expected = data.as<float>();
    for (size_t i = 0; i < indices.size(); ++i) {
      Shape place = place_of(tried.indices, i);
      place[axis] = from_front(indices[i], tried.data[axis]);
      expected[index_of(tried.data, place)] = updates.as<float>()[i];
    }
    EXPECT_EQ(node.outputs[0].as<float>(), expected);
  }
}

TEST(Scatter, OfSeveralUpdatesTheLastWinsOrAllCount) {
  const Tensor elements = tensor<int64_t>({3}, {1, -1, 1});
  const Tensor rows = tensor<int64_t>({3, 1}, {1, -1, 1});
  for (const auto& [op, indices] :
       {std::pair{"ScatterElements", elements}, std::pair{"ScatterND", rows}}) {
    EXPECT_EQ(scattered<int32_t>(op, {1, 2, 3}, indices, {10, 20, 30}, {3}, "none"),
              (std::vector<int32_t>{1, 30, 20}));
    EXPECT_EQ(scattered<int32_t>(op, {1, 2, 3}, indices, {10, 20, 30}, {3}, "add"),
              (std::vector<int32_t>{1, 42, 23}));
    EXPECT_EQ(scattered<int8_t>(op, {1, 2, 3}, indices, {10, 20, 30}, {3}, "mul"),
              (std::vector<int8_t>{1, 88, 60}));
    EXPECT_EQ(scattered<double>(op, {1, 2, 3}, indices, {0.5, 2, 4}, {3}, "mul"),
              (std::vector<double>{1, 4, 6}));
  }
}

struct NdCase {
  Shape data, indices;  // the last of the indices is how deep they go
  int64_t batches;
  Shape output;
};
const std::vector<NdCase>& nd_cases() {
  static const std::vector<NdCase> table = {{{5}, {4, 1}, 0, {4}},
                                            {{3, 4}, {2}, 0, {}},
                                            {{3, 4}, {5, 1}, 0, {5, 4}},
                                            {{2, 3, 4}, {2, 2, 2}, 0, {2, 2, 4}},
                                            {{2, 3, 4}, {2, 5, 1}, 1, {2, 5, 4}},
                                            {{2, 3, 4, 2}, {2, 3, 2, 2}, 2, {2, 3, 2}},
                                            {{3, 4}, {0, 1}, 0, {0, 4}}};
  return table;
}

// Each column of the indices has its own axis of the data.
std::vector<int64_t> nd_indices(Random& random, const NdCase& tried) {
  const auto depth = static_cast<size_t>(tried.indices.back());
  std::vector<int64_t> made(count_of(tried.indices));
  for (size_t i = 0; i < made.size(); ++i)
    made[i] = random_indices<int64_t>(
        random, 1, tried.data[static_cast<size_t>(tried.batches) + i % depth])[0];
  return made;
}

TEST(GatherND, TakesTheSlicesThatRowsName) {
  const OpenDevice device(kSynchronousDevice);
  Random random(9);
  for (const NdCase& tried : nd_cases())
    for (const bp_dtype_t dtype : kSizedTypes) {
      const std::vector<int64_t> indices = nd_indices(random, tried);
      const auto depth = static_cast<size_t>(tried.indices.back());
      const size_t leading = tried.indices.size() - 1;
      TestNode node("GatherND", 13, {coded(dtype, tried.data), tensor(tried.indices, indices)},
                    {wanted(dtype, tried.output)});
      node.add("batch_dims", tried.batches);
      ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
      for (size_t i = 0; i < count_of(tried.output); ++i) {
        const Shape place = place_of(tried.output, i);
        const auto split = place.begin() + static_cast<std::ptrdiff_t>(leading);
        Shape row(place.begin(), split);
        Shape from(place.begin(), place.begin() + tried.batches);
        row.push_back(0);
        for (size_t k = 0; k < depth; ++k) {
          row.back() = static_cast<int64_t>(k);
          from.push_back(from_front(indices[index_of(tried.indices, row)],
                                    tried.data[static_cast<size_t>(tried.batches) + k]));
        }
        from.insert(from.end(), split, place.end());
        ASSERT_TRUE(is_element(node.outputs[0], i, node.inputs[0], index_of(tried.data, from)));
      }
    }
}

TEST(ScatterND, PutsSlices) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("ScatterND", 16,
                {tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}), tensor<int64_t>({2, 1}, {2, 0}),
                 tensor<float>({2, 2}, {10, 20, 30, 40})},
                {wanted(BP_DTYPE_FLOAT32, {3, 2})});
  ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{30, 40, 3, 4, 10, 20}));
}

TEST(Indices, OutsideTheyFailTheLaunch) {
  const OpenDevice device(kSynchronousDevice);
  for (const char* op : {"GatherElements", "GatherND", "ScatterElements", "ScatterND"})
    for (const int64_t bad : {int64_t{3}, int64_t{-4}, INT64_MAX, INT64_MIN}) {
      const bool is_nd = std::string(op).find("ND") != std::string::npos;
      const bool is_scatter = std::string(op).find("Scatter") != std::string::npos;
      const Shape shape = is_nd ? Shape{2, 1} : Shape{2};
      TestNode node(op, 13, {noisy<float>({3}, 1), tensor<int64_t>(shape, {0, bad})},
                    {wanted(BP_DTYPE_FLOAT32, {is_scatter ? 3 : 2})});
      if (is_scatter) node.add_input(noisy<float>({2}, 1), false);
      Launch launch(device, node, 0x5a);
      EXPECT_EQ(launch.run(), BP_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(TestHost::take_text(),
                std::string(op) + ": index " + std::to_string(bad) + " is outside an axis of 3");
    }
}

}  // namespace
}  // namespace backplane::cpu::testing
