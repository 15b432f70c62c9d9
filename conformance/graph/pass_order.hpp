// What a plugin says of its passes, and the orders that it allows.
#pragma once

#include <backplane/graph.h>

#include <string>
#include <vector>

namespace backplane::conformance {

struct PassInfo {
  std::string name, after;
  bp_pass_phase_t phase;
  bool operator==(const PassInfo& other) const {
    return name == other.name && after == other.after && phase == other.phase;
  }
};

// Of every pass; one that cannot be read ends the case.
std::vector<PassInfo> infos_of(const bp_graph_pass_api_t& table);

// Of the first pass of that name; infos.size(): there is none.
size_t place_of(const std::vector<PassInfo>& infos, const std::string& name);

// The pass, and before it those that it has to be behind.
std::vector<uint32_t> order_up_to(const std::vector<PassInfo>& infos, uint32_t pass);

// Some of the passes, by phase, each behind the one that it has to be behind, which then is there
// too.
std::vector<uint32_t> random_order(const std::vector<PassInfo>& infos, uint64_t seed);

// May `second` run directly behind `first`? Then `before` has what has to run ahead of both.
bool may_follow(const std::vector<PassInfo>& infos, uint32_t first, uint32_t second,
                std::vector<uint32_t>* before);

}  // namespace backplane::conformance
