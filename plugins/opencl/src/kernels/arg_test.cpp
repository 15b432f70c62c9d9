// ArgMax and ArgMin against plain loops.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Arg : public KernelTest {
 protected:
  template <class T>
  std::vector<int64_t> found(const char* op, bool takes_last, const Shape& shape, int64_t axis,
                             const std::vector<T>& x, const Shape& strides = {}) {
    Shape kept = shape;
    kept[static_cast<size_t>(axis)] = 1;
    TestNode node(op, 13, {tensor(shape, x, strides)}, {wanted<int64_t>(kept)});
    node.add("axis", axis);
    node.add("select_last_index", int64_t{takes_last});
    node.inputs[0].offset = 1;
    node.outputs[0].offset = 2;
    run(node);
    return node.outputs[0].as<int64_t>();
  }

  // `from`: the strides of x.
  template <class T>
  static std::vector<int64_t> looked_for(const char* op, bool takes_last, const Shape& shape,
                                         int64_t axis, const std::vector<T>& x, const Shape& from) {
    const auto at = static_cast<size_t>(axis);
    const double sign = std::string(op) == "ArgMax" ? 1 : -1;
    Shape kept = shape;
    kept[at] = 1;
    std::vector<int64_t> places(count_of(kept));
    for (size_t i = 0; i < places.size(); ++i) {
      const Shape start = place_of(kept, i);
      Shape best = start;
      for (Shape next = start; next[at] < shape[at]; ++next[at]) {
        const double more =
            sign * (value_of(x[index_of(from, next)]) - value_of(x[index_of(from, best)]));
        if (more > 0 || (takes_last && more == 0)) best = next;
      }
      places[i] = best[at];
    }
    return places;
  }

  template <class T>
  void expect_found(const Shape& shape, int64_t axis, const std::vector<T>& x,
                    const Shape& strides = {}) {
    const Shape from = strides.empty() ? dense_strides(shape) : strides;
    for (const char* op : {"ArgMax", "ArgMin"})
      for (const bool takes_last : {false, true})
        ASSERT_EQ(found(op, takes_last, shape, axis, x, strides),
                  looked_for(op, takes_last, shape, axis, x, from))
            << op << " of length " << shape[static_cast<size_t>(axis)] << ", last " << takes_last;
  }

  // Few different numbers, so that each is there many times.
  template <class T>
  static std::vector<T> few(size_t count, size_t kinds) {
    std::vector<T> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i * 7919 % 1021 % kinds);
    return values;
  }
};

TEST_F(Arg, AroundVectorsWithAndWithoutEqualOnes) {
  for (const int64_t length : {1, 2, 15, 16, 17, 31, 32, 33, 64, 65, 130, 1000})
    for (const int64_t axis : {0, 1, 2}) {
      Shape shape = {3, 5, 3};
      shape[static_cast<size_t>(axis)] = length;
      expect_found(shape, axis, floats(count_of(shape)));
      expect_found(shape, axis, few<float>(count_of(shape), 2));
      expect_found(shape, axis, few<float>(count_of(shape), 1));
    }
  expect_found({40, 70}, 0, few<float>(2800, 3));
  expect_found({2, 300, 130}, 1, few<float>(78000, 5));
}

TEST_F(Arg, EveryWidthOfElement) {
  expect_found({300, 3}, 0, few<int8_t>(900, 100));
  expect_found({3, 300}, 1, few<int8_t>(900, 100));
  expect_found({3, 300}, 1, few<uint8_t>(900, 200));
  expect_found({3, 300}, 1, few<int16_t>(900, 900));
  expect_found({300, 3}, 0, few<uint32_t>(900, 900));
  expect_found({3, 300}, 1, few<int64_t>(900, 900));
  expect_found({300, 3}, 0, few<uint64_t>(900, 900));
  if (facts().has_float64) expect_found({3, 300}, 1, few<double>(900, 900));
}

TEST_F(Arg, Strides) {
  expect_found({33, 40}, 1, few<float>(1320, 9), {1, 33});
  expect_found({33, 40}, 0, few<float>(1320, 9), {1, 33});
  expect_found({33, 40}, 1, few<float>(40, 9), {0, 1});
  expect_found({11, 40}, 0, few<float>(880, 9), {80, 2});
}

TEST_F(Arg, NanIsFoundFirst) {
  for (const size_t at : {0, 7, 16, 99}) {
    std::vector<float> x = floats(100);
    x[at] = x[99] = NAN;
    for (const Shape& shape : {Shape{1, 100}, Shape{100, 1}})
      for (const char* op : {"ArgMax", "ArgMin"}) {
        const int64_t axis = shape[0] == 1 ? 1 : 0;
        EXPECT_EQ(found(op, false, shape, axis, x)[0], static_cast<int64_t>(at));
        EXPECT_EQ(found(op, true, shape, axis, x)[0], 99);
      }
  }
}

TEST_F(Arg, RefusesAnAxisWithoutElements) {
  TestNode node("ArgMax", 13, {tensor<float>({3, 0}, {})}, {wanted<int64_t>({3, 1})});
  node.add("axis", int64_t{1});
  EXPECT_EQ(reason_against(node), "ArgMax: no element to choose from");
}

}  // namespace
}  // namespace backplane::opencl::testing
