#include "loader/selector.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

void expect_parts(const std::string& text, const std::string& name, uint32_t ordinal) {
  EXPECT_EQ(parse_selector(text).name, name) << text;
  EXPECT_EQ(parse_selector(text).ordinal, ordinal) << text;
}

TEST(Selector, ANumberAfterTheLastColonIsTheOrdinal) {
  expect_parts("opencl", "opencl", 0);
  expect_parts("opencl:0", "opencl", 0);
  expect_parts("opencl:12", "opencl", 12);
  expect_parts("org.backplane.opencl:1", "org.backplane.opencl", 1);
}

TEST(Selector, AnythingElseAfterAColonBelongsToTheName) {
  for (const char* text : {"", ":", "cpu:", "cpu:x", "cpu:-1", "cpu:1x", "cpu:99999999999"})
    expect_parts(text, text, 0);
}

TEST(Selector, ADeviceIsNamedByTheLastPartOfItsPluginsId) {
  EXPECT_EQ(device_selector("org.backplane.opencl", 1), "opencl:1");
  EXPECT_EQ(device_selector("org.backplane.opencl", 0), "opencl");
  EXPECT_EQ(short_name("alone"), "alone");
}

}  // namespace
}  // namespace backplane
