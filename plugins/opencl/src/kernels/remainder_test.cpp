// Mod against C's own division.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Remainder : public KernelTest {
 protected:
  template <class T>
  std::vector<T> mod(const std::vector<T>& x, const std::vector<T>& by, int64_t fmod = 0,
                     int in_place = -1) {
    const auto count = static_cast<int64_t>(x.size());
    TestNode node("Mod", 13, {tensor({count}, x), tensor({static_cast<int64_t>(by.size())}, by)},
                  {wanted<T>({count})});
    node.add("fmod", fmod);
    run(node, in_place);
    return node.outputs[0].as<T>();
  }
};

TEST_F(Remainder, HasTheSignOfTheDivisorOrTheDividendAndNeverTraps) {
  const std::vector<int32_t> x = {7, -7, 7, -7, 5, INT32_MIN, INT32_MIN, 6};
  const std::vector<int32_t> by = {3, 3, -3, -3, 0, -1, 0, -3};
  EXPECT_EQ(mod<int32_t>(x, by), (std::vector<int32_t>{1, 2, -2, -1, 0, 0, 0, 0}));
  EXPECT_EQ(mod<int32_t>(x, by, 1), (std::vector<int32_t>{1, -1, 1, -1, 0, 0, 0, 0}));
  EXPECT_EQ(mod<int8_t>({-128, 100}, {127, -7}), (std::vector<int8_t>{126, -5}));
  EXPECT_EQ(mod<int64_t>({INT64_MIN, INT64_MAX}, {-1, 10}), (std::vector<int64_t>{0, 7}));
  EXPECT_EQ(mod<uint64_t>({UINT64_MAX, 3}, {10, 0}), (std::vector<uint64_t>{5, 0}));
}

TEST_F(Remainder, OfFloatsIsExact) {
  std::vector<float> x = {5.5f, -5.5f, 1e30f, 1e30f, 3e38f, 1.0f, -7.0f, 1e-30f, 123456.789f};
  std::vector<float> by = {2.0f, 2.0f, 3.0f, 1e-20f, 0.7f, INFINITY, -2.5f, 1.0f, 1e-3f};
  const auto rests = mod<float>(x, by, 1);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(rests[i], std::fmod(x[i], by[i])) << x[i];
  for (const auto& pair : {std::pair{INFINITY, 2.0f}, {1.0f, 0.0f}, {NAN, 1.0f}})
    EXPECT_TRUE(std::isnan(mod<float>({pair.first}, {pair.second}, 1)[0]));
}

TEST_F(Remainder, AroundPiecesInPlaceAndThroughStrides) {
  for (const size_t count : {0, 1, 17, 63, 65, 1003}) {
    std::vector<int32_t> x(count);
    for (size_t i = 0; i < count; ++i) x[i] = static_cast<int32_t>(i * 7919);
    for (const int in_place : {-1, 0}) {
      const auto rests = mod<int32_t>(x, {97}, 0, in_place);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(rests[i], x[i] % 97) << i;
    }
  }
  TestNode spread("Mod", 13, {tensor<int32_t>({3}, {5, 9, 8, 9, 7}, {2}), tensor<int32_t>({}, {4})},
                  {wanted<int32_t>({3})});
  run(spread);
  EXPECT_EQ(spread.outputs[0].as<int32_t>(), (std::vector<int32_t>{1, 0, 3}));
}

TEST_F(Remainder, RefusesFloatsWithoutFmod) {
  TestNode node("Mod", 13, {tensor<float>({1}, {1}), tensor<float>({1}, {1})},
                {wanted<float>({1})});
  EXPECT_NE(reason_against(node).find("fmod"), std::string::npos);
}

}  // namespace
}  // namespace backplane::opencl::testing
