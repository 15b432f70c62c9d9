// What a fused node computes: functions of its inputs in postfix, as its attribute "program" says.
//   in0 in1 add leaky_relu:3c23d70a
// An operand is an input; a word is a function (functions.hpp) of the operands before it, with the
// bits of its parameters behind a colon. At the end one result is left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "functions.hpp"

namespace backplane::opencl {

// So that compiling takes a bounded time, and all arguments fit into the least space that OpenCL
// promises for them.
constexpr uint32_t kMostOperations = 64;
constexpr uint32_t kMostInputs = 16;

struct Step {
  const Function* function = nullptr;  // nullptr: an input
  uint32_t input = 0;
  std::vector<uint32_t> parameters = {};  // bits of floats
};
using Expression = std::vector<Step>;

std::string text_of(const Expression& expression);
// Throws UNSUPPORTED, naming the word, when it is not an expression over this many inputs, or is
// beyond the limits above.
Expression parse_expression(std::string_view text, uint32_t input_count);

uint32_t operation_count(const Expression& expression);
// Which inputs are the condition of a choice, and not numbers. Throws UNSUPPORTED for one that is
// both or neither, and for a condition that is computed.
std::vector<bool> conditions_of(const Expression& expression, uint32_t input_count);

// In OpenCL C: statements that declare result_0, result_1 ..., for as many vectors, from a0_0, a0_1
// ... of each input. A function has its turn for all vectors before the next one: they need not
// wait for each other, as the functions of one vector do.
std::string statements_of(const Expression& expression, uint32_t vectors);

// A macro with a piece of OpenCL C for each input; conditions have one of their own. A # stands for
// the number of the input, a @ for that of the vector.
struct InputMacro {
  const char* name;
  const char* of_numbers;
  const char* of_conditions;
};
std::string numbered(const std::string& pattern, size_t input, size_t vector);
// The line that defines it, of the inputs from `first` on.
std::string definition_of(const InputMacro& macro, const std::vector<bool>& is_condition,
                          size_t first = 0, uint32_t vectors = 1);

}  // namespace backplane::opencl
