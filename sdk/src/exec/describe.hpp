// A plan in words, as JSON: where each node runs, what each pass did.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exec/plan.hpp"

namespace backplane::exec {

// Of every node of `graph`, the session's; `launched` nullopt: there is no plan yet.
std::string placement_text(const graph::Graph& graph,
                           const std::optional<std::vector<Plan::Origin>>& launched,
                           const std::string& device);

std::string passes_text(const std::vector<pass::Report>& reports);

}  // namespace backplane::exec
