// What may come out of a problem's node on one fill, under what its kernel declared.
#pragma once

#include <optional>
#include <vector>

#include "compare/accept.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {

// One output: its type, each element as it should be, and how that is held against what came.
struct ExpectedOutput {
  bp_tensor_type_t type = {};
  std::vector<Expected> elements;
  Acceptance how;
  std::optional<Distribution> law = {};  // no element is right or wrong; all of them together are
  bool is_of_set = false;  // its elements belong to those of the other outputs, in an open order
};

std::vector<ExpectedOutput> expect(const Reference& reference, const Request& request,
                                   const Declared& declared, Fill fill);

// The bytes of the exact results, each rounded once: what the best of kernels gives.
std::vector<std::string> best_outputs(const std::vector<ExpectedOutput>& outputs);

// Outputs in the order that the reference has, where the definition leaves it open.
OutputBytes settled(const Reference& reference, const Request& request,
                    const std::vector<ExpectedOutput>& expected, OutputBytes outputs);
std::vector<TensorData> settled(const Reference& reference, const Request& request,
                                const std::vector<ExpectedOutput>& expected,
                                std::vector<TensorData> came);

Judgement judge_output(const ExpectedOutput& expected, const std::string& came);
// Judges all outputs, which are settled; the first that is wrong decides. Texts begin with "output
// 1: " where there are several.
Judgement judge_outputs(const std::vector<ExpectedOutput>& expected,
                        const std::vector<TensorData>& came);

}  // namespace backplane::conformance
