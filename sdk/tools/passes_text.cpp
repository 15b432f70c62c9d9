#include "passes_text.hpp"

#include <cstdio>

#include "output.hpp"

namespace backplane {
namespace {

std::string delta(const Json& pass) {
  if (!pass.contains("nodes_added")) return "";
  return std::to_string(pass["nodes_before"].get<size_t>()) + " -> " +
         std::to_string(pass["nodes_after"].get<size_t>());
}

std::string in_milliseconds(const Json& pass) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", pass["microseconds"].get<double>() / 1000);
  return text;
}

void print_lines(const Json& pass, const char* key, char sign, const char* count) {
  for (const Json& line : pass[key])
    std::printf("  %c %s\n", sign, line.get<std::string>().c_str());
  const size_t shown = pass[key].size();
  const auto all = pass[count].get<size_t>();
  if (all > shown) std::printf("  %c ... and %zu more\n", sign, all - shown);
}

}  // namespace

void print_passes(const std::string& json) {
  const Json passes = Json::parse(json)["passes"];
  std::vector<std::vector<std::string>> rows = {{"PASS", "OUTCOME", "NODES", "MS"}};
  for (const Json& pass : passes)
    rows.push_back({pass["pass"], pass["outcome"], delta(pass), in_milliseconds(pass)});
  std::printf("\n");
  print_table(rows);
  for (const Json& pass : passes) {
    const std::string name = pass["pass"];
    if (pass.contains("reason"))
      std::printf("\n%s: rolled back: %s\n", name.c_str(),
                  pass["reason"].get<std::string>().c_str());
    if (!pass.contains("nodes_added")) continue;
    std::printf("\n%s:\n", name.c_str());
    print_lines(pass, "removed", '-', "nodes_removed");
    print_lines(pass, "added", '+', "nodes_added");
  }
}

}  // namespace backplane
