#include "published/judge.hpp"

#include <filesystem>

#include "published/data_set.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

std::string judge_all(const fs::path& folder, const Outcome& outcome) {
  size_t judged = 0;
  for (size_t set = 0; set < outcome.outputs.size(); ++set)
    for (size_t i = 0; i < outcome.outputs[set].size(); ++i, ++judged) {
      const std::string wrong =
          compare_output(data_set_of(folder, set), i, outcome.outputs[set][i]);
      if (!wrong.empty()) return "output " + std::to_string(i) + ": " + wrong;
    }
  return judged > 0 ? "" : "no output came back";
}

}  // namespace

void judge_published(const std::string& folder, Outcome* outcome) {
  if (outcome->verdict != Verdict::kPass) return;
  outcome->text = judge_all(folder, *outcome);
  if (outcome->text.empty()) return;
  outcome->verdict = Verdict::kFail;
  outcome->rule = "BP-KERNEL-6";
}

}  // namespace backplane::conformance
