// What the loader's tests share: a log that remembers, and a folder that goes away.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/log.hpp"

namespace backplane {

class RecordedLog {
 public:
  const Log& log() const { return log_; }
  const std::vector<std::string>& lines() const { return lines_; }  // "warning loader: ..."

  size_t count(const std::string& part) const {
    return static_cast<size_t>(std::count_if(
        lines_.begin(), lines_.end(),
        [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }
  bool has(const std::string& part) const { return count(part) != 0; }

 private:
  std::vector<std::string> lines_;
  Log log_{BP_LOG_DEBUG, [this](bp_log_level_t level, const char* source, const std::string& text) {
             lines_.push_back(std::string(log_level_name(level)) + " " + source + ": " + text);
           }};
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "backplane-test-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = std::filesystem::canonical(name).string();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string copy(const std::string& from, const std::string& name) const {
    std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::filesystem::copy_file(from, path);
    return path;
  }

 private:
  std::string path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A planted fault, or "honest/first": see conformance/selftest/load.
inline std::string selftest_plugin(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(BACKPLANE_SELFTEST_FOLDER) / name;
  return (path.parent_path() / ("libbp_" + path.filename().string() + ".so")).string();
}

}  // namespace backplane
