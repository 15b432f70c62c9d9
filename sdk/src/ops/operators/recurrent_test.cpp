// recurrent.cpp
#include <gtest/gtest.h>

#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

using testing::draft_of;
using testing::expect_inferred;
using testing::normalised;

TEST(Recurrent, StatesFollowFromSequenceAndRecurrence) {
  const std::vector<std::string> inputs = {"float32[7,2,5]", "float32[1,16,5]", "float32[1,16,4]"};
  const auto direction = string_attribute("direction", "bidirectional");
  expect_inferred({
      {"LSTM", inputs, {}, "float32[7,1,2,4] float32[1,2,4] float32[1,2,4]", 3},
      {"LSTM", inputs, {int_attribute("layout", 1)}, "float32[7,2,1,4] float32[7,1,4]", 2},
      {"LSTM", inputs, {direction}, "float32[7,2,2,4]"},
      {"RNN",
       {"float32[7,2,5]", "float32[2,4,5]", "float32[2,4,4]"},
       {direction},
       "float32[7,2,2,4] float32[2,2,4]",
       2},
      {"GRU", {"float16[-1,-2,5]", "float16[1,9,5]", "float16[1,9,3]"}, {}, "float16[-1,1,-2,3]"},
      {"GRU",
       {"float16[7,2,5]", "float16[1,9,5]", "float16[1,9,-1]"},
       {int_attribute("hidden_size", 3)},
       "float16[7,1,2,3]"},
      {"LSTM",
       inputs,
       {string_attribute("direction", "up")},
       "INVALID_ARGUMENT LSTM: direction \"up\" is none of forward, reverse, bidirectional"},
      {"LSTM",
       inputs,
       {int_attribute("hidden_size", -3)},
       "INVALID_ARGUMENT LSTM: a hidden_size of -3"},
      {"GRU",
       {"float16[7,2]", "float16[1,9,5]", "float16[1,9,3]"},
       {},
       "INVALID_ARGUMENT GRU: input 0 has three axes, found float16[7,2]"},
  });
}

TEST(Recurrent, TheFirstGruSpeltItsDirectionInItsOwnWay) {
  const std::string text =
      normalised(draft_of("GRU", {"x", "w", "r"}, {}, {"y", "h"}), 1, {"", "", ""});
  EXPECT_NE(text.find("GRU-14("), std::string::npos) << text;
  EXPECT_NE(text.find("direction=\"forward\""), std::string::npos) << text;
}

}  // namespace
}  // namespace backplane::ops
