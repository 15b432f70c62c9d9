#include "support/checking.hpp"

#include "support/environment.hpp"

namespace backplane {

std::optional<Checking> parse_checking(std::string_view text) {
  if (text == "0") return Checking::kNone;
  if (text == "1") return Checking::kRules;
  if (text == "2") return Checking::kRulesAndTimes;
  return std::nullopt;
}

Checking checking_wanted() {
  const char* const value = environment("BACKPLANE_CHECK");
  return value != nullptr ? parse_checking(value).value_or(Checking::kNone) : Checking::kNone;
}

}  // namespace backplane
