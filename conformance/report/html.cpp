#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_cases.hpp"
#include "report/html_matrix.hpp"
#include "report/html_style.hpp"
#include "report/markup.hpp"
#include "report/summary.hpp"

namespace backplane::conformance {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string fact(const char* name, const std::string& value) {
  if (value.empty()) return "";
  return fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escaped(value));
}

std::string device_name(const RunFacts& facts, uint32_t device) {
  const std::string number = "device " + std::to_string(device);
  if (device >= facts.plugin.devices.size()) return number;
  const DeviceFacts& one = facts.plugin.devices[device];
  return number + ": " + one.name + (one.is_synchronous ? ", synchronous" : "");
}

// What of the suite was to be run; a page of a part must not look like one of the whole.
std::string selection_text(const RunOptions& options) {
  const Selection& selection = options.selection;
  std::vector<std::string> parts;
  if (!selection.levels.empty()) parts.push_back("levels " + joined(selection.levels, ", "));
  if (!selection.filters.empty()) parts.push_back("cases " + joined(selection.filters, " or "));
  if (!selection.only.empty())
    parts.push_back(fmt::format("{} cases by name", selection.only.size()));
  if (selection.shard_count > 1)
    parts.push_back(fmt::format("part {} of {}", selection.shard + 1, selection.shard_count));
  if (options.is_one_thread) parts.emplace_back("nothing by two threads at once (--one-thread)");
  if (options.is_quick) parts.emplace_back("a few problems of each operator and type (--quick)");
  return parts.empty() ? "everything" : joined(parts, "; ");
}

std::string devices_html(const RunFacts& facts) {
  std::string text;
  for (uint32_t device : facts.devices) {
    if (device >= facts.plugin.devices.size()) continue;  // the plugin could not be opened
    const DeviceFacts& one = facts.plugin.devices[device];
    std::string more = device_name(facts, device);
    if (!one.architecture.empty()) more += ", " + one.architecture;
    if (!one.driver_version.empty()) more += ", driver " + one.driver_version;
    text += fact("device", more);
  }
  return text;
}

std::string head_html(const RunFacts& facts, const Environment& environment) {
  const Greeting& plugin = facts.plugin;
  const std::string published =
      facts.published_count == 0
          ? "none found"
          : fmt::format("{} in {}", facts.published_count, facts.options.onnx_data);
  return "<dl>\n" + fact("plugin", facts.options.plugin) + fact("id", plugin.id) +
         fact("version", plugin.version) + fact("vendor", plugin.vendor) +
         fact("build id", plugin.build_id) + fact("built for ABI", plugin.abi) +
         devices_html(facts) + fact("selected", selection_text(facts.options)) +
         fact("seed", std::to_string(facts.options.seed)) + fact("published tests", published) +
         fact("day", environment.day) + fact("processor", environment.processor) +
         fact("kernel", environment.kernel) + fact("suite", environment.suite) +
         fact("its compiler", environment.compiler) + "</dl>\n";
}

// PASS, FAIL and every other verdict that a case of a level has: the columns.
std::vector<Verdict> verdicts_of(const DeviceSummary& device) {
  std::vector<Verdict> verdicts = {Verdict::kPass, Verdict::kFail};
  for (size_t i = verdicts.size(); i < kVerdictCount; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (std::any_of(device.levels.begin(), device.levels.end(),
                    [verdict](const LevelSummary& level) { return level.counts.of(verdict) > 0; }))
      verdicts.push_back(verdict);
  }
  return verdicts;
}

const char* css_of(LevelState state) {
  switch (state) {
    case LevelState::kReached:
      return "p";
    case LevelState::kNotReached:
      return "f";
    default:
      return "u";
  }
}

std::string level_row(const DeviceSummary& device, Level level,
                      const std::vector<Verdict>& verdicts) {
  const LevelState state = device.state(level);
  std::string text = fmt::format("<tr><th scope=\"row\">{}</th><td class=\"{}\">{}</td>",
                                 level_name(level), css_of(state), state_text(state, level));
  for (Verdict verdict : verdicts)
    text +=
        fmt::format("<td>{}</td>", device.levels[static_cast<size_t>(level)].counts.of(verdict));
  return text + "</tr>\n";
}

std::string levels_html(const RunFacts& facts, const DeviceSummary& device) {
  const std::vector<Verdict> verdicts = verdicts_of(device);
  std::string text = fmt::format(
      "<h3>{}</h3>\n<p>{}</p>\n<div class=\"wide\"><table>\n<tr><th>level</th><th></th>",
      escaped(device_name(facts, device.device)), escaped(device.ladder()));
  for (Verdict verdict : verdicts) text += fmt::format("<th>{}</th>", verdict_name(verdict));
  text += "</tr>\n";
  for (size_t i = 0; i < kLevelCount; ++i)
    text += level_row(device, static_cast<Level>(i), verdicts);
  return text + "</table></div>\n";
}

std::string profile_html(const DeviceSummary& device, const ProfileFacts& profile) {
  const auto found = device.profiles.find(profile.name);
  const ProfileSummary summary = found != device.profiles.end() ? found->second : ProfileSummary();
  const bool is_reached = device.has_reached(profile);
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td><td>{} of {}</td>"
      "<td class=\"text\">{}</td><td class=\"text\">{}</td></tr>\n",
      escaped(profile.name), device.device, is_reached ? "p" : "f",
      is_reached ? "✓ reached" : "✗ not reached", summary.counts.of(Verdict::kPass),
      profile.case_count, escaped(joined(summary.missing, " ")),
      escaped(joined(profile.by_host, " ")));
}

std::string profiles_html(const RunFacts& facts, const std::vector<DeviceSummary>& devices) {
  if (facts.profiles.empty()) return "";
  std::string text =
      "<h2 id=\"profiles\">Profiles</h2>\n<div class=\"wide\"><table>\n<tr><th>profile</th>"
      "<th>device</th><th></th><th>operators and types served</th><th>missing</th>"
      "<th>run by the host itself</th></tr>\n";
  for (const DeviceSummary& device : devices)
    for (const ProfileFacts& profile : facts.profiles) text += profile_html(device, profile);
  return text + "</table></div>\n";
}

constexpr const char* kMatrixHead = R"(<h2 id="matrix">Operators and types</h2>
<p class="faint">passed/failed/unsupported, then the worst precision class that a kernel declared:
<b>A</b> nothing relaxed, <b>B</b> something relaxed, <b>C</b> products or sums in less than float32.
<span class="p">✓ passed</span> <span class="q">◐ passed, and not all is served</span>
<span class="f">✗ failed</span> <span class="o">! expected to fail, or non-discriminating</span>
<span class="u">– unsupported</span> <span class="u">○ skipped</span>; nothing: no case. "published" are
ONNX's own tests of that operator alone.</p>
)";

std::string matrices_html(const RunFacts& facts, const std::vector<Record>& records,
                          const std::vector<DeviceSummary>& devices) {
  std::string text;
  for (const DeviceSummary& device : devices) {
    const Matrix matrix = matrix_of(records, device.device);
    if (matrix.rows.empty()) continue;
    text += "<h3>" + escaped(device_name(facts, device.device)) + "</h3>\n";
    text += matrix_html(matrix, device.device);
  }
  return text.empty() ? "" : kMatrixHead + text;
}

std::string top_html(const RunFacts& facts, const Environment& environment, const Counts& counts,
                     const CutShort& cut) {
  std::string text = "<h1>" + escaped("conformance-run: " + facts.plugin.id) + "</h1>\n";
  if (cut)
    text += "<p class=\"cut\">" + escaped(cut.text()) + ": what follows is not all of it.</p>\n";
  if (!facts.plugin.refusal.empty())
    text += "<p class=\"cut\">The plugin cannot be used: " + escaped(facts.plugin.refusal) + "</p>";
  return text + "<p><a href=\"#failures\"><b>" + counts.closing_line() + "</b></a></p>\n" +
         head_html(facts, environment);
}

std::string body_html(const RunFacts& facts, const Environment& environment,
                      const std::vector<Record>& records, const CutShort& cut) {
  const std::vector<DeviceSummary> devices = summarise(records, cut);
  const Counts counts = count_all(records);
  std::string text = top_html(facts, environment, counts, cut);
  text += "<h2 id=\"levels\">Levels</h2>\n";
  for (const DeviceSummary& device : devices) text += levels_html(facts, device);
  text += profiles_html(facts, devices) + matrices_html(facts, records, devices);
  text += failures_html(facts, records);
  text += list_html(records, Verdict::kExpectedFail, "expected failures",
                    "They fail, and the vendor's expectations say so.");
  text += list_html(records, Verdict::kNonDiscriminating, "non-discriminating cases",
                    "Under what the kernel declares their data would not show faults that it "
                    "should show: neither passed nor failed.");
  return text + reasons_html(records) + "<p class=\"faint\">" + counts.verdicts_line() + "</p>\n";
}

}  // namespace

std::string html_page(const RunFacts& facts, const Environment& environment,
                      const std::vector<Record>& records, const CutShort& cut) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
         "<meta http-equiv=\"Content-Security-Policy\" "
         "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<title>" +
         escaped("conformance-run: " + facts.plugin.id) + "</title>\n<style>" + kHtmlStyle +
         "</style></head>\n<body>\n" + body_html(facts, environment, records, cut) +
         "</body></html>\n";
}

}  // namespace backplane::conformance
