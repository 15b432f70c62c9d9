// The passes of a plugin as a list: what it says of them, and any legal order and choice of them.
#include <algorithm>
#include <set>

#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
#include "graph/pass_order.hpp"
#include "graph/passes.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

const bp_graph_pass_api_t& need_passes(Subject& subject) {
  if (subject.passes() == nullptr)
    not_applicable(std::string("no passes: the plugin has no ") + BP_EXT_GRAPH_PASS);
  require(is_whole(*subject.passes()), "the table of passes lacks a function");
  if (subject.passes()->pass_count() == 0) not_applicable("no passes: pass_count is 0");
  return *subject.passes();
}

// Each pass comes behind finitely many others.
void require_no_circle(const std::vector<PassInfo>& infos, const PassInfo& first) {
  const PassInfo* at = &first;
  for (size_t steps = 0; !at->after.empty(); ++steps) {
    require(steps < infos.size(), "pass \"" + first.name + "\" has to come after itself");
    at = &infos[place_of(infos, at->after)];
  }
}

void table_is_sound(Subject& subject) {
  const bp_graph_pass_api_t& table = need_passes(subject);
  const std::vector<PassInfo> infos = infos_of(table);
  std::set<std::string> names;
  for (const PassInfo& info : infos) {
    require(!info.name.empty(), "a pass has no name");
    require(names.insert(info.name).second, "two passes are named \"" + info.name + "\"");
  }
  for (const PassInfo& info : infos)
    require(info.after.empty() || names.count(info.after) != 0,
            "pass \"" + info.name + "\" comes after \"" + info.after + "\", which is none");
  for (const PassInfo& info : infos) require_no_circle(infos, info);
  require(infos_of(table) == infos, "pass_info says something else when it is asked again");
}

// Each pair of passes comes up a few times; of a single one there is but one order.
constexpr size_t kOrdersOfAPair = 20;
constexpr size_t kLeastOrders = 2;
constexpr size_t kMostOrders = 240;
constexpr size_t kNodes = 60;

void orders(Subject& subject) {
  const std::vector<PassInfo> infos = infos_of(need_passes(subject));
  PassTrial trial(subject);
  const size_t pairs = infos.size() * (infos.size() - 1);
  const size_t count = std::clamp(kOrdersOfAPair * pairs, kLeastOrders, kMostOrders);
  for (size_t i = 0; i < count; ++i) {
    subject.begin_step("with several passes");
    DrawOptions options;
    options.seed = mix(subject.seed() + 0x0bde) + i;
    options.is_exact = i % 3 != 2;
    options.least_nodes = draw_node_count(options.seed, kNodes);
    const DrawnGraph drawn = trial.draw_served(options);
    graph::Graph graph = host_graph_of(drawn);
    std::string done = "after";
    for (uint32_t pass : random_order(infos, options.seed)) {
      done += " " + infos[pass].name;
      graph = run_pass(subject, pass, graph).graph;
    }
    trial.judge(drawn, graph, done);
  }
}

const AbiCase kCases[] = {
    {"graph/passes/table", "BP-GRAPH-4",
     "passes have names of their own, and what each comes after is there, without a circle",
     table_is_sound},
    {"graph/passes/orders", "BP-GRAPH-2",
     "graphs give the same after any choice of passes in any order that they allow", orders},
};

}  // namespace

std::vector<AbiCase> pass_list_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
