#include "report/html_cases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_matrix.hpp"
#include "report/markup.hpp"
#include "report/summary.hpp"

namespace backplane::conformance {
namespace {

constexpr size_t kMostText = 1000;    // bytes of what a plugin or a case says
constexpr size_t kMostReasons = 200;  // lines of a table

std::string shortened(const std::string& text) {
  return escaped(text.size() <= kMostText ? text : text.substr(0, kMostText) + " [cut off here]");
}

// Failures that are listed together.
struct Group {
  std::string id;
  std::string title;
  std::vector<const Record*> records;
};

Group group_of(const Record& record) {
  const MatrixPlace place = place_of(*record.one);
  if (!place.op.empty()) return {group_id(record.device, place), place.op + ", " + place.type, {}};
  if (record.one->kind == CaseKind::kProfile) {
    const std::string profile = profile_of(*record.one);
    return {group_id(record.device, {"profile", profile}), "profile " + profile, {}};
  }
  const std::string level = level_name(record.one->level);
  return {group_id(record.device, {"level", level}), "level " + level, {}};
}

// In the order in which their first failures came.
std::vector<Group> failing_groups(const std::vector<Record>& records) {
  std::vector<Group> groups;
  for (const Record& record : records) {
    if (!is_failure(record.outcome.verdict)) continue;
    Group its = group_of(record);
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&its](const Group& group) { return group.id == its.id; });
    if (found == groups.end()) found = groups.insert(groups.end(), std::move(its));
    found->records.push_back(&record);
  }
  return groups;
}

size_t listed_of_each(const std::vector<Group>& groups) {
  size_t all = 0;
  for (const Group& group : groups) all += group.records.size();
  return all <= kMostListed ? all : std::max<size_t>(1, kMostListed / groups.size());
}

std::string rules_text(const Record& record) {
  std::string text = record.one->rules.empty() ? "" : "proves " + record.one->rules;
  if (!record.outcome.rule.empty()) text += "; broken: " + record.outcome.rule;
  if (!record.outcome.function.empty()) text += "; in " + record.outcome.function;
  return text;
}

std::string failure_html(const RunFacts& facts, const Record& record) {
  return fmt::format(
      "<article><h4><span class=\"f\">✗ {}</span> <code>{}</code></h4>\n<p>{}</p>\n"
      "<p class=\"rules\">{}</p>\n<pre>{}</pre>\n<pre class=\"repro\">{}</pre></article>\n",
      verdict_name(record.outcome.verdict), escaped(record.one->id), escaped(record.one->sentence),
      escaped(rules_text(record)), shortened(record.outcome.text),
      escaped(repro_line(facts, record)));
}

std::string group_html(const RunFacts& facts, const Group& group, size_t most) {
  const size_t count = group.records.size();
  std::string text =
      fmt::format("<section id=\"{}\"><h3>{}, device {}: {} failed</h3>\n", escaped(group.id),
                  escaped(group.title), group.records.front()->device, count);
  for (size_t i = 0; i < std::min(count, most); ++i) text += failure_html(facts, *group.records[i]);
  if (count > most)
    text += fmt::format("<p>and {} more here; --json FILE has them all</p>\n", count - most);
  return text + "</section>\n";
}

std::string table_html(const std::string& title, const Reasons& reasons) {
  if (reasons.empty()) return "";
  size_t cases = 0;
  for (const auto& [reason, count] : reasons) cases += count;
  std::string text = fmt::format("<h3>{}, by reason: {}</h3>\n<div class=\"wide\"><table>\n",
                                 escaped(title), cases);
  for (size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i)
    text += fmt::format("<tr><td>{}</td><td class=\"text\">{}</td></tr>\n", reasons[i].second,
                        shortened(reasons[i].first));
  text += "</table></div>\n";
  if (reasons.size() > kMostReasons)
    text += fmt::format("<p>and {} more reasons; --json FILE has them all</p>\n",
                        reasons.size() - kMostReasons);
  return text;
}

}  // namespace

std::string failures_html(const RunFacts& facts, const std::vector<Record>& records) {
  const std::vector<Group> groups = failing_groups(records);
  std::string text = "<h2 id=\"failures\">Failures</h2>\n";
  if (groups.empty()) return text + "<p>Nothing failed.</p>\n";
  const size_t most = listed_of_each(groups);
  for (const Group& group : groups) text += group_html(facts, group, most);
  return text;
}

std::string list_html(const std::vector<Record>& records, Verdict verdict, const std::string& title,
                      const std::string& explanation) {
  std::string items;
  size_t count = 0;
  for (const Record& record : records) {
    if (record.outcome.verdict != verdict || ++count > kMostListed) continue;
    items += fmt::format("<li><code>{}</code> device {}: {}</li>\n", escaped(record.one->id),
                         record.device, shortened(record.outcome.text));
  }
  if (count == 0) return "";
  if (count > kMostListed)
    items += fmt::format("<li>and {} more; --json FILE has them all</li>\n", count - kMostListed);
  return fmt::format("<h2 id=\"{}\">{} {}</h2>\n<p>{}</p>\n<ul>\n{}</ul>\n", verdict_name(verdict),
                     count, escaped(title), escaped(explanation), items);
}

std::string reasons_html(const std::vector<Record>& records) {
  const std::string tables =
      table_html("Unsupported by the plugin", reasons(records, RefusedBy::kPlugin)) +
      table_html("Unsupported by this host", reasons(records, RefusedBy::kHost)) +
      table_html("Skipped", skipped_reasons(records));
  return tables.empty() ? "" : "<h2 id=\"not-run\">Not run</h2>\n" + tables;
}

}  // namespace backplane::conformance
