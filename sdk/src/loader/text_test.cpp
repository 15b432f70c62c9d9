#include "loader/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace backplane {
namespace {

TEST(Text, ControlCharactersAreEscapedAndUtf8IsKept) {
  EXPECT_EQ(printable("caf\xc3\xa9 \x1b[31m\n\x7f"), "caf\xc3\xa9 \\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Text, LongTextIsCut) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(Text, TheFirstLineIsTheFirstThatSaysSomething) {
  EXPECT_EQ(first_line("\n  \n  hello \r\nworld"), "hello");
  EXPECT_EQ(first_line("no newline"), "no newline");
  EXPECT_EQ(first_line(" \n\t"), "");
}

TEST(Text, ListsAreJoined) {
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b"}), "a, b");
  EXPECT_EQ(joined(std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace backplane
