// From one line with variables and alternatives to the lines that it stands for.
#include <cctype>
#include <sstream>

#include "problems/problem.hpp"

namespace backplane::conformance {
namespace {

struct Variable {
  std::string name;
  std::vector<std::string> values;
};

// "{a|b}" -> a, b; a text without braces stands for itself.
std::vector<std::string> alternatives(const std::string& text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return {text};
  std::vector<std::string> all(1);
  for (char c : text.substr(1, text.size() - 2))
    if (c == '|')
      all.emplace_back();
    else
      all.back() += c;
  return all;
}

bool is_name_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// `text` with every whole word `name` replaced.
std::string replaced(const std::string& text, const std::string& name, const std::string& value) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (!is_name_letter(text[at])) {
      result += text[at++];
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    const std::string word = text.substr(at, end - at);
    result += word == name ? value : word;
    at = end;
  }
  return result;
}

// The first braces of `text` replaced by each of what they hold, and so on.
void expand_braces(const std::string& text, std::vector<std::string>* all) {
  const size_t open = text.find('{');
  const size_t close = text.find('}', open);
  if (open == std::string::npos || close == std::string::npos) {
    all->push_back(text);
    return;
  }
  for (const std::string& one : alternatives(text.substr(open, close - open + 1)))
    expand_braces(text.substr(0, open) + one + text.substr(close + 1), all);
}

void expand_variables(const std::string& text, const std::vector<Variable>& variables, size_t next,
                      std::vector<std::string>* all) {
  if (next == variables.size()) return expand_braces(text, all);
  for (const std::string& value : variables[next].values)
    expand_variables(replaced(text, variables[next].name, value), variables, next + 1, all);
}

}  // namespace

Result<std::vector<std::string>> expand(const std::string& line) {
  const size_t colon = line.find(" : ");
  if (colon == std::string::npos) return invalid_argument("no \" : \" in: " + line);
  std::istringstream in(line.substr(0, colon));
  std::string op;
  std::string word;
  std::vector<Variable> variables;
  in >> op;
  while (in >> word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return invalid_argument("no variable: " + word);
    variables.push_back({word.substr(0, equals), alternatives(word.substr(equals + 1))});
  }
  std::vector<std::string> bodies;
  expand_variables(line.substr(colon + 3), variables, 0, &bodies);
  for (std::string& body : bodies) {
    std::istringstream words(body);
    body = op + " :";
    while (words >> word) body += " " + word;
  }
  return bodies;
}

}  // namespace backplane::conformance
