#include "loader/version.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "loader/text.hpp"

namespace backplane {
namespace {

constexpr uint32_t kFirstKeptMinor = 2;  // of major 0: from here on, older minors are loaded too

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word_character);
}

std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(between);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Digits alone, without a zero in front.
template <class Number>
bool parse_number(std::string_view text, Number& number) {
  if (!is_number(text) || (text.size() > 1 && text[0] == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_words(std::string_view text, std::vector<std::string>& words) {
  for (const std::string_view word : split(text, '.')) {
    if (!is_word(word)) return false;
    words.emplace_back(word);
  }
  return true;
}

// Cuts `text` at the first `mark`; what stands after it, or nothing where there is no mark.
bool cut(std::string_view& text, char mark, std::string_view& after) {
  const size_t found = text.find(mark);
  if (found == std::string_view::npos) return false;
  after = text.substr(found + 1);
  text = text.substr(0, found);
  return true;
}

bool parse(std::string_view text, Version& version) {
  std::string_view build;
  std::string_view pre_release;
  std::vector<std::string> build_words;
  if (cut(text, '+', build) && !parse_words(build, build_words)) return false;
  if (cut(text, '-', pre_release) && !parse_words(pre_release, version.pre_release)) return false;
  const auto numbers = split(text, '.');
  return numbers.size() == 3 && parse_number(numbers[0], version.major) &&
         parse_number(numbers[1], version.minor) && parse_number(numbers[2], version.patch);
}

// Below, equal, above: -1, 0, 1. Numbers come before words.
int compare_words(const std::string& a, const std::string& b) {
  const bool a_is_number = is_number(a);
  const bool b_is_number = is_number(b);
  if (a_is_number != b_is_number) return a_is_number ? -1 : 1;
  if (a_is_number && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const int order = a.compare(b);
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

bool pre_release_is_newer(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return a.empty() && !b.empty();
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (const int order = compare_words(a[i], b[i]); order != 0) return order > 0;
  return a.size() > b.size();
}

}  // namespace

Result<Version> parse_version(std::string_view text) {
  Version version;
  if (parse(text, version)) return version;
  return invalid_argument("version \"" + printable(text, 60) +
                          "\" is not semantic, as \"2.3.1\" or \"2.3.1-rc.1\" are");
}

bool is_newer(const Version& a, const Version& b) {
  if (a.major != b.major) return a.major > b.major;
  if (a.minor != b.minor) return a.minor > b.minor;
  if (a.patch != b.patch) return a.patch > b.patch;
  return pre_release_is_newer(a.pre_release, b.pre_release);
}

Result<bp_version_t> parse_abi_version(std::string_view text) {
  bp_version_t version = {};
  const auto numbers = split(text, '.');
  if (numbers.size() == 2 && parse_number(numbers[0], version.major) &&
      parse_number(numbers[1], version.minor))
    return version;
  return invalid_argument("ABI version \"" + printable(text, 60) + "\" is not of the form \"0.2\"");
}

std::string to_text(bp_version_t version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

bool host_takes(bp_version_t host, bp_version_t plugin) {
  if (host.major != plugin.major) return false;
  if (host.major != 0 || host.minor == plugin.minor) return true;
  return plugin.minor >= kFirstKeptMinor && plugin.minor < host.minor;
}

std::string taken_by(bp_version_t host) {
  if (host.major != 0) return "any " + std::to_string(host.major) + ".x";
  if (host.minor <= kFirstKeptMinor) return "just " + to_text(host);
  return to_text({0, kFirstKeptMinor}) + " to " + to_text(host);
}

}  // namespace backplane
