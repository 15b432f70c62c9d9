// Resize against the copies that its definition names; EyeLike against the unit matrix.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

Node resize(Shape shape, const std::vector<double>& scales, std::vector<Attribute> attributes) {
  std::vector<double> elements(static_cast<size_t>(
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())));
  std::iota(elements.begin(), elements.end(), 1.0);
  Numbers factors = floats({static_cast<int64_t>(scales.size())}, scales);
  factors.is_constant = true;
  return {"Resize", {floats(std::move(shape), elements), absent(), factors}, std::move(attributes)};
}

TEST(DecomposedImage, ResizeRepeatsRowsAndColumns) {
  const std::vector<double> wanted = {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2,
                                      3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4};
  EXPECT_EQ(difference(run_parts(resize({1, 1, 2, 2}, {1, 1, 2, 3}, {})), wanted), "");
  const std::vector<Attribute> floor = {
      string_attribute("coordinate_transformation_mode", "asymmetric"),
      string_attribute("nearest_mode", "floor")};
  EXPECT_EQ(difference(run_parts(resize({1, 1, 2, 2}, {1, 1, 2, 3}, floor)), wanted), "");
}

TEST(DecomposedImage, ResizeRefusesWhatAreNoCopiesInARow) {
  const auto status = [](const std::vector<double>& scales, const char* name, const char* value) {
    return run_parts(resize({1, 1, 4, 4}, scales, {string_attribute(name, value)})).status;
  };
  EXPECT_NE(status({1, 1, 2, 2}, "mode", "linear").find("mode linear"), std::string::npos);
  EXPECT_NE(status({1, 1, 2, 2}, "nearest_mode", "ceil").find("copies"), std::string::npos);
  EXPECT_NE(status({1, 1, 1.5, 2}, "nearest_mode", "floor").find("copies"), std::string::npos);
  EXPECT_NE(status({1, 1, 1.0, 0.5}, "nearest_mode", "floor").find("copies"), std::string::npos);
  EXPECT_NE(status({1, 1, 2.25, 2}, "nearest_mode", "floor").find("copies"), std::string::npos);
  EXPECT_NE(status({1, 1, 3, 3}, "coordinate_transformation_mode", "align_corners").find("copies"),
            std::string::npos);
}

TEST(DecomposedImage, EyeLikeHasOnesOnItsDiagonal) {
  const Numbers x = floats({2, 3}, std::vector<double>(6));
  EXPECT_EQ(difference(run_parts({"EyeLike", {x}, {}}), {1, 0, 0, 0, 1, 0}), "");
  const std::vector<Attribute> above = {int_attribute("k", 2), int_attribute("dtype", 6)};
  EXPECT_EQ(difference(run_parts({"EyeLike", {x}, above}), {0, 0, 1, 0, 0, 0}), "");
  EXPECT_EQ(difference(run_parts({"EyeLike", {x}, {int_attribute("k", -1)}}), {0, 0, 0, 1, 0, 0}),
            "");
}

}  // namespace
}  // namespace backplane::ops
