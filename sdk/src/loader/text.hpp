// Words from outside, from a plugin or a file, made fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace backplane {

// `text` with everything but printable ASCII and UTF-8 bytes as "\x1b", cut at `limit` bytes with
// "..." when it is longer.
std::string printable(std::string_view text, size_t limit = 200);

// The first line of `text` that is not blank, printable; "" when there is none.
std::string first_line(std::string_view text);

// "a, b, c"
template <class List>
std::string joined(const List& list, const char* between = ", ") {
  std::string text;
  for (const auto& item : list) {
    if (!text.empty()) text += between;
    text += item;
  }
  return text;
}

}  // namespace backplane
