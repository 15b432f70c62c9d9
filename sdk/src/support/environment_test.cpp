// Where things are kept, as the variables say. The process's own environment is put back.
#include "support/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>

namespace backplane {
namespace {

// The three variables, as given and nothing else, while it lives.
class Variables {
 public:
  explicit Variables(const std::map<std::string, std::string>& wanted) {
    for (const char* name : {"BACKPLANE_CACHE_FOLDER", "XDG_CACHE_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      before_[name] = value != nullptr ? std::optional<std::string>(value) : std::nullopt;
      const auto found = wanted.find(name);
      if (found == wanted.end())
        unsetenv(name);
      else
        setenv(name, found->second.c_str(), 1);
    }
  }
  ~Variables() {
    for (const auto& [name, value] : before_)
      if (value)
        setenv(name.c_str(), value->c_str(), 1);
      else
        unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

std::string folder_with(const std::map<std::string, std::string>& variables) {
  const Variables set(variables);
  return cache_folder();
}

TEST(CacheFolder, IsTheUsersCacheUnlessTheyNameAnother) {
  EXPECT_EQ(folder_with({{"HOME", "/home/x"}}), "/home/x/.cache/backplane");
  EXPECT_EQ(folder_with({{"HOME", "/home/x"}, {"XDG_CACHE_HOME", "/c"}}), "/c/backplane");
  EXPECT_EQ(
      folder_with(
          {{"HOME", "/home/x"}, {"XDG_CACHE_HOME", "/c"}, {"BACKPLANE_CACHE_FOLDER", "/mine"}}),
      "/mine");
}

TEST(CacheFolder, IsNoneWhereTheUserHasNoneOrWantsNone) {
  EXPECT_EQ(folder_with({}), "");
  EXPECT_EQ(folder_with({{"HOME", "/home/x"}, {"BACKPLANE_CACHE_FOLDER", ""}}), "");
  EXPECT_EQ(folder_with({{"HOME", ""}}), "");
  EXPECT_EQ(folder_with({{"HOME", "/home/x"}, {"XDG_CACHE_HOME", "not/absolute"}}),
            "/home/x/.cache/backplane")
      << "XDG: a relative path is to be ignored";
}

}  // namespace
}  // namespace backplane
