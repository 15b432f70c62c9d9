#include "problems/judge.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "compare/element.hpp"
#include "problems/plan.hpp"
#include "problems/power.hpp"

namespace backplane::conformance {
namespace {

void fail(Outcome* outcome, const std::string& text) {
  outcome->verdict = Verdict::kFail;
  outcome->rule = "BP-KERNEL-6";
  outcome->text = text;
}

std::vector<TensorData> data_of(std::vector<TensorBytes>&& tensors) {
  std::vector<TensorData> all;
  for (TensorBytes& tensor : tensors) all.push_back({tensor.type, std::move(tensor.bytes)});
  return all;
}

std::string step_text(const Problem& problem, const Step& step) {
  std::string text = std::string("fill ") + fill_name(step.fill);
  if (problem.is_unknown) text += ", sizes grown by " + std::to_string(step.growth);
  return text;
}

// The elements of the inputs that stand where the worst element of the output stands, as far as
// shapes are alike.
std::string inputs_text(const Request& request, const ExpectedOutput& output, uint64_t worst) {
  std::string text;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const TensorData& input = request.inputs[i];
    if (type_text(input.type) != type_text(output.type)) continue;
    text += (text.empty() ? "" : ", ") + element_text(input.type.dtype, input.bytes.data(), worst);
  }
  return text.empty() ? "" : "; of inputs " + text;
}

bool are_same(const std::vector<TensorData>& a, const std::vector<TensorData>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TensorData& x, const TensorData& y) { return x.bytes == y.bytes; });
}

class Judge {
 public:
  Judge(const Problem& problem, const Reference& reference, uint64_t seed, const Declared& declared)
      : problem_(problem),
        reference_(reference),
        seed_(seed),
        declared_(declared),
        power_(reference, declared, leading_dtype(problem)) {}

  // "" or what is wrong with what came for one step.
  std::string judge_step(const Step& step, const std::vector<TensorData>& unsettled) {
    const Request request = request_of(problem_, reference_, step, seed_);
    const std::vector<ExpectedOutput> expected = expect(reference_, request, declared_, step.fill);
    const std::vector<TensorData> came = settled(reference_, request, expected, unsettled);
    const Judgement judgement = judge_outputs(expected, came);
    power_.add(request, expected);
    if (judgement.is_right()) return "";
    std::string text = judgement.text;
    if (judgement.worst < expected[0].elements.size())
      text += inputs_text(request, expected[0], judgement.worst);
    const std::string as_if = diagnosis(reference_, request, declared_, expected, came);
    return text + (as_if.empty() ? "" : "; " + as_if) + " (" + step_text(problem_, step) + ")";
  }

  // The same for a launch that repeats a step, whose outputs were `first`: equal, or, where
  // the kernel says that it is not deterministic, as right.
  std::string judge_repeat(const Repeat& repeat, const std::vector<TensorData>& first,
                           const std::vector<TensorData>& came) {
    if (draws_anew() && first[0].bytes == came[0].bytes)
      return "without a seed the same numbers came again, " + repeat.how;
    if ((declared_.numerics & BP_NUMERICS_FLAG_NONDETERMINISTIC) != 0) {
      const std::vector<Step> plan = plan_of(problem_, reference_);
      const std::string text = judge_step(plan[repeat.step], came);
      return text.empty() ? "" : repeat.how + ": " + text;
    }
    for (size_t i = 0; i < first.size(); ++i) {
      if (type_text(came[i].type) != type_text(first[i].type))
        return "output " + std::to_string(i) + " differs from before, " + repeat.how + ": it is " +
               type_text(came[i].type) + ", not " + type_text(first[i].type);
      const std::string& was = first[i].bytes;
      const auto [at, other] = std::mismatch(was.begin(), was.end(), came[i].bytes.begin());
      if (at == was.end()) continue;
      const auto index =
          static_cast<uint64_t>(at - was.begin()) / element_bytes(first[i].type.dtype);
      return "output " + std::to_string(i) + " differs from before, " + repeat.how + ": " +
             place_text(first[i].type, index) + " is " +
             element_text(first[i].type.dtype, came[i].bytes.data(), index) + ", not " +
             element_text(first[i].type.dtype, was.data(), index);
    }
    return "";
  }

  const Power& power() const { return power_; }

 private:
  // Every launch of this problem must draw other numbers.
  bool draws_anew() const {
    if (reference_.law == nullptr) return false;
    const std::vector<Step> plan = plan_of(problem_, reference_);
    const Request request = request_of(problem_, reference_, plan[repeated_step(plan)], seed_);
    const Types types = reference_.infer(request);
    return request.settings.count("seed") == 0 &&
           never_repeats(types[0], reference_.law(request, types));
  }

  const Problem& problem_;
  const Reference& reference_;
  uint64_t seed_;
  Declared declared_;
  Power power_;
};

}  // namespace

void judge_problem(const std::string& text, uint64_t seed, Outcome* outcome) {
  if (outcome->verdict != Verdict::kPass) return;
  const Result<Problem> problem = parse_problem(text);
  const Reference* reference = problem.ok() ? find_reference(problem->op) : nullptr;
  if (reference == nullptr) return fail(outcome, "there is no such problem: " + text);
  const std::string wrong = wrong_declaration(outcome->declared);
  if (!wrong.empty()) return fail(outcome, wrong);
  const std::vector<Step> plan = plan_of(*problem, *reference);
  std::vector<std::vector<TensorData>> came;
  for (std::vector<TensorBytes>& set : outcome->outputs) came.push_back(data_of(std::move(set)));
  if (came.size() != plan.size() + outcome->repeats.size())
    return fail(outcome, "outputs of " + std::to_string(came.size()) + " launches came");
  for (const Repeat& repeat : outcome->repeats)
    if (repeat.step >= plan.size())
      return fail(outcome, "a launch came that repeats none, " + repeat.how);
  Judge judge(*problem, *reference, seed, outcome->declared);
  for (size_t i = 0; i < plan.size(); ++i) {
    const std::string says = judge.judge_step(plan[i], came[i]);
    if (says.empty()) continue;
    const bool is_stale = i > 0 && are_same(came[i], came[i - 1]);
    return fail(outcome, says + (is_stale ? "; it is what the launch before gave" : ""));
  }
  for (size_t i = 0; i < outcome->repeats.size(); ++i) {
    const Repeat& repeat = outcome->repeats[i];
    const std::string says = judge.judge_repeat(repeat, came[repeat.step], came[plan.size() + i]);
    if (!says.empty()) return fail(outcome, says);
  }
  const std::string missing = judge.power().missing();
  if (missing.empty()) return;
  outcome->verdict = Verdict::kNonDiscriminating;
  outcome->text = "under this declaration the case does not reject: " + missing;
}

std::string explain_problem(const std::string& text, uint64_t seed, const Declared& declared) {
  const Result<Problem> problem = parse_problem(text);
  if (!problem.ok()) return problem.status().text() + "\n";
  const Reference* reference = find_reference(problem->op);
  if (reference == nullptr) return "there is no reference of " + problem->op + "\n";
  std::string says = "problem    " + problem->text + "\nclass      " +
                     precision_name(precision_of(
                         *reference, request_of(*problem, *reference, Fill::kIntegers, seed))) +
                     "\n";
  Power power(*reference, declared, leading_dtype(*problem));
  for (const Step& step : plan_of(*problem, *reference)) {
    const Request request = request_of(*problem, *reference, step, seed);
    const std::vector<ExpectedOutput> expected = expect(*reference, request, declared, step.fill);
    power.add(request, expected);
    says += "launch     " + step_text(*problem, step);
    if (!expected.empty() && !expected[0].elements.empty()) {
      const Expected& first = expected[0].elements[0];
      char line[160];
      std::snprintf(line, sizeof line,
                    "; the first element is %.9g, wrong by at most %.3g before it is stored",
                    static_cast<double>(first.value), first.error);
      says += line;
    }
    says += "\n";
  }
  for (const FaultPower& fault : power.faults())
    says += std::string(fault.is_rejected  ? "rejects    "
                        : fault.is_visible ? "MISSES     "
                                           : "not shown  ") +
            fault.fault + "\n";
  return says;
}

}  // namespace backplane::conformance
