// The worker's side of a profile: is this operator served with this type?
#pragma once

#include <string>

#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// PASS when `supports` takes the node of a problem's line and kernel_create keeps the promise;
// MISSING, with the plugin's reason, when it does not take it.
Outcome ask_for_profile(Subject& subject, const std::string& problem);

}  // namespace backplane::conformance
