#include "command/prove.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "report/html.hpp"
#include "report/json_lines.hpp"
#include "report/junit.hpp"
#include "report/summary.hpp"
#include "report/terminal.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

// A run of half an hour must not end at a report that cannot be written; "" or why one cannot.
std::string wrong_folder(const std::string& path) {
  if (path.empty()) return "";
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  return access(folder.c_str(), W_OK) == 0 ? "" : path + ": cannot be written";
}

// The reports that are made of all records at once.
Status write_reports(const RunFacts& facts, const std::vector<Record>& records,
                     const CutShort& cut) {
  const RunOptions& options = facts.options;
  Status junit, html;
  if (!options.junit_path.empty())
    junit = write_file(options.junit_path, junit_xml(facts, records, cut));
  if (!options.html_path.empty())
    html = write_file(options.html_path, html_page(facts, this_environment(), records, cut));
  return junit.ok() ? html : junit;
}

bool needs_an_open_plugin(const Case& one) {
  return one.kind != CaseKind::kFile && one.kind != CaseKind::kFresh;
}

}  // namespace

int exit_code_of(const std::vector<Record>& records) {
  const Counts counts = count_all(records);
  return counts.failures() == 0 && counts.of(Verdict::kPass) > 0 ? kAllPassed : kSomethingFailed;
}

int exit_code_of(int signal) { return kInterrupted + signal; }

std::string choose_devices(RunFacts* facts) {
  const size_t count = facts->plugin.devices.size();
  if (count == 0)
    return facts->plugin.id + " has no device here; BACKPLANE_LOG=all shows its reason";
  if (facts->devices.empty())
    for (uint32_t i = 0; i < count; ++i) facts->devices.push_back(i);
  for (uint32_t device : facts->devices)
    if (device >= count)
      return fmt::format("{} has {} devices; there is no device {}", facts->plugin.id, count,
                         device);
  return "";
}

int prove(const RunFacts& facts, const std::vector<Case>& cases, const Interruption& interruption) {
  std::optional<JsonLinesFile> json;
  if (!facts.options.json_path.empty()) json.emplace(facts, facts.options.json_path);
  if (json && !json->status().ok()) return complain(json->status().text(), kWrongUsage);
  for (const std::string& path : {facts.options.junit_path, facts.options.html_path})
    if (const std::string wrong = wrong_folder(path); !wrong.empty())
      return complain(wrong, kWrongUsage);
  fmt::print("{}", opening_text(facts));
  std::fflush(stdout);
  CutShort cut;
  const std::vector<Record> records = run_cases(
      facts, cases,
      [&json](const Record& record) {
        if (json) json->add(record);
      },
      &cut.planned);
  cut.done = records.size();
  const int signal = cut.done < cut.planned ? interruption.signal() : 0;
  if (signal != 0) cut.by = signal_text(signal);
  if (json) cut ? json->close(cut) : json->close(records);
  fmt::print("\n{}{}", failures_text(facts, records, isatty(STDOUT_FILENO) == 1),
             summary_text(facts, records, cut));
  if (json && !json->status().ok()) return complain(json->status().text(), kSomethingFailed);
  const Status written = write_reports(facts, records, cut);
  if (!written.ok()) return complain(written.text(), kSomethingFailed);
  return cut ? exit_code_of(signal) : exit_code_of(records);
}

int prove_refused(RunFacts* facts, const std::string& refusal, std::vector<Case> cases,
                  const Interruption& interruption) {
  cases.erase(std::remove_if(cases.begin(), cases.end(), needs_an_open_plugin), cases.end());
  facts->plugin.refusal = refusal;
  facts->devices = {0};
  const int code = prove(*facts, cases, interruption);
  return code > kInterrupted ? code : kNoPlugin;
}

}  // namespace backplane::conformance
