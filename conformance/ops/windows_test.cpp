// Windows worked out by hand: where ceil_mode and auto_pad put them.
#include "ops/windows.hpp"

#include <gtest/gtest.h>

namespace backplane::conformance {
namespace {

Window window_of(int64_t input, int64_t kernel, std::map<std::string, Setting> settings) {
  Request request;
  request.settings = std::move(settings);
  return windows_of(Settings(request), {input}, {kernel}).at(0);
}

Setting integers(std::vector<int64_t> values) { return {std::move(values), {}, "", {}, true, {}}; }
Setting text(const char* value) { return {{}, {}, value, {}, false, {}}; }

TEST(WindowTest, CeilModeAddsTheWindowThatIsNotFull) {
  const Setting two = integers({2});
  EXPECT_EQ(window_of(6, 3, {{"strides", two}}).count, 2);  // 0 1 2, 2 3 4; 5 is left over
  EXPECT_EQ(window_of(6, 3, {{"strides", two}, {"ceil_mode", integers({1})}}).count, 3);
  EXPECT_EQ(window_of(7, 3, {{"strides", two}, {"ceil_mode", integers({1})}}).count, 3);
}

// Of 5 elements and a pad of 1 at each end, by 3: windows begin at -1, 2 and 5, and 5 is no input.
TEST(WindowTest, AWindowBeyondAllInputIsNotDefined) {
  EXPECT_THROW(
      window_of(
          5, 2,
          {{"strides", integers({3})}, {"pads", integers({1, 1})}, {"ceil_mode", integers({1})}}),
      NotDefined);
}

// Of 7 elements by 2 there are 4 windows; of 4 cells they span 10, so 3 are padded.
TEST(WindowTest, TheOddPadIsAtTheEndForUpperAndAtTheBeginForLower) {
  const Setting two = integers({2});
  const Window upper = window_of(7, 4, {{"strides", two}, {"auto_pad", text("SAME_UPPER")}});
  EXPECT_EQ(upper.count, 4);
  EXPECT_EQ(upper.begin, 1);
  EXPECT_EQ(upper.end, 2);
  const Window lower = window_of(7, 4, {{"strides", two}, {"auto_pad", text("SAME_LOWER")}});
  EXPECT_EQ(lower.begin, 2);
  EXPECT_EQ(lower.end, 1);
}

TEST(WindowTest, SamePaddingCountsTheDilatedSpan) {
  const Window window =
      window_of(7, 3, {{"dilations", integers({2})}, {"auto_pad", text("SAME_UPPER")}});
  EXPECT_EQ(window.count, 7);
  EXPECT_EQ(window.begin, 2);
  EXPECT_EQ(window.end, 2);
}

}  // namespace
}  // namespace backplane::conformance
