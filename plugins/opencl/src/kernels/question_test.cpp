// IsNaN and IsInf against the C library.
#include <cmath>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Question : public KernelTest {
 protected:
  std::vector<char> answers_of(TestNode& node, const Shape& shape) {
    node.outputs = {{type_of(BP_DTYPE_BOOL, shape), std::vector<char>(count_of(shape), 0x55)}};
    run(node);
    return node.outputs[0].bytes;
  }
  std::vector<char> infinities_of(int64_t negative, int64_t positive) {
    TestNode node("IsInf", 10, {tensor<float>({5}, {-INFINITY, NAN, 3e38f, INFINITY, 0})}, {});
    node.add("detect_negative", negative);
    node.add("detect_positive", positive);
    return answers_of(node, {5});
  }
};

TEST_F(Question, EverySizeAroundVectorsAndPieces) {
  for (const size_t count : {0, 1, 15, 16, 17, 63, 64, 65, 1003}) {
    std::vector<float> x = floats(count, 1);
    for (size_t i = 0; i < count; i += 3) x[i] = i % 2 == 0 ? NAN : INFINITY;
    const Shape shape = {static_cast<int64_t>(count)};
    TestNode nan("IsNaN", 13, {tensor(shape, x)}, {});
    TestNode infinite("IsInf", 10, {tensor(shape, x)}, {});
    const auto nans = answers_of(nan, shape);
    const auto infinities = answers_of(infinite, shape);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(nans[i], std::isnan(x[i]) ? 1 : 0) << i << " of " << count;
      ASSERT_EQ(infinities[i], std::isinf(x[i]) ? 1 : 0) << i << " of " << count;
    }
  }
}

TEST_F(Question, TakesStrides) {
  std::vector<float> x = floats(2600, 3);
  for (size_t i = 0; i < x.size(); i += 7) x[i] = NAN;
  TestNode node("IsNaN", 13, {tensor({40, 65}, x, {1, 40})}, {});
  const auto nans = answers_of(node, {40, 65});
  for (size_t i = 0; i < nans.size(); ++i)
    ASSERT_EQ(nans[i], std::isnan(x[i / 65 + i % 65 * 40]) ? 1 : 0) << i;
}

TEST_F(Question, AsksForTheInfinitiesThatAreWanted) {
  EXPECT_EQ(infinities_of(1, 1), (std::vector<char>{1, 0, 0, 1, 0}));
  EXPECT_EQ(infinities_of(1, 0), (std::vector<char>{1, 0, 0, 0, 0}));
  EXPECT_EQ(infinities_of(0, 1), (std::vector<char>{0, 0, 0, 1, 0}));
  EXPECT_EQ(infinities_of(0, 0), (std::vector<char>{0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace backplane::opencl::testing
