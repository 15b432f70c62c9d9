// What the cache gives back, and what it does with a folder or an entry that is not as it should
// be.
#include "cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "test_host.hpp"

namespace backplane::opencl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class CacheTest : public testing::Test {
 protected:
  CacheTest() : cache_(host_.table(), folder_.path()) {}

  // The only file of the folder.
  std::filesystem::path entry() const {
    std::filesystem::directory_iterator files(folder_.path());
    return files->path();
  }
  size_t count() const {
    std::filesystem::directory_iterator files(folder_.path());
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  TestHost host_;
  TestFolder folder_;
  const Cache cache_;
};

TEST_F(CacheTest, GivesBackWhatWasKeptAndOnlyForItsKey) {
  const std::string bytes("b\0y\ntes", 7);
  cache_.keep("key", bytes);
  EXPECT_EQ(cache_.find("key"), bytes);
  EXPECT_EQ(cache_.find("another"), std::nullopt);
  EXPECT_EQ(Cache(host_.table(), folder_.path()).find("key"), bytes);
  EXPECT_THAT(host_.logged(), IsEmpty());
}

TEST_F(CacheTest, ReplacesAnEntryAndLeavesNothingElse) {
  cache_.keep("key", "old");
  cache_.keep("key", "new");
  EXPECT_EQ(cache_.find("key"), "new");
  EXPECT_EQ(count(), 1u);
}

TEST_F(CacheTest, AnEmptyEntryIsAnEntry) {
  cache_.keep("key", "");
  EXPECT_EQ(cache_.find("key"), "");
}

// Every bit and every length of an entry counts.
TEST_F(CacheTest, ADamagedEntryIsNotFound) {
  cache_.keep("key", "the bytes");
  std::ifstream file(entry(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] ^= 1;
    std::ofstream(entry(), std::ios::binary) << flipped;
    EXPECT_EQ(cache_.find("key"), std::nullopt) << "byte " << i;
    std::ofstream(entry(), std::ios::binary) << whole.substr(0, i);
    EXPECT_EQ(cache_.find("key"), std::nullopt) << "first " << i;
  }
  std::ofstream(entry(), std::ios::binary) << whole << "more";
  EXPECT_EQ(cache_.find("key"), std::nullopt);
  EXPECT_THAT(host_.logged(), HasSubstr("damaged"));
}

TEST_F(CacheTest, AnotherKeysEntryIsNotFound) {
  cache_.keep("key", "bytes");
  const std::filesystem::path of_key = entry();
  cache_.keep("other", "foreign");
  for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
    if (file.path() != of_key)
      std::filesystem::copy_file(file, of_key, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(cache_.find("key"), std::nullopt);
}

TEST_F(CacheTest, AFileInPlaceOfTheFolderIsALineInTheLog) {
  const std::string path = folder_.path() + "/file";
  std::ofstream(path) << "x";
  const Cache cache(host_.table(), path);
  EXPECT_THAT(host_.logged(), HasSubstr(path));
  cache.keep("key", "bytes");
  EXPECT_EQ(cache.find("key"), std::nullopt);
}

TEST_F(CacheTest, AFolderThatAllMayWriteIsNotTrusted) {
  cache_.keep("key", "bytes");
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_EQ(Cache(host_.table(), folder_.path()).find("key"), std::nullopt);
  EXPECT_THAT(host_.logged(), HasSubstr("every user may write"));
}

TEST_F(CacheTest, AFolderThatCannotBeMadeIsALineInTheLog) {
  const Cache cache(host_.table(), "/proc/no-folder/of-mine");
  EXPECT_THAT(host_.logged(), HasSubstr("/proc/no-folder/of-mine is not used"));
  cache.keep("key", "bytes");
  EXPECT_EQ(cache.find("key"), std::nullopt);
}

// No file may be larger: what a full disk does, without one.
class NoRoom {
 public:
  NoRoom() {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {64, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~NoRoom() {
    setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int) = nullptr;
};

TEST_F(CacheTest, WithoutRoomTheOldEntryStaysAndALineIsInTheLog) {
  cache_.keep("key", "old");
  {
    const NoRoom none;
    cache_.keep("key", std::string(1000, 'x'));
  }
  EXPECT_EQ(cache_.find("key"), "old");
  EXPECT_EQ(count(), 1u);
  EXPECT_THAT(host_.logged(), HasSubstr("cannot be written"));
}

TEST_F(CacheTest, WithoutAFolderNothingIsKept) {
  const Cache none(host_.table());
  none.keep("key", "bytes");
  EXPECT_EQ(none.find("key"), std::nullopt);
  EXPECT_THAT(host_.logged(), IsEmpty());
}

TEST_F(CacheTest, ManyWritersAndReadersSeeWholeEntries) {
  std::vector<std::thread> threads;
  for (char letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([this, letter] {
      for (int round = 0; round < 100; ++round) {
        cache_.keep("key", std::string(10000, letter));
        const std::optional<std::string> seen = cache_.find("key");
        ASSERT_TRUE(seen.has_value());
        ASSERT_EQ(*seen, std::string(10000, seen->front()));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count(), 1u);
}

}  // namespace
}  // namespace backplane::opencl
