#include "onnx/text.hpp"

#include <fmt/format.h>

namespace backplane::onnx {
namespace {

constexpr size_t kNameShown = 80;

// Bytes of the sequence that `first` begins, 0 when none begins so.
size_t sequence_size(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

// The second byte rules out overlong forms, surrogates and what lies beyond U+10FFFF.
bool is_second(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0 && second < 0xc0;
    case 0xed:
      return second >= 0x80 && second < 0xa0;
    case 0xf0:
      return second >= 0x90 && second < 0xc0;
    case 0xf4:
      return second >= 0x80 && second < 0x90;
    default:
      return second >= 0x80 && second < 0xc0;
  }
}

// The size of the UTF-8 sequence at `at`, 0 when there is none.
size_t sequence_at(const std::string& text, size_t at) {
  const auto byte = [&](size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
  const size_t size = sequence_size(byte(0));
  if (size == 0 || at + size > text.size()) return 0;
  if (size > 1 && !is_second(byte(0), byte(1))) return 0;
  for (size_t offset = 2; offset < size; ++offset)
    if (byte(offset) < 0x80 || byte(offset) >= 0xc0) return 0;
  return size;
}

bool is_printable(const std::string& text, size_t at, size_t size) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (size == 1) return first >= 0x20 && first < 0x7f;
  return size > 1 && !(first == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0);
}

}  // namespace

std::string quoted(const std::string& name) {
  std::string result = "\"";
  for (size_t at = 0; at < name.size();) {
    if (at >= kNameShown) {
      result += "...";
      break;
    }
    const size_t size = sequence_at(name, at);
    if (is_printable(name, at, size) && name[at] != '"' && name[at] != '\\') {
      result.append(name, at, size);
      at += size;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[at]));
      ++at;
    }
  }
  return result + '"';
}

bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t size = sequence_at(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

Status check_name(const char* kind, const std::string& name) {
  if (name.find('\0') != std::string::npos)
    return corrupt(fmt::format("{} {} holds a NUL", kind, quoted(name)));
  if (!is_utf8(name)) return corrupt(fmt::format("{} {} is not UTF-8", kind, quoted(name)));
  return {};
}

Status refused(const char* word, const std::string& text) {
  return unsupported(fmt::format("{}: {}", word, text));
}

Status about(const Status& status, const std::string& what) {
  if (status.code() != BP_STATUS_UNSUPPORTED) return status.in(what);
  return unsupported(fmt::format("{} ({})", status.text(), what));
}

}  // namespace backplane::onnx
