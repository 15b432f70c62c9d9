// The passes of a plugin as a list: what it says of them.
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

const AbiCase kCases[] = {
    {"graph/passes/table", "BP-GRAPH-4",
     "passes have names of their own, and what each comes after is there, without a circle",
     table_is_sound},
};

}  // namespace

std::vector<AbiCase> pass_list_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
