#include "support/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace backplane {
namespace {

namespace fs = std::filesystem;

std::string path_of(const char* name) {
  return fs::temp_directory_path() / (std::to_string(getpid()) + name);
}

TEST(File, WhatWasWrittenIsRead) {
  const std::string path = path_of("whole");
  const std::string bytes("a\0b", 3);
  ASSERT_TRUE(write_file(path, bytes).ok());
  EXPECT_EQ(*read_file(path), bytes);
  EXPECT_FALSE(fs::exists(path + ".new"));
  fs::remove(path);
}

TEST(File, AMissingFileIsNamed) {
  const Result<std::string> bytes = read_file("/no/such/file");
  ASSERT_FALSE(bytes.ok());
  EXPECT_NE(bytes.status().text().find("/no/such/file"), std::string::npos);
}

TEST(File, AFolderIsNoFile) { EXPECT_FALSE(read_file("/").ok()); }

TEST(File, AFailedWriteLeavesNothingBehind) {
  EXPECT_FALSE(write_file("/no/such/folder/file", "x").ok());
}

}  // namespace
}  // namespace backplane
