#include "perf/row.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

#include "compare/element.hpp"
#include "run/embedded.hpp"

namespace backplane::conformance {
namespace {

PerformanceRow row_of(const std::string& line) {
  const size_t bar = line.find('|');
  const std::string model = line.substr(0, line.find_last_not_of(" |", bar) + 1);
  Result<Problem> problem = parse_problem(bar == std::string::npos ? "" : line.substr(bar + 2));
  if (!problem.ok()) {
    std::fprintf(stderr, "perf/operators.txt: %s: %s\n", line.c_str(),
                 problem.status().text().c_str());
    std::abort();
  }
  return {model, problem.take()};
}

double elements(const bp_tensor_type_t& type) {
  return static_cast<double>(element_count_of(type));
}
double bytes(const bp_tensor_type_t& type) {
  return elements(type) * static_cast<double>(element_bytes(type.dtype));
}

using Outputs = std::vector<bp_tensor_type_t>;

double of_convolution(const Problem& problem, const Outputs& outputs) {
  const bp_tensor_type_t& weights = problem.inputs[1].type;
  return 2 * elements(outputs[0]) * elements(weights) / static_cast<double>(weights.shape[0]);
}
double of_product(const Problem& problem, const Outputs& outputs) {
  const bp_tensor_type_t& a = problem.inputs[0].type;
  return 2 * elements(outputs[0]) * static_cast<double>(a.shape[a.rank - 1]);
}
// Every step multiplies every row of the batch by both matrices.
double of_recurrence(const Problem& problem, const Outputs&) {
  const bp_tensor_type_t& x = problem.inputs[0].type;
  return 2 * static_cast<double>(x.shape[0] * x.shape[1]) *
         (elements(problem.inputs[1].type) + elements(problem.inputs[2].type));
}
double of_window(const Problem& problem, const Outputs& outputs) {
  double taps = 1;
  for (const int64_t size : integers_of(problem, "kernel_shape", {}))
    taps *= static_cast<double>(size);
  return elements(outputs[0]) * taps;
}
// One for each element of the largest tensor.
double of_elements(const Problem& problem, const Outputs& outputs) {
  double most = elements(outputs[0]);
  for (const ProblemInput& input : problem.inputs) most = std::max(most, elements(input.type));
  return most;
}

using CountFlops = double (*)(const Problem&, const Outputs&);
const std::map<std::string, CountFlops> kFlops = {
    {"Conv", of_convolution},   {"MatMul", of_product},
    {"Gemm", of_product},       {"LSTM", of_recurrence},
    {"GRU", of_recurrence},     {"MaxPool", of_window},
    {"AveragePool", of_window}, {"Gather", [](const Problem&, const Outputs&) { return 0.0; }}};

// Of these the first input is read only as far as it is asked for.
bool reads_a_part(const std::string& op) { return op == "Gather" || op == "Slice"; }

const Setting* setting_of(const Problem& problem, const std::string& name) {
  for (const auto& [given, setting] : problem.settings)
    if (given == name) return &setting;
  return nullptr;
}

}  // namespace

std::vector<PerformanceRow> performance_rows() {
  std::vector<PerformanceRow> rows;
  for (const EmbeddedText& text : performance_texts()) {
    std::istringstream lines(text.text);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line[0] != '#') rows.push_back(row_of(line));
  }
  return rows;
}

Work work_of(const Problem& problem, const Outputs& outputs) {
  Work work;
  for (const bp_tensor_type_t& output : outputs) work.bytes += bytes(output);
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const bool is_part = i == 0 && reads_a_part(problem.op);
    if (problem.inputs[i].type.dtype != 0)
      work.bytes += bytes(is_part ? outputs[0] : problem.inputs[i].type);
  }
  const auto found = kFlops.find(problem.op);
  work.flops =
      found != kFlops.end() ? found->second(problem, outputs) : of_elements(problem, outputs);
  return work;
}

Sizes integers_of(const Problem& problem, const std::string& name, const Sizes& otherwise) {
  const Setting* found = setting_of(problem, name);
  return found != nullptr ? found->integers : otherwise;
}

double number_of(const Problem& problem, const std::string& name, double otherwise) {
  const Setting* found = setting_of(problem, name);
  if (found == nullptr) return otherwise;
  return found->numbers.empty() ? static_cast<double>(found->integers.at(0)) : found->numbers[0];
}

}  // namespace backplane::conformance
