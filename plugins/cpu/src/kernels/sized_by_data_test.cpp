// NonZero, Compress, Unique and NonMaxSuppression: sizes and elements that ONNX's texts give, and
// what these leave to arithmetic: -0, NaN, nothing at all.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What a launch stored: each output, cut to the sizes that it told.
class Stored {
 public:
  // `is_bounded`: of which outputs the data decides the sizes.
  Stored(TestNode& node, const std::vector<bool>& is_bounded) {
    const OpenDevice device(kSynchronousDevice);
    const TestKernel kernel(device, node);
    EXPECT_EQ(kernel.status(), BP_OK) << kernel.reason();
    if (kernel.status() != BP_OK) return;
    std::vector<Tensor> all = node.outputs;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const bp_argument_flags_t told = kernel.info().outputs[i];
      EXPECT_EQ((told & BP_ARGUMENT_FLAG_BOUNDED) != 0, is_bounded[i]) << "output " << i;
      if (is_bounded[i]) all.push_back(wanted(BP_DTYPE_INT64, {node.outputs[i].type.rank}));
    }
    const std::vector<Tensor> made = kernel.launch(node.inputs, all, 0x3a);
    EXPECT_EQ(kernel.launch_status, BP_OK) << TestHost::take_text();
    size_t sizes = node.outputs.size();
    for (size_t i = 0; i < node.outputs.size(); ++i)
      outputs_.push_back(is_bounded[i] ? cut(made[i], made[sizes++].as<int64_t>()) : made[i]);
  }

  const Tensor& at(size_t output) const { return outputs_.at(output); }
  Shape shape(size_t output = 0) const {
    const bp_tensor_type_t& type = outputs_.at(output).type;
    return {type.shape, type.shape + type.rank};
  }

 private:
  static Tensor cut(Tensor bound, const Shape& shape) {
    bound.type = type_of(bound.type.dtype, shape);
    EXPECT_LE(byte_size(bound.type), bound.bytes.size());
    bound.bytes.resize(byte_size(bound.type));
    return bound;
  }

  std::vector<Tensor> outputs_;
};

TestNode non_zero(const Tensor& x) {
  const auto count = static_cast<int64_t>(element_count(x.type));
  return {"NonZero", 13, {x}, {wanted(BP_DTYPE_INT64, {x.type.rank, count})}};
}

TEST(NonZero, GivesTheIndicesOfEachAxisInTheOrderOfElements) {
  TestNode node = non_zero(tensor<float>({2, 3}, {0, 1, kNan, -0.F, 0, -1e-45F}));
  const Stored stored(node, {true});
  EXPECT_EQ(stored.shape(), (Shape{2, 3}));
  EXPECT_EQ(stored.at(0).as<int64_t>(), (Shape{0, 0, 1, 1, 2, 2}));
}

TEST(NonZero, OfNothingAndOfZerosIsNothing) {
  for (const Tensor& x : {tensor<float>({0, 3}, {}), tensor<float>({1, 2}, {0, -0.F})}) {
    TestNode node = non_zero(x);
    EXPECT_EQ(Stored(node, {true}).shape(), (Shape{2, 0}));
  }
}

TEST(NonZero, TheSignOfAnIntegerIsPartOfIt) {
  TestNode node = non_zero(tensor<int8_t>({3}, {0, -128, 1}));
  EXPECT_EQ(Stored(node, {true}).at(0).as<int64_t>(), (Shape{1, 2}));
}

// ONNX's own examples; those beyond the end of a short condition are left out.
TEST(Compress, TakesSlicesOfAnAxisOrElementsOfAll) {
  const Tensor x = tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  TestNode rows("Compress", 11, {x, tensor<char>({3}, {0, 1, 1}, BP_DTYPE_BOOL)},
                {wanted(BP_DTYPE_FLOAT32, {3, 2})});
  rows.add("axis", 0);
  const Stored of_rows(rows, {true});
  EXPECT_EQ(of_rows.shape(), (Shape{2, 2}));
  EXPECT_EQ(of_rows.at(0).as<float>(), (std::vector<float>{3, 4, 5, 6}));

  TestNode columns("Compress", 11, {x, tensor<char>({2}, {0, 1}, BP_DTYPE_BOOL)},
                   {wanted(BP_DTYPE_FLOAT32, {3, 2})});
  columns.add("axis", -1);
  const Stored of_columns(columns, {true});
  EXPECT_EQ(of_columns.shape(), (Shape{3, 1}));
  EXPECT_EQ(of_columns.at(0).as<float>(), (std::vector<float>{2, 4, 6}));

  TestNode elements("Compress", 11, {x, tensor<char>({5}, {0, 1, 0, 0, 1}, BP_DTYPE_BOOL)},
                    {wanted(BP_DTYPE_FLOAT32, {6})});
  const Stored of_elements(elements, {true});
  EXPECT_EQ(of_elements.shape(), (Shape{2}));
  EXPECT_EQ(of_elements.at(0).as<float>(), (std::vector<float>{2, 5}));
}

TEST(Compress, ConditionsOfAnotherTypeAreRefusedInWords) {
  const TestNode node("Compress", 11, {tensor<float>({2}, {1, 2}), tensor<float>({2}, {1, 0})},
                      {wanted(BP_DTYPE_FLOAT32, {2})});
  EXPECT_EQ(refusal(node), "Compress: condition is float32[2], not a vector of bool");
}

TestNode unique(const Tensor& x, const Shape& bound, int64_t slices) {
  return {"Unique",
          11,
          {x},
          {wanted(x.type.dtype, bound), wanted(BP_DTYPE_INT64, {slices}),
           wanted(BP_DTYPE_INT64, {slices}), wanted(BP_DTYPE_INT64, {slices})}};
}
const std::vector<bool> kUniqueIsBounded = {true, true, false, true};

TEST(Unique, SortsTheKindsOfElementsOrKeepsTheirOrder) {
  const Tensor x = tensor<float>({6}, {2, 1, 1, 3, 4, 3});
  TestNode sorted = unique(x, {6}, 6);
  const Stored first(sorted, kUniqueIsBounded);
  EXPECT_EQ(first.at(0).as<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(first.at(1).as<int64_t>(), (Shape{1, 0, 3, 4}));
  EXPECT_EQ(first.at(2).as<int64_t>(), (Shape{1, 0, 0, 2, 3, 2}));
  EXPECT_EQ(first.at(3).as<int64_t>(), (Shape{2, 1, 2, 1}));

  TestNode kept = unique(x, {6}, 6);
  kept.add("sorted", 0);
  const Stored second(kept, kUniqueIsBounded);
  EXPECT_EQ(second.at(0).as<float>(), (std::vector<float>{2, 1, 3, 4}));
  EXPECT_EQ(second.at(1).as<int64_t>(), (Shape{0, 1, 3, 4}));
  EXPECT_EQ(second.at(2).as<int64_t>(), (Shape{0, 1, 1, 2, 3, 2}));
  EXPECT_EQ(second.at(3).as<int64_t>(), (Shape{1, 2, 2, 1}));
}

TEST(Unique, ComparesSlicesElementByElement) {
  TestNode node = unique(tensor<float>({2, 4, 2}, {1, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0, 1, 2, 1, 0, 1}),
                         {2, 4, 2}, 4);
  node.add("axis", 1);
  const Stored stored(node, kUniqueIsBounded);
  EXPECT_EQ(stored.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(stored.at(0).as<float>(), (std::vector<float>{0, 1, 1, 1, 2, 1, 0, 1, 1, 1, 2, 1}));
  EXPECT_EQ(stored.at(1).as<int64_t>(), (Shape{1, 0, 2}));
  EXPECT_EQ(stored.at(2).as<int64_t>(), (Shape{1, 0, 2, 0}));
  EXPECT_EQ(stored.at(3).as<int64_t>(), (Shape{2, 1, 1}));
}

// Two slices differ in the last of their elements alone, the third from both in one between.
TEST(Unique, ComparesSlicesToTheirLastElement) {
  TestNode node =
      unique(tensor<float>({2, 3, 2}, {1, 2, 1, 2, 1, 1, 5, 6, 5, 7, 5, 6}), {2, 3, 2}, 3);
  node.add("axis", 1);
  const Stored stored(node, kUniqueIsBounded);
  EXPECT_EQ(stored.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(stored.at(0).as<float>(), (std::vector<float>{1, 1, 1, 2, 1, 2, 5, 6, 5, 6, 5, 7}));
  EXPECT_EQ(stored.at(1).as<int64_t>(), (Shape{2, 0, 1}));
}

TEST(Unique, ZerosOfBothSignsAreOneKindAndNansAnotherAboveAll) {
  TestNode node = unique(tensor<float>({6}, {kNan, -0.F, INFINITY, 0, kNan, -1}), {6}, 6);
  const Stored stored(node, kUniqueIsBounded);
  EXPECT_EQ(stored.at(1).as<int64_t>(), (Shape{5, 1, 2, 0}));
  EXPECT_EQ(stored.at(3).as<int64_t>(), (Shape{1, 2, 1, 2}));
}

TEST(Unique, OfNothingIsNothing) {
  TestNode node = unique(tensor<int32_t>({0}, {}), {0}, 0);
  const Stored stored(node, kUniqueIsBounded);
  for (const size_t output : {0U, 1U, 3U}) EXPECT_EQ(stored.shape(output), (Shape{0}));
}

// The boxes of ONNX's examples: three pairs that overlap but for a tenth, and scores of one class.
const std::vector<float> kCorners = {0, 0,    1, 1,    0, 0.1F,  1, 1.1F,  0, -0.1F, 1, 0.9F,
                                     0, 10.F, 1, 11.F, 0, 10.1F, 1, 11.1F, 0, 100.F, 1, 101.F};
const std::vector<float> kScores = {0.9F, 0.75F, 0.6F, 0.95F, 0.5F, 0.3F};

TestNode suppression(const std::vector<float>& boxes, const std::vector<float>& scores,
                     int64_t most, float overlap) {
  const auto count = static_cast<int64_t>(scores.size());
  return {"NonMaxSuppression",
          11,
          {tensor<float>({1, count, 4}, boxes), tensor<float>({1, 1, count}, scores),
           tensor<int64_t>({1}, {most}), tensor<float>({1}, {overlap})},
          {wanted(BP_DTYPE_INT64, {count, 3})}};
}

std::vector<int64_t> chosen(TestNode node) {
  const Stored stored(node, {true});
  const std::vector<int64_t> rows = stored.at(0).as<int64_t>();
  std::vector<int64_t> boxes;
  for (size_t i = 0; i < rows.size(); i += 3) {
    EXPECT_EQ(rows[i], 0) << "the batch";
    EXPECT_EQ(rows[i + 1], 0) << "the class";
    boxes.push_back(rows[i + 2]);
  }
  return boxes;
}

TEST(NonMaxSuppression, KeepsTheBestOfThoseThatOverlap) {
  EXPECT_EQ(chosen(suppression(kCorners, kScores, 3, 0.5F)), (Shape{3, 0, 5}));
  EXPECT_EQ(chosen(suppression(kCorners, kScores, 2, 0.5F)), (Shape{3, 0}));
  EXPECT_EQ(chosen(suppression(kCorners, kScores, 6, 1.F)), (Shape{3, 0, 1, 2, 4, 5}));
  EXPECT_TRUE(chosen(suppression(kCorners, kScores, 0, 0.5F)).empty());
}

TEST(NonMaxSuppression, SizesMayBeToldNoEarlierThanAtLaunch) {
  TestNode node = suppression(kCorners, kScores, 3, 0.5F);
  node.has_unknown_sizes = true;
  EXPECT_EQ(chosen(node), (Shape{3, 0, 5}));
}

TEST(NonMaxSuppression, ScoresOfOtherBoxesAreRefusedWheneverTheyAreSeen) {
  TestNode node = suppression(kCorners, kScores, 3, 0.5F);
  node.inputs[1] = tensor<float>({1, 1, 5}, {1, 2, 3, 4, 5});
  EXPECT_EQ(refusal(node),
            "NonMaxSuppression: float32[1,1,5] has no score for each of float32[1,6,4]");
  node.has_unknown_sizes = true;
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  std::vector<Tensor> outputs = node.outputs;
  outputs.push_back(wanted(BP_DTYPE_INT64, {2}));
  kernel.launch(node.inputs, outputs, 0);
  EXPECT_EQ(kernel.launch_status, BP_STATUS_INVALID_ARGUMENT);
}

TEST(NonMaxSuppression, LeavesOutScoresThatAreNotAboveTheLeast) {
  TestNode node = suppression(kCorners, kScores, 6, 0.5F);
  node.add_input(tensor<float>({1}, {0.9F}), false);
  EXPECT_EQ(chosen(node), (Shape{3}));
}

TEST(NonMaxSuppression, CornersMayBeAnyTwoOppositeOnes) {
  std::vector<float> turned = kCorners;
  for (size_t i = 0; i < turned.size(); i += 8) std::swap(turned[i], turned[i + 2]);
  for (size_t i = 4; i < turned.size(); i += 8) std::swap(turned[i + 1], turned[i + 3]);
  EXPECT_EQ(chosen(suppression(turned, kScores, 3, 0.5F)), (Shape{3, 0, 5}));
}

TEST(NonMaxSuppression, BoxesMayBeCentresAndSizes) {
  const std::vector<float> centred = {0.5F, 0.5F,  1, 1, 0.5F, 0.6F,  1, 1, 0.5F, 0.4F,   1, 1,
                                      0.5F, 10.5F, 1, 1, 0.5F, 10.6F, 1, 1, 0.5F, 100.5F, 1, 1};
  TestNode node = suppression(centred, kScores, 3, 0.5F);
  node.add("center_point_box", 1);
  EXPECT_EQ(chosen(node), (Shape{3, 0, 5}));

  // Four wide and one high: the second covers 1/7 of what it and the first do, the third 1/9.
  TestNode wide = suppression({0, 0, 4, 1, 3, 0, 4, 1, 0, 0.8F, 4, 1}, {3, 2, 1}, 3, 0.13F);
  wide.add("center_point_box", 1);
  EXPECT_EQ(chosen(wide), (Shape{0, 2}));
}

TEST(NonMaxSuppression, OfEqualScoresTheFirstAndOfNansNoneComesBeforeANumber) {
  const std::vector<float> scores = {kNan, 0.5F, 0.5F, -INFINITY, kNan, 0.5F};
  EXPECT_EQ(chosen(suppression(kCorners, scores, 6, 1.F)), (Shape{1, 2, 5, 3, 0, 4}));
}

}  // namespace
}  // namespace backplane::cpu::testing
