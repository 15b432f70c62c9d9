// How closely the calls of a plugin are watched: what BACKPLANE_CHECK says, and the option "check".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace backplane {

enum class Checking : uint8_t {
  kNone,
  kRules,          // every call is checked against the rules of the ABI
  kRulesAndTimes,  // and its time measured
};

// "0", "1" and "2", and nothing else.
std::optional<Checking> parse_checking(std::string_view text);
constexpr char kCheckingValues[] = "0 (nothing), 1 (rules) or 2 (rules and times)";

// The value of BACKPLANE_CHECK; kNone when it is not set, is empty, or is none of the three.
Checking checking_wanted();

}  // namespace backplane
