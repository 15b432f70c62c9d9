#include "loader/search_path.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "loader/test_support.hpp"

namespace backplane {
namespace {

class SearchPathTest : public testing::Test {
 protected:
  SearchPathTest() { unsetenv("BACKPLANE_PLUGIN_PATH"); }
  ~SearchPathTest() override { unsetenv("BACKPLANE_PLUGIN_PATH"); }

  // Names of the files found below the test's folder; Backplane's own come after them.
  std::vector<std::string> found(const std::string& plugin_path) const {
    std::vector<std::string> names;
    for (const std::string& file : find_plugin_files(plugin_path, recorded_.log()))
      if (file.compare(0, folder_.path().size(), folder_.path()) == 0)
        names.push_back(file.substr(folder_.path().size() + 1));
    return names;
  }
  using Names = std::vector<std::string>;

  TemporaryFolder folder_;
  RecordedLog recorded_;
};

TEST_F(SearchPathTest, AFolderStandsForItsLibrariesByName) {
  for (const char* name : {"libbp_b.so", "libbp_a.so", "libbp_a.json", "libother.so", "libbp_.so",
                           "libbp_c.so.1", "deeper/libbp_d.so"})
    folder_.write(name, "x");
  EXPECT_EQ(found(folder_.path()), (Names{"libbp_a.so", "libbp_b.so"}));
}

TEST_F(SearchPathTest, ThePathNamesFoldersAndFilesInItsOrder) {
  folder_.write("z/libbp_z.so", "x");
  folder_.write("a/libbp_a.so", "x");
  const std::string file = folder_.write("acme.so", "x");
  const std::string path = ":" + folder_ / "z" + "::" + file + ":" + folder_ / "a" + ":";
  EXPECT_EQ(found(path), (Names{"z/libbp_z.so", "acme.so", "a/libbp_a.so"}));
}

TEST_F(SearchPathTest, TheVariableCountsWhereNoPathIsGiven) {
  folder_.write("a/libbp_a.so", "x");
  folder_.write("b/libbp_b.so", "x");
  setenv("BACKPLANE_PLUGIN_PATH", (folder_ / "a").c_str(), 1);
  EXPECT_EQ(found(""), Names{"a/libbp_a.so"});
  EXPECT_EQ(found(folder_ / "b"), Names{"b/libbp_b.so"});
}

TEST_F(SearchPathTest, OneFileUnderManyNamesIsFoundOnce) {
  const std::string file = folder_.write("a/libbp_a.so", "x");
  std::filesystem::create_directory(folder_ / "b");
  ASSERT_EQ(symlink(file.c_str(), (folder_ / "b/libbp_link.so").c_str()), 0);
  ASSERT_EQ(link(file.c_str(), (folder_ / "b/libbp_hard.so").c_str()), 0);
  EXPECT_EQ(found(folder_ / "a" + ":" + folder_ / "b" + ":" + file), Names{"a/libbp_a.so"});
}

TEST_F(SearchPathTest, WhatIsNotThereIsGivenOnSoThatItCanBeRefused) {
  EXPECT_EQ(found(folder_ / "absent"), Names{"absent"});
}

TEST_F(SearchPathTest, EveryStepIsInTheLog) {
  folder_.write("a/libbp_a.so", "x");
  found(folder_ / "a");
  EXPECT_TRUE(recorded_.has("debug loader: the plugin path given is " + folder_ / "a"));
  EXPECT_TRUE(recorded_.has("debug loader: looking in " + folder_ / "a" + ": 1 files"));
  EXPECT_TRUE(recorded_.has("debug loader: found " + folder_ / "a/libbp_a.so"));
  found("");
  EXPECT_TRUE(recorded_.has("debug loader: BACKPLANE_PLUGIN_PATH is not set"));
}

TEST_F(SearchPathTest, AllowedIsWhatReallyLiesInAnAllowedFolder) {
  const std::string inside = folder_.write("good/deep/libbp_a.so", "x");
  const std::string outside = folder_.write("goodbye/libbp_b.so", "x");
  ASSERT_EQ(symlink(outside.c_str(), (folder_ / "good/libbp_link.so").c_str()), 0);
  const std::vector<std::string> folders = {folder_ / "good"};
  EXPECT_TRUE(check_allowed(inside, folders).ok());
  EXPECT_TRUE(check_allowed(outside, {}).ok());
  for (const std::string& path :
       {outside, folder_ / "good/libbp_link.so", folder_ / "good/../x.so", folder_ / "good"}) {
    const Status status = check_allowed(path, folders);
    EXPECT_EQ(status.code(), BP_STATUS_UNSUPPORTED) << path;
    EXPECT_EQ(status.text(),
              "it lies outside the folders from which plugins may be loaded: " + folder_ / "good");
  }
}

}  // namespace
}  // namespace backplane
