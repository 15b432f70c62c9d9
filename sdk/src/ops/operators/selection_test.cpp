// selection.cpp, roi_align.cpp, tf_idf.cpp; bounds of dynamic.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::draft_of;
using testing::expect_bounds;
using testing::expect_inferred;
using testing::expect_normalised;

TEST(NonMaxSuppression, KeepsNobodyKnowsHowMany) {
  expect_inferred({
      {"NonMaxSuppression",
       {"float32[1,6,4]", "float32[1,2,6]", "int64[1]", "float32[1]", "float32[]"},
       {},
       "int64[-1,3]"},
      {"NonMaxSuppression",
       {"float32[1,6,5]", "float32[1,2,6]"},
       {},
       "INVALID_ARGUMENT NonMaxSuppression: no batches of boxes: float32[1,6,5]"},
      {"NonMaxSuppression",
       {"float32[1,6,4]", "float32[2,6]"},
       {},
       "INVALID_ARGUMENT NonMaxSuppression: no batches of classes of scores: float32[2,6]"},
      {"NonMaxSuppression",
       {"float32[1,6,4]", "float32[2,1,6]"},
       {},
       "INVALID_ARGUMENT NonMaxSuppression: batches of boxes and scores: sizes 1 and 2 differ"},
      {"NonMaxSuppression",
       {"float32[1,6,4]", "float32[1,1,5]"},
       {},
       "INVALID_ARGUMENT NonMaxSuppression: boxes and scores: sizes 6 and 5 differ"},
      {"NonMaxSuppression",
       {"float32[1,6,4]", "float32[1,1,6]", "int64[2]"},
       {},
       "INVALID_ARGUMENT NonMaxSuppression: input 2 must be a scalar, found int64[2]"},
  });
}

TEST(Unique, SaysWhereEveryElementWent) {
  expect_inferred({
      {"Unique", {"int8[2,3]"}, {}, "int8[-1] int64[-1] int64[6] int64[-1]", 4},
      {"Unique",
       {"bool[2,3,-4]"},
       {int_attribute("axis", -2)},
       "bool[2,-1,-4] int64[-1] int64[3]",
       3},
      {"Unique", {"float32[]"}, {}, "float32[-1] int64[-1] int64[1]", 3},
      {"Unique",
       {"float32[2]"},
       {int_attribute("axis", 1)},
       "INVALID_ARGUMENT Unique: axis 1 is outside [-1, 0]"},
  });
}

// Those of docs/design/0007-sizes-from-data.md.
TEST(Bounds, AreTheMostThatTheDataMayDecide) {
  const std::vector<std::string> boxes = {"float32[2,6,4]", "float32[2,3,6]"};
  const auto with = [&boxes](const std::string& most) {
    return std::vector<std::string>{boxes[0], boxes[1], most};
  };
  expect_bounds({
      {"NonMaxSuppression", with("int64[1]"), {}, "int64[36,3]"},
      {"NonMaxSuppression", with("=4"), {}, "int64[24,3]"},
      {"NonMaxSuppression", with("=9"), {}, "int64[36,3]"},
      {"NonMaxSuppression", boxes, {}, "int64[0,3]"},
      {"NonMaxSuppression", {"float32[-1,6,4]", "float32[-1,3,6]"}, {}, "int64[-1,3]"},
      {"Unique", {"int8[2,3]"}, {}, "int8[6] int64[6] int64[6] int64[6]", 4},
      {"Unique",
       {"bool[2,3,4]"},
       {int_attribute("axis", -2)},
       "bool[2,3,4] int64[3] int64[3] int64[3]",
       4},
      {"NonZero", {"float32[2,3,4]"}, {}, "int64[3,24]"},
      {"NonZero", {"bool[0,5]"}, {}, "int64[2,0]"},
      {"Compress", {"float32[2,5]", "bool[10]"}, {}, "float32[10]"},
      {"Compress", {"float32[2,5]", "bool[3]"}, {int_attribute("axis", -1)}, "float32[2,3]"},
      {"Compress", {"float32[2,-1]", "bool[3]"}, {}, "float32[-1]"},
      {"Relu", {"float32[2,5]"}, {}, "float32[2,5]"},
  });
}

TEST(RoiAlign, GivesAGridForEachRegion) {
  const std::vector<Attribute> grid = {int_attribute("output_height", 5),
                                       int_attribute("output_width", 6)};
  const std::vector<std::string> inputs = {"float32[2,3,-4,10]", "float32[-5,4]", "int64[7]"};
  expect_inferred({
      {"RoiAlign", inputs, grid, "float32[7,3,5,6]"},
      {"RoiAlign",
       {"float32[3,4,10]", "float32[7,4]", "int64[7]"},
       {},
       "INVALID_ARGUMENT RoiAlign: no batch of images: float32[3,4,10]"},
      {"RoiAlign",
       {"float32[2,3,4,10]", "float32[7,5]", "int64[7]"},
       {},
       "INVALID_ARGUMENT RoiAlign: no corners of regions: float32[7,5]"},
      {"RoiAlign",
       {"float32[2,3,4,10]", "float32[7,4]", "int64[6]"},
       {},
       "INVALID_ARGUMENT RoiAlign: rois and batch_indices: sizes 7 and 6 differ"},
      {"RoiAlign",
       inputs,
       {int_attribute("output_height", 0)},
       "INVALID_ARGUMENT RoiAlign: output_height is 0, at least 1 is possible"},
      {"RoiAlign",
       inputs,
       {string_attribute("mode", "sum")},
       "INVALID_ARGUMENT RoiAlign: mode \"sum\" is neither avg nor max"},
  });
}

TEST(RoiAlign, OfVersion10MovesNoCoordinates) {
  Draft old = draft_of("RoiAlign", {"x", "rois", "which"}, {string_attribute("mode", "max")});
  expect_normalised({
      {old,
       10,
       {"float32[1,1,8,8]", "float32[2,4]", "int64[2]"},
       "RoiAlign-16(x, rois, which) -> y {coordinate_transformation_mode=\"output_half_pixel\", "
       "mode=\"max\", output_height=1, output_width=1, sampling_ratio=0, spatial_scale=1}"},
      {draft_of("RoiAlign", {"x", "rois", "which"}),
       17,
       {"float32[1,1,8,8]", "float32[2,4]", "int64[2]"},
       "RoiAlign-16(x, rois, which) -> y {coordinate_transformation_mode=\"half_pixel\", "
       "mode=\"avg\", output_height=1, output_width=1, sampling_ratio=0, spatial_scale=1}"},
      {draft_of("NonMaxSuppression", {"boxes", "scores"}),
       10,
       {"float32[1,6,4]", "float32[1,2,6]"},
       "NonMaxSuppression-11(boxes, scores) -> y {center_point_box=0}"},
  });
}

std::vector<Attribute> counting(const std::vector<int64_t>& begins, std::vector<int64_t> places,
                                int64_t most = 2, const char* mode = "TF") {
  return {int_attribute("min_gram_length", 1),
          int_attribute("max_gram_length", most),
          int_attribute("max_skip_count", 0),
          string_attribute("mode", mode),
          ints_attribute("ngram_counts", begins),
          ints_attribute("ngram_indexes", std::move(places)),
          ints_attribute("pool_int64s", {5, 6, 7, 8})};
}

TEST(TfIdf, CountsUpToTheLastPlace) {
  std::vector<Attribute> strings = counting({0, 2}, {0, 1, 2});
  strings.back().name = "pool_strings";
  strings.back().kind = BP_ATTRIBUTE_STRINGS;
  strings.back().strings = {"a", "b", "c", "d"};
  expect_inferred({
      {"TfIdfVectorizer", {"int64[12]"}, counting({0, 2}, {0, 6, 2}), "float32[7]"},
      {"TfIdfVectorizer", {"int32[-2,12]"}, counting({0, 0}, {3, 1}), "float32[-2,4]"},
      {"TfIdfVectorizer",
       {"int32[2,3,12]"},
       counting({0, 2}, {0, 1, 2}),
       "INVALID_ARGUMENT TfIdfVectorizer: no row or rows of tokens: int32[2,3,12]"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       counting({0, 1}, {0, 1, 2}),
       "INVALID_ARGUMENT TfIdfVectorizer: no n-grams of 2 tokens from 1 to 4 in a pool of 4"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       counting({0, 2}, {0, 1}),
       "INVALID_ARGUMENT TfIdfVectorizer: 2 places in ngram_indexes for 3 n-grams"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       counting({0, 2}, {0, 1, -2}),
       "INVALID_ARGUMENT TfIdfVectorizer: place -2 of an n-gram"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       counting({0, 2}, {0, 1, 2}, 3),
       "INVALID_ARGUMENT TfIdfVectorizer: ngram_counts [0,2] does not say where n-grams of 1 to 3 "
       "tokens begin"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       counting({0, 2}, {0, 1, 2}, 2, "BM25"),
       "INVALID_ARGUMENT TfIdfVectorizer: mode \"BM25\" is none of TF, IDF, TFIDF"},
      {"TfIdfVectorizer",
       {"int32[12]"},
       strings,
       "UNSUPPORTED string: TfIdfVectorizer: a pool of strings"},
  });
}

}  // namespace
}  // namespace backplane::ops
