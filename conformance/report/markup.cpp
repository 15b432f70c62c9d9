#include "report/markup.hpp"

#include <cstdint>

namespace backplane::conformance {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string escaped_ascii(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\n':
    case '\t':
      return std::string(1, c);
    default:
      return std::string(1, static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c);
  }
}

uint8_t byte_at(const std::string& text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

// How many bytes a sequence has that begins so; 0: none does.
size_t length_of(uint8_t first) {
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if ((first & 0xF0) == 0xE0) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Shortest forms of what XML calls a character: no surrogates, nothing above U+10FFFF.
bool is_character(uint32_t code, size_t length) {
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool is_c1_control = code < 0xA0;
  return code >= kLeast[length] && code <= 0x10FFFF && !is_surrogate && !is_c1_control &&
         code != 0xFFFE && code != 0xFFFF;
}

// The length of the character at `at`, whose first byte is no ASCII; 0 where there is none.
size_t character_at(const std::string& text, size_t at) {
  const size_t length = length_of(byte_at(text, at));
  if (length == 0) return 0;
  uint32_t code = byte_at(text, at) & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const uint8_t next = byte_at(text, at + i);
    if ((next & 0xC0) != 0x80) return 0;
    code = code << 6 | (next & 0x3F);
  }
  return is_character(code, length) ? length : 0;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (byte_at(text, at) < 0x80) {
      out += escaped_ascii(text[at++]);
      continue;
    }
    const size_t length = character_at(text, at);
    out += length > 0 ? text.substr(at, length) : kReplacement;
    at += length > 0 ? length : 1;
  }
  return out;
}

}  // namespace backplane::conformance
