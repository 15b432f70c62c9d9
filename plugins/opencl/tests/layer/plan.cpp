#include "plan.hpp"

#include <cstdlib>

namespace backplane::opencl::layer {

namespace {

bool is_meant(const std::string& pattern, const std::string& function) {
  if (pattern.empty() || pattern.back() != '*') return pattern == function;
  return function.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

}  // namespace

void Plan::add(const Rule& rule) {
  const std::lock_guard<std::mutex> lock(mutex_);
  rules_.push_back(rule);
  is_empty_ = false;
}

void Plan::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  rules_.clear();
  is_empty_ = true;
}

// Every rule counts the call; the first that is due answers.
cl_int Plan::next(const char* function, Effect effect) {
  if (is_empty_) return CL_SUCCESS;
  const std::lock_guard<std::mutex> lock(mutex_);
  cl_int error = CL_SUCCESS;
  for (Rule& rule : rules_) {
    if (rule.effect != effect || rule.nth == 0 || !is_meant(rule.function, function)) continue;
    if (rule.nth == 1 && error == CL_SUCCESS) error = rule.error;
    if (rule.nth > 1 || !rule.persists) --rule.nth;
  }
  return error;
}

bool parse_rule(const std::string& text, Rule* rule) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first + 1);
  if (first == 0 || first == std::string::npos || second == std::string::npos) return false;
  char* end = nullptr;
  rule->function = text.substr(0, first);
  rule->nth = static_cast<uint32_t>(std::strtoul(text.c_str() + first + 1, &end, 10));
  rule->persists = *end == '+';
  if (rule->persists) ++end;
  if (rule->nth == 0 || end != text.c_str() + second) return false;
  rule->error = static_cast<cl_int>(std::strtol(text.c_str() + second + 1, &end, 10));
  return rule->error < 0 && *end == '\0';
}

}  // namespace backplane::opencl::layer
