// The host's log: a level, a source ("loader", "memory", a plugin's id) and one line of text.
#pragma once

#include <backplane/host.h>

#include <functional>
#include <string>
#include <vector>

namespace backplane {

class Log {
 public:
  using Sink =
      std::function<void(bp_log_level_t level, const char* source, const std::string& text)>;

  // Warnings and errors to stderr, and what BACKPLANE_LOG, or BACKPLANE_CHECK for times, asks for.
  Log();
  Log(bp_log_level_t least, Sink sink);

  // BACKPLANE_LOG is a comma-separated list of sources whose every line is wanted, or "all".
  static std::vector<std::string> sources_wanted(const char* environment_value);

  bool wants(bp_log_level_t level, const char* source) const;
  void write(bp_log_level_t level, const char* source,
             const std::string& text) const;  // any thread

 private:
  bp_log_level_t least_ = BP_LOG_WARNING;
  std::vector<std::string> wanted_;
  Sink sink_;
};

const char* log_level_name(bp_log_level_t level);

}  // namespace backplane
