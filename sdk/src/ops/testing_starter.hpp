// For tests only: the operators that parts are made of, as plainly as they are written.
#pragma once

#include "ops/testing_parts.hpp"

namespace backplane::ops::testing {

struct StarterCall {
  const Node& node;
  Shape out;  // of output 0
  bool is_hostile;

  const Numbers& in(size_t index) const { return node.inputs.at(index); }
  bool has(size_t index) const { return index < node.inputs.size() && in(index).dtype != 0; }
  std::vector<int64_t> integers(const char* name, std::vector<int64_t> otherwise) const;
};
// Its elements are rounded by the caller, but for sums, which round after each term.
using StarterOperator = Numbers (*)(const StarterCall& call);

const StarterOperator* starter_operator(const std::string& op);  // nullptr: not one

}  // namespace backplane::ops::testing
