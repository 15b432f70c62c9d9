#include "loader/probe_protocol.hpp"

#include <charconv>

#include "loader/text.hpp"

namespace backplane {
namespace {

struct StageWords {
  Stage stage;
  const char* line;
  const char* where;
};
constexpr StageWords kStages[] = {
    {Stage::kOpen, "at open", "while it was opened (a constructor)"},
    {Stage::kQuery, "at query", "in bp_plugin_query"},
    {Stage::kTable, "at table", "while its table was read"},
};

// "name 12 rest" -> 12, and "rest"
bool read_number(std::string_view line, std::string_view name, int32_t& number,
                 std::string_view& rest) {
  if (line.substr(0, name.size()) != name) return false;
  line.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc()) return false;
  rest = line.substr(static_cast<size_t>(end - line.data()));
  if (!rest.empty()) rest.remove_prefix(1);
  return true;
}

void read_line(std::string_view line, ProbeReport& report) {
  for (const StageWords& words : kStages)
    if (line == words.line) report.where = words.where;
  int32_t number = 0;
  std::string_view rest;
  if (line == "accepted") {
    report.has_verdict = true;
    report.verdict = {};
  } else if (read_number(line, "refused ", number, rest) && number != BP_OK) {
    report.has_verdict = true;
    report.verdict = Status(number, std::string(rest));
  } else if (read_number(line, "threads ", number, rest) && number > 0) {
    report.threads = static_cast<uint32_t>(number);
  }
}

}  // namespace

std::string stage_line(Stage stage) {
  for (const StageWords& words : kStages)
    if (words.stage == stage) return std::string(words.line) + "\n";
  return "";
}

std::string threads_line(uint32_t count) { return "threads " + std::to_string(count) + "\n"; }

std::string verdict_line(const Status& verdict) {
  if (verdict.ok()) return "accepted\n";
  return "refused " + std::to_string(verdict.code()) + " " + printable(verdict.text(), 4000) + "\n";
}

ProbeReport read_report(std::string_view lines) {
  ProbeReport report;
  for (size_t end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
    read_line(lines.substr(0, end), report);
    lines.remove_prefix(end + 1);
  }
  return report;
}

}  // namespace backplane
