#include "loader/search_path.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "loader/text.hpp"
#include "support/environment.hpp"

namespace backplane {
namespace {

namespace fs = std::filesystem;

constexpr char kVariable[] = "BACKPLANE_PLUGIN_PATH";

void debug(const Log& log, const std::string& text) { log.write(BP_LOG_DEBUG, "loader", text); }

std::vector<std::string> split_path(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_plugin_name(const std::string& name) {
  return name.size() > 9 && name.compare(0, 6, "libbp_") == 0 &&
         name.compare(name.size() - 3, 3, ".so") == 0;
}

std::vector<std::string> plugins_in(const fs::path& folder, const Log& log) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_plugin_name(entry->path().filename().string())) files.push_back(entry->path().string());
  std::sort(files.begin(), files.end());
  debug(log, "looking in " + folder.string() + ": " +
                 (error ? error.message() : std::to_string(files.size()) + " files libbp_*.so"));
  return files;
}

void add_file(const std::string& file, std::vector<std::string>& files, const Log& log) {
  const std::string real = real_path(file);
  const auto same = std::find_if(files.begin(), files.end(), [&](const std::string& other) {
    return is_same_file(real, other);
  });
  if (same != files.end()) return debug(log, file + ": found before, as " + *same);
  debug(log, "found " + real);
  files.push_back(real);
}

void add_all(const std::string& folder_or_file, std::vector<std::string>& files, const Log& log) {
  std::error_code ignored;
  if (!fs::is_directory(folder_or_file, ignored)) return add_file(folder_or_file, files, log);
  for (const std::string& file : plugins_in(folder_or_file, log)) add_file(file, files, log);
}

std::vector<std::string> places(const std::string& plugin_path, const Log& log) {
  const char* const variable = environment(kVariable);
  const std::string list =
      !plugin_path.empty() ? plugin_path : (variable != nullptr ? variable : "");
  const std::string from = !plugin_path.empty() ? "the plugin path given" : kVariable;
  debug(log, from + (list.empty() ? " is not set" : " is " + list));
  std::vector<std::string> result = split_path(list);
  const std::string own = private_folder();
  debug(log, own.empty() ? "there is no folder of Backplane's own plugins"
                         : "Backplane's own plugins are in " + own);
  if (!own.empty()) result.push_back(own);
  return result;
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  const auto [in_folder, in_file] =
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return in_folder == folder.end() && in_file != file.end();
}

}  // namespace

std::vector<std::string> find_plugin_files(const std::string& plugin_path, const Log& log) {
  std::vector<std::string> files;
  for (const std::string& place : places(plugin_path, log)) add_all(place, files, log);
  return files;
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (!error) return real.string();
  const fs::path absolute = fs::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

Status check_allowed(const std::string& path, const std::vector<std::string>& folders) {
  if (folders.empty()) return {};
  const std::string file = real_path(path);
  for (const std::string& folder : folders)
    if (is_inside(file, real_path(folder))) return {};
  return unsupported("it lies outside the folders from which plugins may be loaded: " +
                     joined(folders));
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat a_facts = {};
  struct stat b_facts = {};
  if (stat(a.c_str(), &a_facts) != 0 || stat(b.c_str(), &b_facts) != 0) return a == b;
  return a_facts.st_dev == b_facts.st_dev && a_facts.st_ino == b_facts.st_ino;
}

}  // namespace backplane
