#include "report/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "report/summary.hpp"
#include "run/frame.hpp"

namespace backplane::conformance {
namespace {

constexpr size_t kMostLines = 40;
constexpr size_t kMostReasons = 8;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string device_line(const RunFacts& facts, uint32_t device) {
  if (device >= facts.plugin.devices.size()) return fmt::format("device {}", device);
  const DeviceFacts& one = facts.plugin.devices[device];
  return fmt::format("device {}  {}{}", device, one.name,
                     one.is_synchronous ? ", synchronous" : "");
}

std::string level_row(const DeviceSummary& device, Level level) {
  const LevelState state = device.state(level);
  if (state == LevelState::kNotApplicable || state == LevelState::kNotRun)
    return fmt::format("  {:<10} {}\n", level_name(level), state_text(state, level));
  const LevelSummary& summary = device.levels[static_cast<size_t>(level)];
  return fmt::format("  {:<10} {:>5} {:>5} {:>9} {:>7} {:>8}  {}\n", level_name(level),
                     summary.counts.of(Verdict::kPass), summary.counts.failures(),
                     summary.unsupported_by_plugin, summary.unsupported_by_host,
                     summary.counts.of(Verdict::kSkipped), state_text(state, level));
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

std::string profile_text(const DeviceSummary& device, const ProfileFacts& profile) {
  const auto found = device.profiles.find(profile.name);
  const ProfileSummary summary = found != device.profiles.end() ? found->second : ProfileSummary();
  std::string text =
      fmt::format("  profile {}: {}; {} operators, {} of {} operators and types served\n",
                  profile.name, device.has_reached(profile) ? "reached" : "not reached",
                  profile.operator_count, summary.counts.of(Verdict::kPass), profile.case_count);
  if (!summary.missing.empty()) text += "    MISSING: " + joined(summary.missing, " ") + "\n";
  if (!profile.by_host.empty())
    text += "    run by the host itself: " + joined(profile.by_host, " ") + "\n";
  return text;
}

std::string reasons_text(const std::vector<Record>& records, RefusedBy by, const char* title) {
  const auto all = reasons(records, by);
  if (all.empty()) return "";
  std::string text = fmt::format("{}, {} reasons:\n", title, all.size());
  for (size_t i = 0; i < std::min(all.size(), kMostReasons); ++i)
    text += fmt::format("  {:>4}  {}\n", all[i].second, first_line(all[i].first));
  if (all.size() > kMostReasons)
    text +=
        fmt::format("        and {} more; --json FILE has them all\n", all.size() - kMostReasons);
  return text;
}

std::string expected_text(const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records)
    if (record.outcome.verdict == Verdict::kExpectedFail)
      text += fmt::format("  {}  device {}: {}\n", record.one->id, record.device,
                          first_line(record.outcome.text));
  return text.empty() ? "" : "EXPECTED-FAIL:\n" + text;
}

}  // namespace

ProgressLine::ProgressLine(std::FILE* out) : out_(out), is_terminal_(isatty(fileno(out)) == 1) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (is_terminal_) std::fputs("\r\033[K", out_);
  next_ns_ = 0;
}

void ProgressLine::show(size_t done, size_t all, size_t failed, const std::string& id) {
  const uint64_t now = steady_now_ns();
  if (!is_terminal_ || now < next_ns_) return;
  next_ns_ = now + 100'000'000;
  std::fprintf(out_, "\r\033[K%zu of %zu, %zu failed  %.60s", done, all, failed, id.c_str());
  std::fflush(out_);
}

std::string opening_text(const RunFacts& facts) {
  if (!facts.plugin.refusal.empty())
    return fmt::format("plugin   {}\n         cannot be used: {}\n", facts.options.plugin,
                       facts.plugin.refusal);
  std::string text =
      fmt::format("plugin   {}\n         {} {} by {}, built for ABI {}\nseed     {}\n",
                  facts.options.plugin, facts.plugin.id, facts.plugin.version, facts.plugin.vendor,
                  facts.plugin.abi, facts.options.seed);
  if (facts.options.is_one_thread)
    text += "part     no problem is launched by two threads at once (--one-thread)\n";
  if (facts.published_count > 0)
    text += fmt::format(
        "data     {} published tests in {}\n         {} of tensors alone in the standard domain, "
        "{} with strings, sequences or other domains\n",
        facts.published_count, facts.options.onnx_data, facts.plain_count,
        facts.published_count - facts.plain_count);
  return text;
}

std::string failures_text(const RunFacts& facts, const std::vector<Record>& records, bool colour) {
  std::string text;
  size_t lines = 0;
  size_t left_out = 0;
  for (const Record& record : records) {
    if (!is_failure(record.outcome.verdict)) continue;
    if (lines + 3 > kMostLines) {
      ++left_out;
      continue;
    }
    lines += 3;
    const char* begin = colour ? "\033[31m" : "";
    const char* end = colour ? "\033[0m" : "";
    text += fmt::format("{}{}{} {}  device {}  {}\n", begin, verdict_name(record.outcome.verdict),
                        end, record.one->id, record.device,
                        record.outcome.rule.empty() ? record.one->rules : record.outcome.rule);
    text +=
        "     " + (facts.options.is_repro ? record.outcome.text : first_line(record.outcome.text));
    text += "\n     " + repro_line(facts, record) + "\n";
  }
  if (left_out > 0)
    text += fmt::format("and {} more failures; --json FILE has them all\n", left_out);
  return text;
}

std::string summary_text(const RunFacts& facts, const std::vector<Record>& records,
                         const CutShort& cut) {
  std::string text;
  for (const DeviceSummary& device : summarise(records, cut)) {
    text += "\n" + device_line(facts, device.device) + "\n";
    text +=
        "               pass  fail  unsupported by:  skipped\n"
        "                            plugin    host\n";
    for (size_t i = 0; i < kLevelCount; ++i) text += level_row(device, static_cast<Level>(i));
    text += "  " + device.ladder() + "\n";
    for (const ProfileFacts& profile : facts.profiles) text += profile_text(device, profile);
  }
  text += "\n";
  text += reasons_text(records, RefusedBy::kPlugin, "UNSUPPORTED by the plugin");
  text += reasons_text(records, RefusedBy::kHost, "UNSUPPORTED by this host");
  text += expected_text(records);
  if (cut) text += cut.text() + "\n";
  const Counts counts = count_all(records);
  return text + counts.verdicts_line() + "\n" + counts.closing_line() + "\n";
}

}  // namespace backplane::conformance
