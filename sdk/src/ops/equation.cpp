#include "ops/equation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace backplane::ops {
namespace {

constexpr const char* kDots = "...";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> terms(1);
  for (const char c : text) {
    if (c == ',')
      terms.emplace_back();
    else
      terms.back() += c;
  }
  return terms;
}

// Its letters, and `dots` axes where the ellipsis stands.
Result<Term> read_term(const std::string& text, size_t dots) {
  Term term;
  bool has_ellipsis = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      term.push_back(static_cast<unsigned char>(text[i]));
      continue;
    }
    if (has_ellipsis || text.compare(i, 3, kDots) != 0)
      return invalid_argument(fmt::format("\"{}\" is no letters with at most one ...", text));
    has_ellipsis = true;
    i += 2;
    for (size_t k = 0; k < dots; ++k) term.push_back(kEllipsis + static_cast<Label>(k));
  }
  return term;
}

// How many axes "..." is, the same in each input; 0 where there is none.
Result<size_t> count_dots(const std::vector<std::string>& terms, const std::vector<size_t>& ranks) {
  std::optional<size_t> count;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Result<Term> letters = read_term(terms[i], 0);
    if (!letters.ok()) return letters.status();
    const bool has_ellipsis = terms[i].find('.') != std::string::npos;
    if (letters->size() > ranks[i] || (!has_ellipsis && letters->size() != ranks[i]))
      return invalid_argument(
          fmt::format("\"{}\" does not go with an input of {} axes", terms[i], ranks[i]));
    if (!has_ellipsis) continue;
    const size_t here = ranks[i] - letters->size();
    if (count.value_or(here) != here)
      return invalid_argument(fmt::format("... is {} axes, and {}", *count, here));
    count = here;
  }
  return count.value_or(0);
}

// Without "->": the axes of "...", then the letters that occur once, in the alphabet's order.
Term implied_output(const std::vector<Term>& inputs, size_t dots) {
  std::map<Label, int> counts;
  for (const Term& term : inputs)
    for (const Label label : term) ++counts[label];
  Term output;
  for (size_t k = 0; k < dots; ++k) output.push_back(kEllipsis + static_cast<Label>(k));
  for (const auto& [label, count] : counts)
    if (label < kEllipsis && count == 1) output.push_back(label);
  return output;
}

Status check_output(const Equation& equation) {
  const Term& output = equation.output;
  for (auto label = output.begin(); label != output.end(); ++label) {
    const auto has_it = [&](const Term& term) {
      return std::find(term.begin(), term.end(), *label) != term.end();
    };
    if (std::find(output.begin(), label, *label) != label)
      return invalid_argument("the output has an axis twice");
    if (std::none_of(equation.inputs.begin(), equation.inputs.end(), has_it))
      return invalid_argument("the output has an axis that no input has");
  }
  return {};
}

}  // namespace

Result<Equation> parse_equation(std::string text, const std::vector<size_t>& ranks) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const size_t arrow = text.find("->");
  const std::vector<std::string> terms = split(text.substr(0, arrow));
  if (terms.size() != ranks.size())
    return invalid_argument(fmt::format("{} terms for {} inputs", terms.size(), ranks.size()));
  const Result<size_t> dots = count_dots(terms, ranks);
  if (!dots.ok()) return dots.status();
  Equation equation;
  for (const std::string& term : terms) equation.inputs.push_back(*read_term(term, *dots));
  if (arrow == std::string::npos) {
    equation.output = implied_output(equation.inputs, *dots);
    return equation;
  }
  Result<Term> output = read_term(text.substr(arrow + 2), *dots);
  if (!output.ok()) return output.status();
  equation.output = output.take();
  Status status = check_output(equation);
  if (!status.ok()) return status;
  return equation;
}

}  // namespace backplane::ops
