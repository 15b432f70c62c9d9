// The passes of the plugin under test, and one run of one of them.
#pragma once

#include <backplane/graph.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "graph/generator.hpp"
#include "graph/graph_reference.hpp"
#include "graph/graph_run.hpp"
#include "pass/manager.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// As the plugin gives it, or nullptr.
const bp_graph_pass_api_t* pass_table_of(const bp_plugin_t& plugin);
// Has it all that a table needs?
bool is_whole(const bp_graph_pass_api_t& table);
// The names as the plugin gives them; one without a name is "". For the list of cases.
std::vector<std::string> pass_names(const bp_plugin_t& plugin);

// What calls pass_run: for a view of one's own.
using CallPass = std::function<bp_status_t(bp_graph_t* graph, const bp_graph_view_t* view)>;
using AroundPass = std::function<bp_status_t(bp_graph_t* graph, const bp_graph_view_t* view,
                                             const CallPass& call)>;

// Runs pass `index` in a transaction of the host's; its failure or refused edits in words.
Result<pass::Change> try_pass(Subject& subject, uint32_t index, const graph::Graph& graph,
                              const AroundPass& around = nullptr);
// The same; a failure ends the case.
pass::Change run_pass(Subject& subject, uint32_t index, const graph::Graph& graph,
                      const AroundPass& around = nullptr);

// Likewise one of the host's, of which the plugin is asked whether it serves what comes of it.
pass::Change run_host_pass(Subject& subject, const pass::Pass& pass, const graph::Graph& graph);

// The first operator of the graph that the plugin does not serve, with kOfHalf behind it where the
// node is of float16, or "".
std::string unserved_operator(Subject& subject, const graph::Graph& graph);

// A graph, what it must give, and whether a graph made of it gives that.
class PassTrial {
 public:
  explicit PassTrial(Subject& subject) : subject_(subject), after_(subject), before_(subject) {}

  // Draws until every node is one that the plugin serves; ends the case as unsupported when there
  // is none.
  DrawnGraph draw_served(DrawOptions options);

  // Runs `after`, made of `drawn`; ends the case where an output is wrong. `what` is for the text.
  void judge(const DrawnGraph& drawn, const graph::Graph& after, const std::string& what);

 private:
  std::string wrong_output(const DrawnGraph& drawn, const graph::Graph& graph,
                           const LocalErrors& errors, GraphRun* run);

  Subject& subject_;
  GraphRun after_;
  GraphRun before_;  // whose kernels say what was promised
  std::set<std::string> excluded_;
  bool serves_half_ = true;  // graphs of float16 alone
};

}  // namespace backplane::conformance
