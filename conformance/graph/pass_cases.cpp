#include "graph/pass_cases.hpp"

#include <cctype>
#include <set>
#include <sstream>

namespace backplane::conformance {
namespace {

// A chip that compiles each fused node takes a second for a graph.
struct Amount {
  size_t graphs, nodes;
};
constexpr Amount kWhole = {200, 300};
constexpr Amount kQuick = {12, 40};
constexpr Amount kWholeOfAll = {200, 40};
constexpr Amount kQuickOfAll = {6, 40};

std::string problem_of(size_t pass, const Amount& amount) {
  return std::to_string(pass) + " " + std::to_string(amount.graphs) + " " +
         std::to_string(amount.nodes);
}

PassTask task_of(const std::string& problem, const std::string& published) {
  std::istringstream text(problem);
  PassTask task;
  text >> task.index >> task.graphs >> task.nodes;
  task.published = published;
  return task;
}

std::vector<PassCheck> checks_of_one() {
  std::vector<PassCheck> together;
  for (const auto& some :
       {pass_result_checks(), pass_repeat_checks(), pass_view_checks(), pass_follow_checks()})
    together.insert(together.end(), some.begin(), some.end());
  return together;
}

std::vector<PassCheck> checks_of_all() {
  std::vector<PassCheck> together = pass_order_checks();
  for (const auto& some : {pass_host_checks(), pass_published_checks()})
    together.insert(together.end(), some.begin(), some.end());
  return together;
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

Case case_of(const PassCheck& check, const std::string& id, size_t pass, const Amount& amount) {
  Case made;
  made.id = id;
  made.level = Level::kGraph;
  made.kind = CaseKind::kPass;
  made.rules = check.rules;
  made.sentence = check.sentence;
  made.problem = problem_of(pass, amount);
  return made;
}

}  // namespace

std::vector<Case> pass_cases(const std::vector<std::string>& passes, bool is_quick,
                             const std::string& published) {
  std::vector<Case> cases;
  std::set<std::string> taken = {"passes"};
  for (size_t index = 0; index < passes.size(); ++index) {
    const std::string part = id_part(passes[index], index, &taken);
    for (const PassCheck& check : checks_of_one())
      cases.push_back(case_of(check, "graph/" + part + "/" + last_part(check.id), index,
                              is_quick ? kQuick : kWhole));
  }
  if (passes.empty()) return cases;
  for (const PassCheck& check : checks_of_all())
    cases.push_back(case_of(check, check.id, 0, is_quick ? kQuickOfAll : kWholeOfAll));
  for (Case& one : cases) one.path = published;
  return cases;
}

void run_pass_case(Subject& subject, const std::string& case_id, const std::string& problem,
                   const std::string& published) {
  require(subject.passes() != nullptr, "the plugin had passes before, and has none now");
  const PassTask task = task_of(problem, published);
  for (const auto& some : {checks_of_one(), checks_of_all()})
    for (const PassCheck& check : some)
      if (last_part(check.id) == last_part(case_id)) return check.body(subject, task);
  fail("the worker does not know the case " + case_id);
}

}  // namespace backplane::conformance
