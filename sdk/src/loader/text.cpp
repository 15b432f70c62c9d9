#include "loader/text.hpp"

namespace backplane {
namespace {

bool is_printable(unsigned char byte) { return byte >= 0x20 && byte != 0x7f; }

std::string escaped(unsigned char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string printable(std::string_view text, size_t limit) {
  std::string result;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_printable(byte))
      result += c;
    else
      result += escaped(byte);
  }
  return text.size() > limit ? result + "..." : result;
}

std::string first_line(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  const std::string_view rest = text.substr(begin);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return printable(line.substr(0, line.find_last_not_of(" \t\r") + 1));
}

}  // namespace backplane
