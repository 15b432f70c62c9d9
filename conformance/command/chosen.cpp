#include "command/chosen.hpp"

#include <algorithm>
#include <iterator>

#include "command/model.hpp"
#include "profiles/profile.hpp"
#include "run/case_list.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

Result<std::vector<Case>> suite_or_model_cases(const CommandLine& line) {
  if (!line.run.from_model.empty()) return model_cases(line);
  // Lines of expectations, and --explain, may name any case.
  const bool is_any = !line.expectations.empty() || !line.explain.empty();
  return is_any ? all_cases(line.run.onnx_data) : cases_for(line.run.selection, line.run.onnx_data);
}

void add_profile(const Profile& profile, Candidates* candidates) {
  const std::vector<Case> more = profile_cases(profile);
  candidates->profiles.push_back(
      {profile.name, more.size(), profile.operators().size(), profile.by_host});
  candidates->cases.insert(candidates->cases.end(), more.begin(), more.end());
}

}  // namespace

Result<Candidates> find_candidates(const CommandLine& line) {
  Result<std::vector<Case>> cases = suite_or_model_cases(line);
  if (!cases.ok()) return cases.status();
  Candidates candidates = {cases.take(), {}};
  for (const std::string& name : line.run.profiles) {
    const Result<Profile> profile = find_profile(name);
    if (!profile.ok()) return profile.status();
    add_profile(*profile, &candidates);
  }
  return candidates;
}

std::vector<Case> selected_cases(const CommandLine& line, const std::vector<Case>& all) {
  const std::vector<Case> offered = line.run.is_quick ? quick_cases(all, line.run.seed) : all;
  std::vector<Case> chosen;
  std::copy_if(offered.begin(), offered.end(), std::back_inserter(chosen),
               [&line](const Case& one) { return is_selected(line.run.selection, one); });
  return chosen;
}

Result<std::vector<Expectation>> read_expectations(const CommandLine& line,
                                                   const std::vector<Case>& all) {
  if (line.expectations.empty()) return std::vector<Expectation>();
  const Result<std::string> text = read_file(line.expectations);
  if (!text.ok()) return text.status();
  Result<std::vector<Expectation>> expectations = parse_expectations(*text, all, today_text());
  if (!expectations.ok())
    return invalid_argument(line.expectations + ":" + expectations.status().text());
  return expectations;
}

}  // namespace backplane::conformance
