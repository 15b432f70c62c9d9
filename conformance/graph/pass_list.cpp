// The passes of a plugin as a list: what it says of them, and any legal order and choice of them.
#include <algorithm>
#include <set>

#include "graph/host_graph.hpp"
#include "graph/pass_cases.hpp"
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

struct Info {
  std::string name, after;
  bp_pass_phase_t phase;
  bool operator==(const Info& other) const {
    return name == other.name && after == other.after && phase == other.phase;
  }
};

Info info_of(const bp_graph_pass_api_t& table, uint32_t index) {
  const bp_pass_info_t* info = table.pass_info(index);
  const std::string which = "pass_info(" + std::to_string(index) + ")";
  require(info != nullptr, which + " is NULL");
  require(BP_HAS(bp_pass_info_t, info, phase), which + " says a struct_size without its phase");
  require(info->name != nullptr && info->after != nullptr, which + " has NULL for a name");
  require(info->phase <= BP_PASS_AFTER_PARTITION, which + " has a phase that is none");
  return {info->name, info->after, info->phase};
}

std::vector<Info> infos_of(const bp_graph_pass_api_t& table) {
  std::vector<Info> infos;
  for (uint32_t index = 0; index < table.pass_count(); ++index)
    infos.push_back(info_of(table, index));
  return infos;
}

size_t place_of(const std::vector<Info>& infos, const std::string& name) {
  const auto found = std::find_if(infos.begin(), infos.end(),
                                  [&name](const Info& one) { return one.name == name; });
  return static_cast<size_t>(found - infos.begin());
}

// Each pass comes behind finitely many others.
void require_no_circle(const std::vector<Info>& infos, const Info& first) {
  const Info* at = &first;
  for (size_t steps = 0; !at->after.empty(); ++steps) {
    require(steps < infos.size(), "pass \"" + first.name + "\" has to come after itself");
    at = &infos[place_of(infos, at->after)];
  }
}

void table_is_sound(Subject& subject) {
  const bp_graph_pass_api_t& table = need_passes(subject);
  const std::vector<Info> infos = infos_of(table);
  std::set<std::string> names;
  for (const Info& info : infos) {
    require(!info.name.empty(), "a pass has no name");
    require(names.insert(info.name).second, "two passes are named \"" + info.name + "\"");
  }
  for (const Info& info : infos)
    require(info.after.empty() || names.count(info.after) != 0,
            "pass \"" + info.name + "\" comes after \"" + info.after + "\", which is none");
  for (const Info& info : infos) require_no_circle(infos, info);
  require(infos_of(table) == infos, "pass_info says something else when it is asked again");
}

// Some of the passes, each behind the one that it has to be behind, which then is there too.
std::vector<uint32_t> random_order(const std::vector<Info>& infos, uint64_t seed) {
  std::vector<uint32_t> order;
  std::vector<bool> is_there(infos.size(), false);
  const auto add = [&](const auto& self, size_t pass, size_t depth) -> void {
    if (is_there[pass] || depth > infos.size()) return;
    if (const size_t before = place_of(infos, infos[pass].after); before < infos.size())
      self(self, before, depth + 1);
    is_there[pass] = true;
    order.push_back(static_cast<uint32_t>(pass));
  };
  for (size_t tries = 0; tries < infos.size() + 1; ++tries)
    add(add, mix(seed * 64 + tries) % infos.size(), 0);
  return order;
}

// Each pair of passes comes up a few times.
constexpr size_t kOrdersOfAPair = 6;
constexpr size_t kMostOrders = 240;
constexpr size_t kNodes = 60;

void orders(Subject& subject) {
  const std::vector<Info> infos = infos_of(need_passes(subject));
  PassTrial trial(subject);
  const size_t count = std::min(kOrdersOfAPair * infos.size() * infos.size(), kMostOrders);
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
