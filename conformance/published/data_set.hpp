// One data set of a published test: a folder with input_0.pb ..., output_0.pb ...
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "run/outcome.hpp"

namespace backplane::conformance {

// Set number `index` of the test in `folder`, and all that are there, in order.
std::filesystem::path data_set_of(const std::filesystem::path& folder, size_t index);
std::vector<std::filesystem::path> data_sets_of(const std::filesystem::path& folder);

// What is given to each input of the graph, in its order; without bytes and type where an input
// that has a constant has no file.
Result<std::vector<TensorBytes>> read_inputs(const std::filesystem::path& data_set,
                                             const graph::Graph& graph);

// "" when output `index` is as published.
std::string compare_output(const std::filesystem::path& data_set, size_t index,
                           const TensorBytes& came);

}  // namespace backplane::conformance
