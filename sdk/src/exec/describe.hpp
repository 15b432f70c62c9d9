// A plan in words, as JSON: where each node runs, what each pass did.
#pragma once

#include <string>
#include <vector>

#include "exec/plan.hpp"

namespace backplane::exec {

// Of every node of `graph`, the session's; `plan` nullptr: there is none yet.
std::string placement_text(const graph::Graph& graph, const Plan* plan, const std::string& device);

std::string passes_text(const std::vector<pass::Report>& reports);

}  // namespace backplane::exec
