// A published test, node by node through the plugin, inside a worker.
#pragma once

#include <string>

#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// Reads the model and each data set's inputs below `folder`, runs every node on the open device but
// those whose values the host knows (known.hpp), and brings the graph's outputs back:
// Outcome::outputs, unjudged, with verdict PASS. UNSUPPORTED says who refuses, and which node,
// operator, type or attribute. Throws CaseEnd for what the plugin does wrong on the way: guards
// written over, inputs changed, a launch that fails.
Outcome run_published(Subject& subject, const std::string& folder);

}  // namespace backplane::conformance
