// fourier.cpp, and MelWeightMatrix of window_function.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::expect_inferred;

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

}  // namespace
}  // namespace backplane::ops
