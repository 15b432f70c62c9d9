// libbackplane.so shows the C API, all of it, and nothing else.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <string>

namespace {

std::set<std::string> declared_names() {
  std::ifstream file(BACKPLANE_RUNTIME_HEADER);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::regex declaration("BP_API[^;(]*?\\b(bp_rt_\\w+)\\(");
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it)
    names.insert((*it)[1]);
  return names;
}

std::set<std::string> exported_names() {
  const std::string command = std::string("nm -D --defined-only ") + BACKPLANE_LIBRARY;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::set<std::string> names;
  std::array<char, 1024> line{};
  while (pipe != nullptr && fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    const std::string text(line.data());
    const size_t name = text.find_last_of(' ') + 1;
    names.insert(text.substr(name, text.find_last_not_of('\n') + 1 - name));
  }
  return names;
}

TEST(Exports, AreExactlyWhatTheHeaderDeclares) {
  const std::set<std::string> declared = declared_names();
  EXPECT_GE(declared.size(), 40u);
  EXPECT_EQ(exported_names(), declared);
}

}  // namespace
