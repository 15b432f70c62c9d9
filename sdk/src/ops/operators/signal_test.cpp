// fourier.cpp, selection.cpp, roi_align.cpp, tf_idf.cpp, MelWeightMatrix of window_function.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::draft_of;
using testing::expect_inferred;
using testing::expect_normalised;

const Attribute kOnesided = int_attribute("onesided", 1);
const Attribute kBothSides = int_attribute("onesided", 0);
const Attribute kInverse = int_attribute("inverse", 1);

TEST(Dft, SaysComplexNumbersForEveryFrequency) {
  expect_inferred({
      {"DFT", {"float32[1,10,10,1]"}, {}, "float32[1,10,10,2]"},
      {"DFT", {"float32[-2,10,-3,2]"}, {int_attribute("axis", -2)}, "float32[-2,10,-3,2]"},
      {"DFT", {"float64[2,9,1]"}, {kOnesided}, "float64[2,5,2]"},
      {"DFT", {"float32[2,9,1]", "int64:6"}, {kOnesided}, "float32[2,4,2]"},
      {"DFT", {"float32[2,9,2]", "int32[]"}, {kInverse}, "float32[2,-1,2]"},
      {"DFT", {"float32[9,1]"}, {int_attribute("axis", 0)}, "float32[9,2]"},
  });
}

TEST(Dft, NamesWhatDoesNotFit) {
  expect_inferred({
      {"DFT", {"float32[9]"}, {}, "INVALID_ARGUMENT DFT: no signal of numbers in float32[9]"},
      {"DFT",
       {"float32[1,9,3]"},
       {},
       "INVALID_ARGUMENT DFT: numbers of 3 parts in float32[1,9,3], 1 or 2 are possible"},
      {"DFT",
       {"float32[1,9,2]"},
       {kOnesided},
       "INVALID_ARGUMENT DFT: of complex numbers both sides are wanted, not onesided"},
      {"DFT",
       {"float32[1,9,1]"},
       {kOnesided, kInverse},
       "INVALID_ARGUMENT DFT: onesided and inverse exclude each other"},
      {"DFT",
       {"float32[1,9,1]"},
       {int_attribute("axis", 2)},
       "INVALID_ARGUMENT DFT: axis 2 holds the parts of numbers, no signal"},
      {"DFT",
       {"float32[1,9,1]", "int64:0"},
       {},
       "INVALID_ARGUMENT DFT: dft_length is 0, at least 1 is possible"},
      {"DFT",
       {"float32[1,0,1]"},
       {},
       "INVALID_ARGUMENT DFT: axis 1 holds no signal: float32[1,0,1]"},
  });
}

TEST(Stft, FramesFollowEachOther) {
  expect_inferred({
      {"STFT", {"float32[1,128,1]", "int64:8", "", "int64:16"}, {}, "float32[1,15,9,2]"},
      {"STFT", {"float32[1,127,1]", "int64:8", "float32[16]"}, {}, "float32[1,14,9,2]"},
      {"STFT",
       {"float32[-2,16,2]", "int32:8", "float32[16]", "int32:16"},
       {kBothSides},
       "float32[-2,1,16,2]"},
      {"STFT", {"float32[1,128,1]", "int64[]", "float32[16]"}, {}, "float32[1,-1,9,2]"},
      {"STFT", {"float32[1,-4,1]", "int64:8", "", "int64[]"}, {}, "float32[1,-1,-1,2]"},
  });
}

TEST(Stft, NamesWhatDoesNotFit) {
  expect_inferred({
      {"STFT",
       {"float32[128,1]", "int64:8", "", "int64:16"},
       {},
       "INVALID_ARGUMENT STFT: no batch of signals of numbers: float32[128,1]"},
      {"STFT",
       {"float32[1,128,1]", "int64:0", "", "int64:16"},
       {},
       "INVALID_ARGUMENT STFT: frame_step is 0, at least 1 is possible"},
      {"STFT",
       {"float32[1,128,1]", "int64:8"},
       {},
       "INVALID_ARGUMENT STFT: neither a window nor frame_length says how long a frame is"},
      {"STFT",
       {"float32[1,128,1]", "int64:8", "float32[15]", "int64:16"},
       {},
       "INVALID_ARGUMENT STFT: frame_length and the window: sizes 16 and 15 differ"},
      {"STFT",
       {"float32[1,12,1]", "int64:8", "float32[15]"},
       {},
       "INVALID_ARGUMENT STFT: no frame of 15 elements in a signal of 12"},
      {"STFT",
       {"float32[1,128,2]", "int64:8", "float32[15]"},
       {},
       "INVALID_ARGUMENT STFT: of complex numbers both sides are wanted, not onesided"},
  });
}

TEST(MelWeightMatrix, HasARowForEachFrequencyAndAColumnForEachBand) {
  const std::vector<std::string> inputs = {"int32:8", "int32:16", "int32[]", "float32[]",
                                           "float32[]"};
  expect_inferred({
      {"MelWeightMatrix", inputs, {}, "float32[9,8]"},
      {"MelWeightMatrix", inputs, {int_attribute("output_datatype", 11)}, "float64[9,8]"},
      {"MelWeightMatrix",
       {"int64[]", "int64:17", "int64:8", "float16[]", "float16[1]"},
       {},
       "float32[9,-1]"},
      {"MelWeightMatrix",
       inputs,
       {int_attribute("output_datatype", 8)},
       "INVALID_ARGUMENT MelWeightMatrix: output_datatype is 8, no number's type"},
      {"MelWeightMatrix",
       {"int64:0", "int64:17", "int64:8", "float32[]", "float32[]"},
       {},
       "INVALID_ARGUMENT MelWeightMatrix: num_mel_bins is 0, at least 1 is possible"},
      {"MelWeightMatrix",
       {"int64:1", "int64:17", "int64:8", "float32[]", "float32[2]"},
       {},
       "INVALID_ARGUMENT MelWeightMatrix: input 4 must be a scalar, found float32[2]"},
  });
}

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
