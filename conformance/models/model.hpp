// Real models as a source of cases: their graphs with every size known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "problems/problem.hpp"

namespace backplane::conformance {

// Reads a model; sizes that it leaves open become `unknown_size`, types follow as far as they can
// be inferred without running it.
Result<graph::Graph> read_model_of_size(const std::string& path, int64_t unknown_size);

// The problem line of a node whose inputs have these types; NotDefined for what a line cannot say.
// Constants with few elements are written out, others are filled.
std::string problem_text(const graph::Graph& graph, const graph::Node& node,
                         const std::vector<bp_tensor_type_t>& input_types);

// What it computes is known without running it: the host needs no plugin for it.
bool is_constant(const graph::Graph& graph, const graph::Node& node);

// "node conv1 (Conv)"; a node without a name has that of its first output.
std::string name_of(const graph::Graph& graph, const graph::Node& node);

struct ModelProblems {
  std::vector<Problem> problems;         // each once, in the order of the model
  std::map<std::string, size_t> occurs;  // id: how often
  std::vector<std::string> left_out;     // "node x (Loop): why"
};
// Every operator, shape, type and attribute of a model.
ModelProblems problems_of(const graph::Graph& graph);

}  // namespace backplane::conformance
