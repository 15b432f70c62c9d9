#include "command/command_line.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "published/list.hpp"
#include "report/json_lines.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

bool parse_shard(const std::string& text, Selection* selection) {
  unsigned long long index = 0;
  unsigned long long count = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%llu/%llu%n", &index, &count, &used) != 2 ||
      static_cast<size_t>(used) != text.size() || index < 1 || index > count)
    return false;
  selection->shard = index - 1;
  selection->shard_count = count;
  return true;
}

}  // namespace

std::string complete(CommandLine* line) {
  RunOptions& run = line->run;
  std::error_code ignored;
  run.plugin = fs::absolute(line->plugin, ignored).lexically_normal().string();
  if (!line->plugin.empty() && !fs::exists(run.plugin, ignored))
    return run.plugin + ": there is no such file";
  run.timeout_ns = static_cast<uint64_t>(line->timeout_seconds * 1e9);
  if (!line->shard.empty() && !parse_shard(line->shard, &run.selection))
    return "--shard wants i/n with 1 <= i <= n, eg 1/4, not \"" + line->shard + "\"";
  if (!line->repro.empty()) {
    run.is_repro = true;
    run.jobs = 1;
    run.selection.only = {line->repro};
  }
  if (run.onnx_data.empty()) run.onnx_data = find_published_data();
  if (line->only_failed.empty()) return "";
  const Result<std::vector<OldRecord>> old = read_json_lines(line->only_failed);
  if (!old.ok()) return old.status().text();
  for (const OldRecord& record : *old)
    if (is_failure(record.verdict)) run.selection.only.push_back(record.id);
  return run.selection.only.empty() ? "nothing failed in " + line->only_failed : "";
}

int complain(const std::string& text, int code) {
  fmt::print(stderr, "conformance-run: {}\n", text);
  return code;
}

}  // namespace backplane::conformance
