#include "graph/pass_order.hpp"

#include <algorithm>

#include "run/random.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

PassInfo info_of(const bp_graph_pass_api_t& table, uint32_t index) {
  const bp_pass_info_t* info = table.pass_info(index);
  const std::string which = "pass_info(" + std::to_string(index) + ")";
  require(info != nullptr, which + " is NULL");
  require(BP_HAS(bp_pass_info_t, info, phase), which + " says a struct_size without its phase");
  require(info->name != nullptr && info->after != nullptr, which + " has NULL for a name");
  require(info->phase <= BP_PASS_AFTER_PARTITION, which + " has a phase that is none");
  return {info->name, info->after, info->phase};
}

// Those that `pass` has to be behind, the nearest first.
std::vector<uint32_t> all_before(const std::vector<PassInfo>& infos, uint32_t pass) {
  std::vector<uint32_t> found;
  for (size_t at = place_of(infos, infos[pass].after);
       at < infos.size() && found.size() < infos.size(); at = place_of(infos, infos[at].after))
    found.push_back(static_cast<uint32_t>(at));
  return found;
}

// In which phase it can run: its own, or that of one that it has to be behind.
bp_pass_phase_t phase_of(const std::vector<PassInfo>& infos, uint32_t pass) {
  bp_pass_phase_t phase = infos[pass].phase;
  for (const uint32_t before : all_before(infos, pass))
    phase = std::max(phase, infos[before].phase);
  return phase;
}

bool has(const std::vector<uint32_t>& passes, uint32_t pass) {
  return std::find(passes.begin(), passes.end(), pass) != passes.end();
}

}  // namespace

std::vector<PassInfo> infos_of(const bp_graph_pass_api_t& table) {
  std::vector<PassInfo> infos;
  for (uint32_t index = 0; index < table.pass_count(); ++index)
    infos.push_back(info_of(table, index));
  return infos;
}

size_t place_of(const std::vector<PassInfo>& infos, const std::string& name) {
  const auto found = std::find_if(infos.begin(), infos.end(),
                                  [&name](const PassInfo& one) { return one.name == name; });
  return static_cast<size_t>(found - infos.begin());
}

std::vector<uint32_t> order_up_to(const std::vector<PassInfo>& infos, uint32_t pass) {
  std::vector<uint32_t> order = all_before(infos, pass);
  std::reverse(order.begin(), order.end());
  order.push_back(pass);
  return order;
}

std::vector<uint32_t> random_order(const std::vector<PassInfo>& infos, uint64_t seed) {
  std::vector<uint32_t> order;
  for (size_t tries = 0; tries < infos.size() + 1; ++tries) {
    const auto pass = static_cast<uint32_t>(mix(seed * 64 + tries) % infos.size());
    for (const uint32_t one : order_up_to(infos, pass))
      if (!has(order, one)) order.push_back(one);
  }
  std::stable_sort(order.begin(), order.end(), [&infos](uint32_t a, uint32_t b) {
    return phase_of(infos, a) < phase_of(infos, b);
  });
  return order;
}

bool may_follow(const std::vector<PassInfo>& infos, uint32_t first, uint32_t second,
                std::vector<uint32_t>* before) {
  const std::vector<uint32_t> of_first = all_before(infos, first);
  const std::vector<uint32_t> of_second = all_before(infos, second);
  const bool has_between = has(of_second, first) && of_second.front() != first;
  if (first == second || has(of_first, second) || has_between ||
      phase_of(infos, first) > phase_of(infos, second))
    return false;
  before->assign(of_first.rbegin(), of_first.rend());
  for (auto one = of_second.rbegin(); one != of_second.rend(); ++one)
    if (*one != first && !has(*before, *one)) before->push_back(*one);
  return true;
}

}  // namespace backplane::conformance
