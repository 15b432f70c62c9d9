// Einsum's equation, "bij,bjk->bik", read for inputs of known ranks.
#pragma once

#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane::ops {

// The name of an axis: axes with one name go together. A letter, or kEllipsis and up, the axes that
// "..." stands for, in order.
using Label = int;
constexpr Label kEllipsis = 256;
using Term = std::vector<Label>;  // of one tensor, a label an axis

struct Equation {
  std::vector<Term> inputs;
  Term output;  // each of its labels is one of the inputs', and there once
};

// INVALID_ARGUMENT: it is none, or none of such inputs.
Result<Equation> parse_equation(std::string text, const std::vector<size_t>& ranks);

}  // namespace backplane::ops
