// What `backplane run --explain-passes` prints.
#pragma once

#include <string>

namespace backplane {

// `json`: what bp_rt_session_write gives for "passes". A row for each pass, then the nodes that
// each put in the place of which.
void print_passes(const std::string& json);

}  // namespace backplane
