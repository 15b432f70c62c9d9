#include "loader/selector.hpp"

#include <charconv>

namespace backplane {

Selector parse_selector(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text, 0};
  const char* const end = text.data() + text.size();
  uint32_t ordinal = 0;
  const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, ordinal);
  if (error != std::errc() || parsed != end) return {text, 0};
  return {text.substr(0, colon), ordinal};
}

std::string to_text(const Selector& selector) {
  if (selector.ordinal == 0) return selector.name;
  return selector.name + ":" + std::to_string(selector.ordinal);
}

std::string short_name(const std::string& plugin_id) {
  return plugin_id.substr(plugin_id.rfind('.') + 1);
}

std::string device_selector(const std::string& plugin_id, uint32_t index) {
  return to_text(Selector{short_name(plugin_id), index});
}

}  // namespace backplane
