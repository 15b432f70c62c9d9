// A row of the performance table: an operator in a size from a real model, and the least that any
// implementation of it has to move and to compute.
#pragma once

#include <string>
#include <vector>

#include "problems/problem.hpp"

namespace backplane::conformance {

struct PerformanceRow {
  std::string model;
  Problem problem;
};

// Those of perf/operators.txt in their order. A mistake in one ends the program.
std::vector<PerformanceRow> performance_rows();

struct Work {
  double bytes = 0;  // every input that is read and every output, once
  double flops = 0;  // a multiplication and an addition are two
};
Work work_of(const Problem& problem, const std::vector<bp_tensor_type_t>& outputs);

// A setting that is a list of integers, or `otherwise`.
Sizes integers_of(const Problem& problem, const std::string& name, const Sizes& otherwise);
double number_of(const Problem& problem, const std::string& name, double otherwise);

}  // namespace backplane::conformance
