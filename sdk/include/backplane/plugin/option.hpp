// Reading a bp_option_t.
#ifndef BACKPLANE_PLUGIN_OPTION_HPP
#define BACKPLANE_PLUGIN_OPTION_HPP

#include <backplane/base.h>

#include <backplane/plugin/error.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace backplane::plugin {

// Is it one of those that every plugin takes, understood or not? [BP-PLUGIN-12]
inline bool may_be_ignored(const bp_option_t& option) {
  return option.key != nullptr && std::string_view(option.key).rfind("bp.", 0) == 0;
}

// The option's value; fails with INVALID_ARGUMENT where it is no whole number of 0 or more.
inline uint64_t whole_number(const bp_option_t& option) {
  const std::string_view text = option.value != nullptr ? option.value : "";
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    fail(BP_STATUS_INVALID_ARGUMENT, std::string("option ") + option.key + ": \"" +
                                         std::string(text) + "\" is not a whole number");
  return value;
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_OPTION_HPP
