#include "onnx/text.hpp"

#include <gtest/gtest.h>

namespace backplane::onnx {
namespace {

TEST(Text, ANameIsQuotedOnOneLine) {
  EXPECT_EQ(quoted("conv1/weight"), "\"conv1/weight\"");
  EXPECT_EQ(quoted("a\nb\"c\\"), "\"a\\x0ab\\x22c\\x5c\"");
  EXPECT_EQ(quoted("größe"), "\"größe\"");
  EXPECT_EQ(quoted(std::string("a\0b", 3)), "\"a\\x00b\"");
  EXPECT_EQ(quoted("\xc2\x85"), "\"\\xc2\\x85\"") << "a control character of two bytes";
  EXPECT_EQ(quoted("\xff"), "\"\\xff\"");
}

TEST(Text, ALongNameIsCutShort) {
  EXPECT_EQ(quoted(std::string(100000, 'x')), '"' + std::string(80, 'x') + "...\"");
}

TEST(Text, Utf8IsToldFromWhatOnlyLooksLikeIt) {
  const char* const good[] = {"",
                              "abc",
                              "\xc3\xa9",
                              "\xe2\x82\xac",
                              "\xf0\x9f\x98\x80",
                              "\xf4\x8f\xbf\xbf",
                              "\xed\x9f\xbf"};
  for (const char* text : good) EXPECT_TRUE(is_utf8(text)) << quoted(text);
  const char* const bad[] = {"\x80",         "\xc3",         "\xc0\xaf",         "\xe0\x80\xaf",
                             "\xed\xa0\x80", "\xe2\x82",     "\xf4\x90\x80\x80", "\xf8\x88\x80\x80",
                             "\xc3\x28",     "\xe2\x28\xa1", "a\xf0\x9f\x98"};
  for (const char* text : bad) EXPECT_FALSE(is_utf8(text)) << quoted(text);
}

TEST(Text, ARefusalKeepsItsWordInFront) {
  EXPECT_EQ(about(refused("string", "a tensor of strings"), "input \"x\"").text(),
            "string: a tensor of strings (input \"x\")");
  EXPECT_EQ(about(corrupt("it has no name"), "node 3").text(), "node 3: it has no name");
  EXPECT_TRUE(about(Status(), "node 3").ok());
}

}  // namespace
}  // namespace backplane::onnx
