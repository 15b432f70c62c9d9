// Moved elements against what the definitions say of each index.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

int64_t count_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

// Every element another number; among them those that arithmetic would change.
Numbers numbered(const Shape& shape, bp_dtype_t dtype = BP_DTYPE_FLOAT32) {
  std::vector<double> elements(static_cast<size_t>(count_of(shape)));
  std::iota(elements.begin(), elements.end(), 1.0);
  const double special[] = {-0.0, NAN, INFINITY, -INFINITY, 0x1p-149};
  for (size_t i = 0; dtype == BP_DTYPE_FLOAT32 && i < elements.size() / 2 && i < 5; ++i)
    elements[2 * i] = special[i];
  return {dtype, shape, elements, false};
}

double at(const Numbers& x, const Shape& index) {
  int64_t place = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) place = place * x.shape[axis] + index[axis];
  return x.elements[static_cast<size_t>(place)];
}

// What `source` finds for each index of `shape`, in order.
template <class Source>
std::vector<double> gathered(const Shape& shape, Source source) {
  std::vector<double> all;
  for (int64_t place = 0; place < count_of(shape); ++place) {
    Shape index(shape.size());
    int64_t rest = place;
    for (size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
      index[axis] = rest % shape[axis];
    all.push_back(source(index));
  }
  return all;
}

bool only_moves(const Ran& ran) {
  const std::set<std::string> movers = {"Reshape", "Concat", "Transpose"};
  for (const std::string& op : ran.ops)
    if (movers.count(op) == 0) return false;
  return true;
}

TEST(DecomposedMovement, ExpandTakesElementsAlongAxesOfOne) {
  const struct {
    Shape from;
    std::vector<int64_t> said;
    Shape to;
  } cases[] = {{{3, 1}, {2, 1, 6}, {2, 3, 6}}, {{3, 1}, {3, 4}, {3, 4}}, {{}, {2, 3}, {2, 3}},
               {{1, 4}, {77, 1}, {77, 4}},     {{5}, {5}, {5}},          {{}, {}, {}},
               {{1}, {1000}, {1000}},          {{0, 1}, {0, 3}, {0, 3}}};
  for (const auto& each : cases) {
    const Numbers x = numbered(each.from);
    const Ran ran = run_parts({"Expand", {x, constant_integers(each.said)}, {}});
    const auto wanted = gathered(each.to, [&](Shape index) {
      index.erase(index.begin(), index.end() - static_cast<std::ptrdiff_t>(x.shape.size()));
      for (size_t axis = 0; axis < index.size(); ++axis) index[axis] %= x.shape[axis];
      return at(x, index);
    });
    EXPECT_EQ(difference(ran, wanted), "") << to_text(each.from) << to_text(each.to);
    EXPECT_TRUE(only_moves(ran));
  }
  const Ran none = run_parts({"Expand", {numbered({1}), constant_integers({0})}, {}});
  EXPECT_NE(none.status.find("size of 0"), std::string::npos);
}

TEST(DecomposedMovement, TileRepeatsEveryAxis) {
  const struct {
    Shape from;
    std::vector<int64_t> repeats;
  } cases[] = {{{2, 3}, {2, 2}}, {{4}, {1}}, {{2, 1, 3}, {1, 35, 2}}, {{0, 2}, {4, 2}}};
  for (const auto& each : cases) {
    const Numbers x = numbered(each.from);
    Shape to = each.from;
    for (size_t axis = 0; axis < to.size(); ++axis) to[axis] *= each.repeats[axis];
    const Ran ran = run_parts({"Tile", {x, constant_integers(each.repeats)}, {}});
    const auto wanted = gathered(to, [&](Shape index) {
      for (size_t axis = 0; axis < index.size(); ++axis) index[axis] %= x.shape[axis];
      return at(x, index);
    });
    EXPECT_EQ(difference(ran, wanted), "") << to_text(each.from);
    EXPECT_TRUE(only_moves(ran));
  }
}

// A long axis is joined of few pieces, not of one input a copy.
TEST(DecomposedMovement, ManyCopiesAreMadeOfCopies) {
  const Ran ran = run_parts({"Expand", {numbered({1}), constant_integers({4099})}, {}});
  EXPECT_EQ(ran.status, "");
  EXPECT_LT(ran.ops.size(), 12u);
}

TEST(DecomposedMovement, DepthGoesToSpaceInBothModes) {
  const Numbers x = numbered({2, 12, 2, 3});
  const int64_t block = 2;
  const int64_t depth = 3;
  for (const char* mode : {"DCR", "CRD"}) {
    const bool is_crd = mode[0] == 'C';
    const Ran ran = run_parts(
        {"DepthToSpace", {x}, {int_attribute("blocksize", block), string_attribute("mode", mode)}});
    const auto wanted = gathered({2, depth, 4, 6}, [&](const Shape& i) {
      const int64_t offset = i[2] % block * block + i[3] % block;
      const int64_t channel = is_crd ? i[1] * block * block + offset : offset * depth + i[1];
      return at(x, {i[0], channel, i[2] / block, i[3] / block});
    });
    EXPECT_EQ(difference(ran, wanted), "") << mode;
  }
}

TEST(DecomposedMovement, SpaceGoesToDepth) {
  const Numbers x = numbered({2, 3, 4, 6}, BP_DTYPE_INT32);
  const Ran ran = run_parts({"SpaceToDepth", {x}, {int_attribute("blocksize", 2)}});
  const auto wanted = gathered({2, 12, 2, 3}, [&](const Shape& i) {
    const int64_t offset = i[1] / 3;
    return at(x, {i[0], i[1] % 3, i[2] * 2 + offset / 2, i[3] * 2 + offset % 2});
  });
  EXPECT_EQ(difference(ran, wanted), "");
}

std::vector<double> padded(const Numbers& x, const std::vector<int64_t>& pads, double value) {
  Shape to = x.shape;
  for (size_t axis = 0; axis < to.size(); ++axis) to[axis] += pads[axis] + pads[axis + to.size()];
  return gathered(to, [&](Shape index) {
    for (size_t axis = 0; axis < index.size(); ++axis) {
      index[axis] -= pads[axis];
      if (index[axis] < 0 || index[axis] >= x.shape[axis]) return value;
    }
    return at(x, index);
  });
}

TEST(DecomposedMovement, PadSurroundsWithTheValue) {
  const std::vector<int64_t> pads = {1, 0, 2, 0, 3, 1};
  const Numbers x = numbered({2, 3, 4});
  const Numbers minus = {BP_DTYPE_FLOAT32, {}, {-2.5}, true};
  Numbers launched = minus;
  launched.is_constant = false;
  const Numbers given = constant_integers(pads);
  EXPECT_EQ(difference(run_parts({"Pad", {x, given}, {}}), padded(x, pads, 0)), "");
  for (const Numbers& value : {minus, launched})
    EXPECT_EQ(difference(run_parts({"Pad", {x, given, value}, {}}), padded(x, pads, -2.5)), "");
  const Numbers none = constant_integers({0, 0, 0, 0, 0, 0});
  EXPECT_EQ(difference(run_parts({"Pad", {x, none}, {}}), x.elements), "");
  const Numbers whole = numbered({2, 3, 4}, BP_DTYPE_INT32);
  EXPECT_EQ(difference(run_parts({"Pad", {whole, given}, {}}), padded(whole, pads, 0)), "");
}

TEST(DecomposedMovement, PadRefusesWhatIsNoSurrounding) {
  const Numbers x = numbered({2, 3});
  const auto status = [&](const std::vector<int64_t>& pads, const char* mode) {
    return run_parts({"Pad", {x, constant_integers(pads)}, {string_attribute("mode", mode)}})
        .status;
  };
  EXPECT_NE(status({0, 1, 0, 1}, "edge").find("mode edge"), std::string::npos);
  EXPECT_NE(status({0, 1, 0, 1}, "reflect").find("mode reflect"), std::string::npos);
  EXPECT_NE(status({0, -1, 0, 1}, "constant").find("negative"), std::string::npos);
}

TEST(DecomposedMovement, DropoutKeepsEverythingInInference) {
  const Numbers x = numbered({2, 5});
  const Numbers ratio = {BP_DTYPE_FLOAT32, {}, {0.75}, true};
  const Numbers no = {BP_DTYPE_BOOL, {}, {0}, true};
  const Numbers yes = {BP_DTYPE_BOOL, {}, {1}, true};
  EXPECT_EQ(difference(run_parts({"Dropout", {x}, {}}), x.elements), "");
  EXPECT_EQ(difference(run_parts({"Dropout", {x, ratio, no}, {}}), x.elements), "");
  const Ran both = run_parts({"Dropout", {x, ratio}, {}, 2});
  ASSERT_EQ(both.status, "");
  EXPECT_EQ(both.outputs[1].elements, std::vector<double>(10, 1.0));
  const Ran training = run_parts({"Dropout", {x, ratio, yes}, {}});
  EXPECT_NE(training.status.find("training"), std::string::npos);
  Numbers later = no;
  later.is_constant = false;
  EXPECT_NE(run_parts({"Dropout", {x, ratio, later}, {}}).status.find("launch"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
