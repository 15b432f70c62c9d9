#include "run/case.hpp"

#include <cctype>

namespace backplane::conformance {

const char* level_name(Level level) {
  constexpr const char* kNames[kLevelCount] = {"load",      "memory", "stream",
                                               "operators", "graph",  "robustness"};
  return kNames[static_cast<size_t>(level)];
}

bool is_valid_id(const std::string& id) {
  for (char c : id)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-' && c != '/')
      return false;
  return !id.empty() && id.find('/') != std::string::npos;
}

}  // namespace backplane::conformance
