// Passes, one after the other: which, in which order, what each did.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pass/transaction.hpp"

namespace backplane::pass {

struct Pass {
  std::string name;   // "fuse-conv-relu"; a host's begins with "host."
  std::string after;  // the name of one of the same set that has to run first, or ""
  bp_pass_phase_t phase = BP_PASS_BEFORE_PARTITION;
  Body body;
};

// What became of one pass.
struct Report {
  enum class Outcome { kChanged, kNothing, kOff, kFailed };

  std::string pass;
  Outcome outcome = Outcome::kNothing;
  std::string text;  // why it failed: nothing has changed then
  uint64_t nanoseconds = 0;
  size_t nodes_before = 0;
  size_t nodes_after = 0;
  uint32_t added = 0;  // nodes; likewise below
  uint32_t removed = 0;
  // A line for each node that went and that came, as graph::to_text writes them; of the first ones.
  std::vector<std::string> lines_removed;
  std::vector<std::string> lines_added;
};
const char* outcome_text(Report::Outcome outcome);

struct Switches {
  bool all = true;
  std::set<std::string> off;  // by name
};

// By phase, and within one in the order given, except that a pass comes behind its `after`. One
// whose `after` names none, or itself in the end, is left out with a report that says so.
std::vector<Pass> in_order(std::vector<Pass> passes, std::vector<Report>* reports);

struct Passed {
  graph::Graph graph;
  std::vector<std::vector<graph::NodeId>> origins;  // as Change::origins, over all passes
  std::vector<Report> reports;                      // one per pass, in the order they ran
};

// Each in a transaction of its own: one that fails changes nothing, and the next ones run.
Passed run_passes(graph::Graph graph, const Owner& owner, const std::vector<Pass>& passes,
                  const Switches& switches);

}  // namespace backplane::pass
