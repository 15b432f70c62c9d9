#include "problems/plan.hpp"

namespace backplane::conformance {
namespace {

// Equal sizes stay equal, those of 0 and 1 stay what they are: most definitions allow that.
Problem grown(const Problem& problem, int growth) {
  Problem result = problem;
  for (ProblemInput& input : result.inputs) {
    if (input.is_constant || input.has_values) continue;
    for (uint16_t axis = 0; axis < input.type.rank; ++axis)
      if (input.type.shape[axis] > 1) input.type.shape[axis] += growth;
  }
  return result;
}

// More elements than this take longer than they show.
constexpr uint64_t kMostElements = 1u << 21;

bool is_small_enough(const Problem& problem) {
  uint64_t count = 0;
  for (const ProblemInput& input : problem.inputs) count += element_count_of(input.type);
  return count <= kMostElements;
}

}  // namespace

std::vector<Step> plan_of(const Problem& problem, const Reference& reference) {
  const std::vector<Fill> fills = fills_of(problem, reference);
  std::vector<Step> steps;
  if (!problem.is_unknown) {
    for (Fill fill : fills) steps.push_back({fill, 0});
    return steps;
  }
  // In no order of size, and the first sizes once more at the end.
  for (int growth : {0, 5, 1, 14, 2, 30, 3, 0}) {
    const Problem now = grown(problem, growth);
    if (is_small_enough(now) && is_defined(now, reference))
      steps.push_back({fills[steps.size() % fills.size()], growth});
  }
  return steps;
}

size_t repeated_step(const std::vector<Step>& plan) {
  for (size_t i = 0; i < plan.size(); ++i)
    if (plan[i].fill == Fill::kReal) return i;
  return 0;
}

Request request_of(const Problem& problem, const Reference& reference, const Step& step,
                   uint64_t seed) {
  return request_of(grown(problem, step.growth), reference, step.fill, seed);
}

}  // namespace backplane::conformance
