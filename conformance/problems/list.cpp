// The problems of the suite, from the text files beside this one.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>

#include "ops/reference.hpp"
#include "problems/fill.hpp"
#include "problems/problem.hpp"
#include "run/embedded.hpp"

namespace backplane::conformance {
namespace {

[[noreturn]] void give_up(const std::string& file, const std::string& text) {
  std::fprintf(stderr, "problems/%s.txt: %s\n", file.c_str(), text.c_str());
  std::abort();
}

void add_line(const std::string& file, const std::string& line, std::set<std::string>* ids,
              std::vector<Problem>* all) {
  const Result<std::vector<std::string>> texts = expand(line);
  if (!texts.ok()) give_up(file, texts.status().text());
  size_t added = 0;
  for (const std::string& text : *texts) {
    Result<Problem> problem = parse_problem(text);
    if (!problem.ok()) give_up(file, problem.status().text());
    const Reference* reference = find_reference(problem->op);
    if (reference == nullptr) give_up(file, "there is no reference of " + problem->op);
    if (!is_defined(*problem, *reference)) continue;
    ++added;
    if (ids->insert(problem->id).second) all->push_back(problem.take());
  }
  if (added == 0) give_up(file, "no definition allows any of: " + line);
}

}  // namespace

std::vector<Problem> problems_beginning(const std::function<bool(const std::string&)>& is_wanted) {
  std::vector<Problem> made;
  std::set<std::string> ids;
  for (const EmbeddedText& text : problem_texts()) {
    std::istringstream lines(text.text);
    for (std::string line; std::getline(lines, line);) {
      const bool is_problem = !line.empty() && line[0] != '#';
      if (is_problem && is_wanted(id_beginning(line.substr(0, line.find(' ')))))
        add_line(text.name, line, &ids, &made);
    }
  }
  return made;
}

const std::vector<Problem>& all_problems() {
  static const std::vector<Problem> all =
      problems_beginning([](const std::string&) { return true; });
  return all;
}

}  // namespace backplane::conformance
