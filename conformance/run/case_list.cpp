#include "run/case_list.hpp"

#include <algorithm>
#include <iterator>

#include "abi/cases.hpp"
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
    {Level::kLoad, CaseKind::kAbi, device_cases},
    {Level::kMemory, CaseKind::kAbi, memory_buffer_cases},
    {Level::kMemory, CaseKind::kAbi, memory_transfer_cases},
    {Level::kMemory, CaseKind::kAbi, memory_optional_cases},
    {Level::kStream, CaseKind::kAbi, stream_order_cases},
    {Level::kStream, CaseKind::kAbi, stream_event_cases},
    {Level::kStream, CaseKind::kAbi, stream_failure_cases},
    {Level::kStream, CaseKind::kAbi, stream_host_call_cases},
    {Level::kOperators, CaseKind::kAbi, kernel_cases},
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

}  // namespace

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

std::vector<Case> all_cases(const std::string& onnx_data) {
  std::vector<Case> cases;
  for (const Group& group : kGroups)
    for (const AbiCase& one : group.cases()) cases.push_back(case_of(group, find_abi_case(one.id)));
  if (!onnx_data.empty()) {
    std::vector<Case> published = published_cases(onnx_data);
    std::move(published.begin(), published.end(), std::back_inserter(cases));
  }
  return cases;
}

}  // namespace backplane::conformance
