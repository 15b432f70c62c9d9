#include "expression.hpp"

#include <backplane/plugin.hpp>
#include <charconv>
#include <functional>

namespace backplane::opencl {

namespace {

[[noreturn]] void refuse(std::string_view word, const std::string& reason) {
  plugin::fail(BP_STATUS_UNSUPPORTED,
               "a fused node's program: \"" + std::string(word) + "\" " + reason);
}

uint32_t number_of(std::string_view digits, int base, std::string_view word) {
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    refuse(word, "has a number that cannot be read");
  return number;
}

Step input_of(std::string_view word, uint32_t input_count) {
  Step step;
  step.input = number_of(word.substr(2), 10, word);
  if (step.input >= input_count)
    refuse(word, "is not one of the " + std::to_string(input_count) + " inputs");
  return step;
}

std::vector<uint32_t> parameters_of(std::string_view word, size_t colon) {
  std::vector<uint32_t> parameters;
  while (colon < word.size()) {
    const size_t end = std::min(word.find(':', colon + 1), word.size());
    parameters.push_back(number_of(word.substr(colon + 1, end - colon - 1), 16, word));
    colon = end;
  }
  return parameters;
}

Step function_step(std::string_view word) {
  const size_t colon = std::min(word.find(':'), word.size());
  Step step;
  step.function = function_named(word.substr(0, colon));
  if (step.function == nullptr) refuse(word, "is no function of the opencl plugin");
  step.parameters = parameters_of(word, colon);
  if (step.parameters.size() != step.function->parameter_count())
    refuse(word, "has not the parameters of the function");
  return step;
}

Step step_of(std::string_view word, uint32_t input_count) {
  const bool is_input = word.size() > 2 && word.substr(0, 2) == "in" && word[2] <= '9';
  return is_input ? input_of(word, input_count) : function_step(word);
}

void check_balance(const Expression& expression) {
  uint32_t held = 0;
  for (const Step& step : expression) {
    const uint32_t taken = step.function != nullptr ? step.function->operands : 0;
    if (held < taken) refuse(step.function->name, "has too few operands");
    held += 1 - taken;
  }
  if (held != 1) refuse("", "leaves " + std::to_string(held) + " results and not one");
}

void check_limits(const Expression& expression, uint32_t input_count) {
  if (input_count > kMostInputs) refuse("", "has more than 16 inputs");
  if (operation_count(expression) > kMostOperations) refuse("", "has more than 64 operations");
}

std::string hexadecimal(uint32_t bits) {
  char digits[8] = {};
  const auto end = std::to_chars(digits, digits + sizeof digits, bits, 16).ptr;
  return {digits, end};
}

// "add_of(a0_2, t1_2)", of vector 2.
std::string call_of(const Step& step, const std::vector<std::string>& operands,
                    const std::string& vector) {
  std::string list;
  for (const std::string& operand : operands)
    list.append(list.empty() ? "" : ", ").append(operand).append("_").append(vector);
  for (const uint32_t bits : step.parameters) list += ", as_float(0x" + hexadecimal(bits) + "u)";
  return std::string(step.function->name) + "_of(" + list + ")";
}

}  // namespace

std::string text_of(const Expression& expression) {
  std::string text;
  for (const Step& step : expression) {
    if (!text.empty()) text += ' ';
    text += step.function != nullptr ? step.function->name : "in" + std::to_string(step.input);
    for (const uint32_t bits : step.parameters) text += ':' + hexadecimal(bits);
  }
  return text;
}

Expression parse_expression(std::string_view text, uint32_t input_count) {
  Expression expression;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end != 0) expression.push_back(step_of(text.substr(0, end), input_count));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  check_balance(expression);
  check_limits(expression, input_count);
  return expression;
}

uint32_t operation_count(const Expression& expression) {
  uint32_t count = 0;
  for (const Step& step : expression) count += step.function != nullptr ? 1 : 0;
  return count;
}

std::vector<bool> conditions_of(const Expression& expression, uint32_t input_count) {
  std::vector<bool> is_condition(input_count);
  std::vector<bool> is_number(input_count);
  std::vector<const Step*> operands;
  for (const Step& step : expression) {
    if (step.function != nullptr) {
      const size_t first = operands.size() - step.function->operands;
      for (size_t i = first; i < operands.size(); ++i) {
        const bool is_chosen_by = step.function->operands == 3 && i == first;
        if (is_chosen_by && operands[i]->function != nullptr)
          refuse(step.function->name, "has a condition that is computed");
        if (operands[i]->function == nullptr)
          (is_chosen_by ? is_condition : is_number)[operands[i]->input] = true;
      }
      operands.resize(first);
    }
    operands.push_back(&step);
  }
  for (uint32_t i = 0; i < input_count; ++i)
    if (is_condition[i] == is_number[i])
      refuse("in" + std::to_string(i),
             is_number[i] ? "is a condition and a number" : "is not used");
  return is_condition;
}

std::string statements_of(const Expression& expression, uint32_t vectors) {
  std::string statements;
  std::vector<std::string> held;
  uint32_t next = 0;
  const auto declare = [&](const std::string& name,
                           const std::function<std::string(const std::string& vector)>& value) {
    for (uint32_t i = 0; i < vectors; ++i) {
      const std::string vector = std::to_string(i);
      statements.append("const numbers ").append(name).append("_").append(vector);
      statements.append(" = ").append(value(vector)).append("; ");
    }
  };
  for (const Step& step : expression) {
    if (step.function == nullptr) {
      held.push_back("a" + std::to_string(step.input));
      continue;
    }
    const std::vector<std::string> operands(held.end() - step.function->operands, held.end());
    held.resize(held.size() - operands.size());
    held.push_back("t" + std::to_string(next++));
    declare(held.back(), [&](const std::string& vector) {
      return "ROUNDED(" + call_of(step, operands, vector) + ")";
    });
  }
  declare("result", [&](const std::string& vector) { return held.back() + "_" + vector; });
  return statements;
}

std::string numbered(const std::string& pattern, size_t input, size_t vector) {
  std::string text;
  for (const char c : pattern)
    text += c == '#'   ? std::to_string(input)
            : c == '@' ? std::to_string(vector)
                       : std::string(1, c);
  return text;
}

std::string definition_of(const InputMacro& macro, const std::vector<bool>& is_condition,
                          size_t first, uint32_t vectors) {
  std::string line = std::string("#define ") + macro.name;
  for (size_t i = first; i < is_condition.size(); ++i)
    for (uint32_t vector = 0; vector < vectors; ++vector)
      line += ' ' + numbered(is_condition[i] ? macro.of_conditions : macro.of_numbers, i, vector);
  return line + '\n';
}

}  // namespace backplane::opencl
