// A problem on the device under test, inside a worker.
#pragma once

#include <string>

#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// Makes the kernel of the problem that `text` says and launches it for each step of its plan, at
// the same addresses, between guards, over poison; brings the outputs back, one set a step, with
// what the kernel declared, then those of launches that repeat the first: Outcome::outputs,
// declared and repeats, unjudged, with verdict PASS. UNSUPPORTED says who refuses. Throws CaseEnd
// for what the plugin does wrong on the way.
Outcome run_problem(Subject& subject, const std::string& text);

// The node that `text` says, launched once on `inputs`, one for each that the line has.
Outcome run_node_of_model(Subject& subject, const std::string& text,
                          const std::vector<TensorBytes>& inputs);

}  // namespace backplane::conformance
