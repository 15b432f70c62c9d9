// Test only: ONNX's own published tests, where Debian's libonnx-testdata puts them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace backplane::onnx {

constexpr const char* kPublishedFolder = "/usr/share/libonnx-testdata/data";

inline bool has_published_data() { return std::filesystem::is_directory(kPublishedFolder); }

// Paths of all files below it whose name passes `wanted`, sorted.
template <class Wanted>
std::vector<std::string> published_files(Wanted wanted) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kPublishedFolder))
    if (entry.is_regular_file() && wanted(entry.path().filename().string()))
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline std::vector<std::string> published_models() {
  return published_files([](const std::string& name) { return name == "model.onnx"; });
}

// A model's input_0.pb ..., output_0.pb ... in all its data sets.
inline std::vector<std::string> tensors_beside(const std::string& model_path) {
  std::vector<std::string> paths;
  const auto folder = std::filesystem::path(model_path).parent_path();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".pb") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace backplane::onnx
