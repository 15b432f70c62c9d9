#include "loader/probe.hpp"

#include <string.h>  // sigabbrev_np
#include <unistd.h>

#include <atomic>

#include "loader/child.hpp"
#include "loader/probe_protocol.hpp"
#include "loader/text.hpp"
#include "support/environment.hpp"

namespace backplane {
namespace {

// "10 s", "0.25 s"
std::string seconds(uint64_t nanoseconds) {
  const uint64_t hundredths = nanoseconds / 10'000'000;
  std::string text = std::to_string(hundredths / 100);
  if (hundredths % 100 != 0) {
    const std::string digits = std::to_string(100 + hundredths % 100);
    text += "." + digits.substr(1);
  }
  return text + " s";
}

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string end_in_words(const ChildOutcome& outcome, uint64_t timeout_ns) {
  switch (outcome.end) {
    case ChildOutcome::End::kExited:
      return "it ended the process (exit code " + std::to_string(outcome.code) + ")";
    case ChildOutcome::End::kSignalled:
      return "it crashed (" + signal_name(outcome.code) + ")";
    case ChildOutcome::End::kTimedOut:
      return "it was still busy after " + seconds(timeout_ns);
    case ChildOutcome::End::kUnknown:
      break;
  }
  return "its probe ended without an answer";
}

// ", and printed "...""
std::string printed_too(const std::string& output) {
  std::string text = output;
  for (char& c : text)
    if (c == kQueryMark) c = '\n';
  const std::string line = first_line(text);
  return line.empty() ? "" : ", and printed \"" + line + "\"";
}

std::string printed_in_query(const std::string& output) {
  const size_t mark = output.find(kQueryMark);
  return mark == std::string::npos ? "" : first_line(std::string_view(output).substr(mark + 1));
}

// What BP-PLUGIN-8 forbids and a host can live with.
void warn_of_query(const std::string& plugin, const ProbeReport& report, const std::string& output,
                   const Log& log) {
  const std::string line = printed_in_query(output);
  if (!line.empty())
    log.write(BP_LOG_WARNING, "loader",
              plugin + ": bp_plugin_query printed \"" + line + "\" [BP-PLUGIN-8]");
  if (report.threads != 0)
    log.write(BP_LOG_WARNING, "loader",
              plugin + ": bp_plugin_query started " + std::to_string(report.threads) +
                  (report.threads == 1 ? " thread" : " threads") + " [BP-PLUGIN-8]");
}

// Loading without a probe is dangerous, not wrong; one line about it is enough.
Status go_without(const std::string& reason, const Log& log) {
  static std::atomic<bool> was_said{false};
  if (!was_said.exchange(true))
    log.write(BP_LOG_WARNING, "loader",
              "plugins are loaded without being tried in a process of their own first: " + reason);
  return {};
}

// The probe ended or hung before it opened the plugin. One that ends by itself is broken, and the
// host goes without; one that may have been late on a busy machine says nothing of the plugin.
Status no_report(const ProbeRequest& request, const ChildOutcome& outcome, const Log& log) {
  const std::string text = end_in_words(outcome, request.timeout_ns) + printed_too(outcome.output);
  if (outcome.end == ChildOutcome::End::kExited || outcome.end == ChildOutcome::End::kUnknown)
    return go_without(request.program + " does not work: " + text, log);
  return internal("it could not be tried: of " + request.program + " is known that " + text);
}

Status judge(const ProbeRequest& request, const ChildOutcome& outcome, const Log& log) {
  const ProbeReport report = read_report(outcome.results);
  if (report.where == nullptr && !report.has_verdict) return no_report(request, outcome, log);
  warn_of_query(request.plugin, report, outcome.output, log);
  if (report.has_verdict) return report.verdict;
  return internal(end_in_words(outcome, request.timeout_ns) + " " + report.where +
                  printed_too(outcome.output));
}

}  // namespace

std::string default_probe_program() {
  const std::string folder = private_folder();
  const std::string program = folder + "/backplane-probe";
  return !folder.empty() && access(program.c_str(), X_OK) == 0 ? program : "";
}

Status probe_plugin(const ProbeRequest& request, const Log& log) {
  if (request.program.empty()) return go_without("there is no backplane-probe", log);
  ChildRequest child;
  child.program = request.program;
  child.arguments = {request.plugin, request.deep_bind ? "deep-bind" : "plain"};
  child.timeout_ns = request.timeout_ns;
  const Result<ChildOutcome> outcome = run_child(child);
  if (!outcome.ok()) return go_without(outcome.status().text(), log);
  return judge(request, *outcome, log);
}

}  // namespace backplane
