#include "graph/pass_cases.hpp"

#include <cctype>
#include <set>

namespace backplane::conformance {
namespace {

constexpr size_t kGraphs = 240;
constexpr size_t kQuickGraphs = 12;  // a chip that compiles each fused node has seconds for them

const std::vector<PassCheck>& checks() {
  static const std::vector<PassCheck> all = [] {
    std::vector<PassCheck> together;
    for (const auto& some : {pass_result_checks(), pass_repeat_checks(), pass_view_checks()})
      together.insert(together.end(), some.begin(), some.end());
    return together;
  }();
  return all;
}

std::string last_part(const std::string& id) { return id.substr(id.rfind('/') + 1); }

// What of a name may stand in an id; every pass has one of its own.
std::string id_part(const std::string& name, size_t index, std::set<std::string>* taken) {
  std::string part;
  for (char c : name)
    part += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ? c : '-';
  if (part.empty() || !taken->insert(part).second) part += "-" + std::to_string(index);
  taken->insert(part);
  return part;
}

}  // namespace

std::vector<Case> pass_cases(const std::vector<std::string>& passes, bool is_quick) {
  std::vector<Case> cases;
  std::set<std::string> taken = {"passes"};
  for (size_t index = 0; index < passes.size(); ++index) {
    const std::string part = id_part(passes[index], index, &taken);
    for (const PassCheck& check : checks()) {
      Case made;
      made.id = "graph/" + part + "/" + last_part(check.id);
      made.level = Level::kGraph;
      made.kind = CaseKind::kPass;
      made.rules = check.rules;
      made.sentence = check.sentence;
      made.problem =
          std::to_string(index) + " " + std::to_string(is_quick ? kQuickGraphs : kGraphs);
      cases.push_back(made);
    }
  }
  return cases;
}

void run_pass_case(Subject& subject, const std::string& case_id, const std::string& problem) {
  require(subject.passes() != nullptr, "the plugin had passes before, and has none now");
  const size_t space = problem.find(' ');
  const PassTask task = {static_cast<uint32_t>(std::stoul(problem)),
                         std::stoul(problem.substr(space))};
  for (const PassCheck& check : checks())
    if (last_part(check.id) == last_part(case_id)) return check.body(subject, task);
  fail("the worker does not know the case " + case_id);
}

}  // namespace backplane::conformance
