#include "run/case_list.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "abi/cases.hpp"
#include "graph/pass_cases.hpp"
#include "ops/reference.hpp"
#include "ops/table.hpp"
#include "problems/problem.hpp"
#include "published/list.hpp"

namespace backplane::conformance {
namespace {

struct Group {
  Level level;
  CaseKind kind;
  std::vector<AbiCase> (*cases)();
};

constexpr Group kGroups[] = {
    {Level::kLoad, CaseKind::kFile, file_cases},
    {Level::kLoad, CaseKind::kFresh, load_cases},
    {Level::kLoad, CaseKind::kFresh, negotiation_cases},
    {Level::kLoad, CaseKind::kFresh, life_cases},
    {Level::kLoad, CaseKind::kAbi, device_cases},
    {Level::kLoad, CaseKind::kAbi, device_loss_cases},
    {Level::kLoad, CaseKind::kAbi, open_cases},
    {Level::kMemory, CaseKind::kAbi, memory_buffer_cases},
    {Level::kMemory, CaseKind::kAbi, memory_transfer_cases},
    {Level::kMemory, CaseKind::kAbi, memory_range_cases},
    {Level::kMemory, CaseKind::kAbi, memory_host_cases},
    {Level::kMemory, CaseKind::kAbi, memory_large_cases},
    {Level::kMemory, CaseKind::kAbi, memory_copy_cases},
    {Level::kMemory, CaseKind::kAbi, memory_random_cases},
    {Level::kMemory, CaseKind::kAbi, memory_map_cases},
    {Level::kMemory, CaseKind::kAbi, memory_staging_cases},
    {Level::kMemory, CaseKind::kAbi, memory_import_cases},
    {Level::kMemory, CaseKind::kAbi, memory_limit_cases},
    {Level::kMemory, CaseKind::kAbi, memory_refused_cases},
    {Level::kMemory, CaseKind::kAbi, memory_thread_cases},
    {Level::kMemory, CaseKind::kAbi, memory_failure_cases},
    {Level::kMemory, CaseKind::kAbi, memory_counter_cases},
    {Level::kStream, CaseKind::kAbi, stream_order_cases},
    {Level::kStream, CaseKind::kAbi, stream_event_cases},
    {Level::kStream, CaseKind::kAbi, stream_failure_cases},
    {Level::kStream, CaseKind::kAbi, stream_host_call_cases},
    {Level::kStream, CaseKind::kAbi, stream_gate_cases},
    {Level::kStream, CaseKind::kAbi, stream_thread_cases},
    {Level::kStream, CaseKind::kAbi, stream_time_cases},
    {Level::kStream, CaseKind::kAbi, stream_mix_cases},
    {Level::kStream, CaseKind::kAbi, stream_failure_path_cases},
    {Level::kStream, CaseKind::kAbi, stream_kernel_cases},
    {Level::kStream, CaseKind::kAbi, stream_work_failure_cases},
    {Level::kStream, CaseKind::kAbi, stream_counter_cases},
    {Level::kStream, CaseKind::kAbi, stream_loss_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_failure_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_counter_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_loss_cases},
    {Level::kGraph, CaseKind::kAbi, pass_list_cases},
    {Level::kRobustness, CaseKind::kAbi, robustness_node_cases},
    {Level::kRobustness, CaseKind::kAbi, robustness_load_cases},
    {Level::kOperators, CaseKind::kAbi, node_cases},
    {Level::kOperators, CaseKind::kAbi, constant_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_life_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_size_cases},
};

Case case_of(const Group& group, const AbiCase* abi) {
  Case made;
  made.id = abi->id;
  made.level = group.level;
  made.kind = group.kind;
  made.rules = abi->rules;
  made.sentence = abi->sentence;
  made.abi = abi;
  return made;
}

constexpr size_t kQuickProblems = 6;  // of each operator and type

// "operators/add/float32" of "operators/add/float32/3x5_3x5".
std::string family_of(const Case& one) {
  size_t end = 0;
  for (int slash = 0; slash < 3 && end != std::string::npos; ++slash)
    end = one.id.find('/', end + 1);
  return one.id.substr(0, end);
}

}  // namespace

Case case_of(const Problem& problem) {
  Case made;
  made.id = problem.id;
  made.level = Level::kOperators;
  made.kind = CaseKind::kProblem;
  made.rules = "BP-KERNEL-3,BP-KERNEL-5,BP-KERNEL-6,BP-KERNEL-10";
  if (ops::is_sized_by_data(problem.op)) made.rules += ",BP-KERNEL-12,BP-KERNEL-13";
  made.sentence = "results lie within the bounds of: " + problem.text;
  made.problem = problem.text;
  made.operators = {problem.op};
  return made;
}

const std::vector<AbiCase>& abi_cases() {
  static const std::vector<AbiCase> all = [] {
    std::vector<AbiCase> cases;
    for (const Group& group : kGroups)
      for (const AbiCase& one : group.cases()) cases.push_back(one);
    return cases;
  }();
  return all;
}

const AbiCase* find_abi_case(const std::string& id) {
  const std::vector<AbiCase>& all = abi_cases();
  const auto found =
      std::find_if(all.begin(), all.end(), [&id](const AbiCase& one) { return id == one.id; });
  return found != all.end() ? &*found : nullptr;
}

std::vector<Case> all_cases(const std::string& onnx_data) { return cases_for({}, onnx_data); }

std::vector<Case> cases_for(const Selection& selection, const std::string& onnx_data) {
  std::vector<Case> cases;
  for (const Group& group : kGroups)
    for (const AbiCase& one : group.cases()) cases.push_back(case_of(group, find_abi_case(one.id)));
  const auto is_wanted = [&selection](const std::string& beginning) {
    return may_select(selection, Level::kOperators, beginning);
  };
  for (const Problem& problem : problems_beginning(is_wanted)) cases.push_back(case_of(problem));
  if (!onnx_data.empty()) {
    std::vector<Case> published = published_cases(onnx_data);
    std::move(published.begin(), published.end(), std::back_inserter(cases));
  }
  return cases;
}

std::vector<Case> quick_cases(const std::vector<Case>& all, uint64_t seed) {
  std::map<std::string, std::vector<uint64_t>> ranks;
  const auto rank_of = [seed](const Case& one) {
    return shard_of(one.id + "#" + std::to_string(seed), UINT64_MAX);
  };
  for (const Case& one : all)
    if (one.kind == CaseKind::kProblem) ranks[family_of(one)].push_back(rank_of(one));
  for (auto& [family, of_family] : ranks) {
    const size_t kept = std::min(kQuickProblems, of_family.size());
    std::nth_element(of_family.begin(), of_family.begin() + static_cast<int64_t>(kept) - 1,
                     of_family.end());
    of_family.resize(kept);
  }
  std::vector<Case> chosen;
  for (const Case& one : all)
    if (one.kind != CaseKind::kProblem || rank_of(one) <= ranks[family_of(one)].back())
      chosen.push_back(one);
  return chosen;
}

}  // namespace backplane::conformance
