// What a drawn graph gives: plain loops over doubles, with a bound of the error beside each
// element. It knows nothing of plugins, nor of how the host sees operators.
#pragma once

#include <backplane/kernel.h>

#include <string>
#include <vector>

#include "graph/drawn_graph.hpp"
#include "ops/arithmetic.hpp"

namespace backplane::conformance {

// What a kernel may be off by: relative to a result, or to the sum of its terms' magnitudes.
struct LocalErrors {
  double rounding = 0;  // of one operation
  double sum = 0;       // of one addition in a sum
  double product = 0;   // of one product, from rounding its operands
  double function = 0;  // of exp, tanh ..., as a multiple of one spacing's half
  double division = 0;
  bool truncates = false;  // where a result of float16 is stored
  bool flushes = false;
};
// Composites may be worked out by any algorithm of the textbooks; theirs differ by so much.
constexpr double kAlgorithms = 2;
LocalErrors no_errors();
// What the kernels of a graph were promised to be, or say of themselves: the least exact counts.
LocalErrors errors_of(const Declared& least_exact);

struct Bounded64 {
  std::vector<int64_t> shape;
  std::vector<double> value;
  std::vector<double> error;
};

Bounded64 exactly(const DrawnValue& value);
// Operators of the tables in graph_reference*.cpp.
Bounded64 evaluate(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                   const LocalErrors& errors);
// Every value of the graph.
std::vector<Bounded64> evaluate(const DrawnGraph& graph, const LocalErrors& errors);

// What storing results in float16 may add: as for every operator of that type, each is computed in
// float32 and rounded once. Nothing for one that only chooses or moves elements.
void store_as_half(const std::string& op, const LocalErrors& errors, Bounded64* result);

// "" or which element is out of its bound. NaN is wrong, +0 and -0 are equal.
std::string difference(const Bounded64& wanted, const std::vector<float>& came);

// Those of several axes; one source file for each.
using Evaluator = Bounded64 (*)(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                                const LocalErrors& errors);
Evaluator find_window_evaluator(const std::string& op);       // nullptr: none of these
Evaluator find_elementwise_evaluator(const std::string& op);  // nullptr: none of these
Evaluator find_axis_evaluator(const std::string& op);         // nullptr: none of these

int64_t elements_in(const std::vector<int64_t>& shape);

}  // namespace backplane::conformance
