#include "profiles/profile.hpp"

#include <algorithm>
#include <sstream>

#include "problems/problem.hpp"
#include "run/embedded.hpp"

namespace backplane::conformance {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line.substr(0, line.find('#')));
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

Status add_text(const std::string& name, Profile* profile);

// "f32", "f16" of "T={f32|f16}"; none of anything else.
std::vector<std::string> types_of(const std::string& word) {
  if (word.rfind("T=", 0) != 0) return {};
  const bool is_list = word.size() > 4 && word[2] == '{' && word.back() == '}';
  std::istringstream in(is_list ? word.substr(3, word.size() - 4) : word.substr(2));
  std::vector<std::string> types;
  for (std::string type; std::getline(in, type, '|');) types.push_back(type);
  return types;
}

// One type after the other, so that it is known which problem is of which.
Status add_problems(const std::vector<std::string>& words, Profile* profile) {
  const std::vector<std::string> types = types_of(words.size() > 1 ? words[1] : "");
  if (words.size() < 4 || words[2] != ":" || types.empty())
    return invalid_argument("\"" + words[0] + "\" begins no OPERATOR T={TYPES} : INPUTS ...");
  for (const std::string& type : types) {
    std::string line = words[0] + " T=" + type;
    for (size_t i = 2; i < words.size(); ++i) line += " " + words[i];
    const Result<std::vector<std::string>> lines = expand(line);
    if (!lines.ok()) return lines.status();
    if (lines->size() != 1)
      return invalid_argument(words[0] + ": one node for each type is wanted");
    profile->nodes.push_back({words[0], type, lines->front()});
  }
  return {};
}

Status add_line(const std::vector<std::string>& words, Profile* profile) {
  if (words.empty()) return {};
  if (words[0] == "include") {
    for (size_t i = 1; i < words.size(); ++i) {
      Status status = add_text(words[i], profile);
      if (!status.ok()) return status;
    }
    return {};
  }
  if (words[0] == "host") {
    profile->by_host.insert(profile->by_host.end(), words.begin() + 1, words.end());
    return {};
  }
  return add_problems(words, profile);
}

Status add_text(const std::string& name, Profile* profile) {
  const std::vector<EmbeddedText> texts = profile_texts();
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [&name](const EmbeddedText& text) { return name == text.name; });
  if (found == texts.end()) return invalid_argument("there is no profile " + name);
  std::istringstream lines(found->text);
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const Status status = add_line(words_of(line), profile);
    if (!status.ok())
      return invalid_argument(name + ", line " + std::to_string(number) + ": " + status.text());
  }
  return {};
}

void sort_and_drop_repeats(std::vector<std::string>* names) {
  std::sort(names->begin(), names->end());
  names->erase(std::unique(names->begin(), names->end()), names->end());
}

Case case_of(const Profile& profile, const ProfileNode& node) {
  Case made;
  made.id = "profile/" + profile.name + "/" + node.op + "/" + node.type;
  made.level = Level::kOperators;
  made.kind = CaseKind::kProfile;
  made.rules = "BP-KERNEL-1";
  made.sentence =
      node.op + " of " + node.type + " is served, as profile " + profile.name + " needs";
  made.operators = {node.op};
  made.problem = node.problem;
  return made;
}

}  // namespace

std::vector<std::string> Profile::operators() const {
  std::vector<std::string> names = by_host;
  for (const ProfileNode& node : nodes) names.push_back(node.op);
  sort_and_drop_repeats(&names);
  return names;
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const EmbeddedText& text : profile_texts()) names.emplace_back(text.name);
  return names;
}

Result<Profile> find_profile(const std::string& name) {
  Profile profile;
  profile.name = name;
  const Status status = add_text(name, &profile);
  if (!status.ok()) return status;
  sort_and_drop_repeats(&profile.by_host);
  return profile;
}

std::vector<Case> profile_cases(const Profile& profile) {
  std::vector<Case> cases;
  for (const ProfileNode& node : profile.nodes) cases.push_back(case_of(profile, node));
  return cases;
}

}  // namespace backplane::conformance
