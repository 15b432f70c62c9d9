// ONNX's published operator tests as cases: a model, its inputs and its outputs, in a folder each.
#pragma once

#include <backplane/tensor.h>

#include <string>
#include <vector>

#include "run/case.hpp"

namespace backplane::conformance {

// Where Debian's libonnx-testdata puts them; "" when they are not there.
std::string find_published_data();

// Every folder below `folder` (the one with node/, simple/ ...) that has a model.onnx, sorted by
// id: "operators/published/node/test_abs". None is left out, whatever its model holds. Empty when
// the folder has no such tests.
std::vector<Case> published_cases(const std::string& folder);

// Tests whose outputs are drawn at random, so that no implementation can match them. They alone are
// SKIPPED by name.
const std::vector<std::string>& random_tests();

// The type of published data whose model declares `declared`. numpy has no bfloat16, so its bits
// are published as uint16.
bp_dtype_t published_dtype(bp_dtype_t in_file, bp_dtype_t declared);

}  // namespace backplane::conformance
