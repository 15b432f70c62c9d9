#include "support/log.hpp"

#include <algorithm>
#include <cstdio>

#include "support/checking.hpp"
#include "support/environment.hpp"

namespace backplane {
namespace {

void to_stderr(bp_log_level_t level, const char* source, const std::string& text) {
  std::fprintf(stderr, "backplane %s %s: %s\n", log_level_name(level), source, text.c_str());
}

}  // namespace

Log::Log() : Log(BP_LOG_WARNING, to_stderr) {
  if (checking_wanted() == Checking::kRulesAndTimes) wanted_.emplace_back("check");
}

Log::Log(bp_log_level_t least, Sink sink)
    : least_(least),
      wanted_(sources_wanted(environment("BACKPLANE_LOG"))),
      sink_(sink ? std::move(sink) : to_stderr) {}

std::vector<std::string> Log::sources_wanted(const char* environment_value) {
  std::vector<std::string> sources;
  std::string word;
  for (const char* c = environment_value; c != nullptr; ++c) {
    if (*c != ',' && *c != '\0') {
      word += *c;
      continue;
    }
    if (!word.empty()) sources.push_back(word);
    word.clear();
    if (*c == '\0') break;
  }
  return sources;
}

bool Log::wants(bp_log_level_t level, const char* source) const {
  if (level >= least_) return true;
  return std::any_of(wanted_.begin(), wanted_.end(), [source](const std::string& wanted) {
    return wanted == "all" || wanted == source;
  });
}

void Log::write(bp_log_level_t level, const char* source, const std::string& text) const {
  if (wants(level, source)) sink_(level, source, text);
}

const char* log_level_name(bp_log_level_t level) {
  switch (level) {
    case BP_LOG_DEBUG:
      return "debug";
    case BP_LOG_INFO:
      return "info";
    case BP_LOG_WARNING:
      return "warning";
    default:
      return "error";
  }
}

}  // namespace backplane
