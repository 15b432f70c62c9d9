// How the command prints: aligned text, in colours on a terminal alone, or JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace backplane {

using Json = nlohmann::ordered_json;
void print_json(const Json& value);

enum class Colour { kHeading, kBad };
// In the terminal's colour for it; unchanged where stdout is no terminal or NO_COLOR is set.
std::string coloured(Colour colour, const std::string& text);

// Rows whose columns begin below each other. The first row is a heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

// "4.0 GiB"
std::string bytes_in_words(unsigned long long bytes);

}  // namespace backplane
