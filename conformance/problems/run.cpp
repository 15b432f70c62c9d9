#include "problems/run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "problems/launches.hpp"
#include "problems/node.hpp"
#include "problems/plan.hpp"
#include "problems/repeats.hpp"
#include "run/random.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kUnknown = -1;

std::vector<bp_tensor_type_t> types_of(const Problem& problem) {
  std::vector<bp_tensor_type_t> types;
  for (const ProblemInput& input : problem.inputs) {
    types.push_back(input.type);
    if (!problem.is_unknown || input.is_constant || input.has_values) continue;
    for (uint16_t axis = 0; axis < types.back().rank; ++axis)
      if (types.back().shape[axis] > 1) types.back().shape[axis] = kUnknown;
  }
  return types;
}

// Rows with a gap after each, and a larger one after each plane.
std::vector<Sizes> strides_of(const Problem& problem) {
  std::vector<Sizes> all;
  for (const ProblemInput& input : problem.inputs) {
    Sizes sizes = sizes_of(input.type);
    for (size_t axis = 1; axis < sizes.size(); ++axis)
      sizes[axis] += axis + 1 == sizes.size() ? 3 : 1;
    all.push_back(steps_of(sizes));
  }
  return all;
}

bool takes_strides(const bp_kernel_info_t* info, size_t count) {
  if (info == nullptr || info->inputs == nullptr) return false;
  for (size_t i = 0; i < count; ++i)
    if ((info->inputs[i] & BP_ARGUMENT_FLAG_STRIDED) != 0) return true;
  return false;
}

class ProblemRun {
 public:
  ProblemRun(Subject& subject, const Problem& problem, const Reference& reference)
      : subject_(subject),
        problem_(problem),
        reference_(reference),
        node_(problem, types_of(problem),
              request_of(problem, reference, Fill::kIntegers, subject.seed()).inputs),
        strides_(strides_of(problem)),
        stride_pointers_(stride_pointers()),
        asked_(node_.strided(stride_pointers_)),
        stream_(subject.stream()),
        kernel_(subject, asked_),
        launches_(subject, kernel_, stride_pointers_, stream_.get()),
        plan_(plan_of(problem, reference)) {}

  Outcome run() {
    outcome_.declared = kernel_.declared();
    if (problem_.is_strided && !takes_strides(kernel_.info(), node_.node().input_count))
      not_applicable("the kernel takes dense inputs alone");
    for (const Step& step : plan_) outcome_.outputs.push_back(launches_.run(data_of(step), next()));
    const size_t step = repeated_step(plan_);
    const LaunchData data = data_of(plan_[step]);
    repeat_over_other_memory(step, data);
    repeat_in_place(step, data);
    if (byte_count(data) <= kLargestRepeated) {
      repeat_between_protected_pages(step, data);
      if (!subject_.is_one_thread()) repeat_at_once(step, data);
      repeat_after_lack_of_memory(step, data);
    }
    return std::move(outcome_);
  }

 private:
  static constexpr uint64_t kLargestRepeated = 4u << 20;

  std::vector<const int64_t*> stride_pointers() const {
    std::vector<const int64_t*> all(node_.node().input_count, nullptr);
    if (problem_.is_strided)
      for (size_t i = 0; i < std::min(strides_.size(), all.size()); ++i)
        if (problem_.inputs[i].type.dtype != 0 && !problem_.inputs[i].is_constant)
          all[i] = strides_[i].data();
    return all;
  }

  LaunchData data_of(const Step& step) const {
    return launch_data(node_, request_of(problem_, reference_, step, subject_.seed()).inputs);
  }

  Surroundings next() { return surroundings(launched_++); }
  Repeatable repeatable() { return {subject_, asked_, kernel_, stride_pointers_, stream_.get()}; }

  void add(size_t step, const std::string& how, Outputs outputs) {
    outcome_.outputs.push_back(std::move(outputs));
    outcome_.repeats.push_back({step, how});
  }

  // The same data once more, at the same addresses, over other poison and between other guards.
  void repeat_over_other_memory(size_t step, const LaunchData& data) {
    while (surroundings(launched_).poison == surroundings(step).poison ||
           surroundings(launched_).guard == surroundings(step).guard)
      ++launched_;
    add(step, "launched again over other memory contents", launches_.run(data, next()));
  }

  void repeat_in_place(size_t step, const LaunchData& data) {
    const bp_kernel_info_t* info = kernel_.info();
    for (uint32_t i = 0; info != nullptr && i < info->in_place_count; ++i) {
      const bp_alias_t alias = info->in_place[i];
      if (problem_.is_strided || data.outputs[alias.output].dtype == 0 ||
          !same_type(data.inputs[alias.input].type, data.outputs[alias.output]))
        continue;
      add(step,
          "with output " + std::to_string(alias.output) + " in place of input " +
              std::to_string(alias.input),
          launches_.run(data, next(), &alias));
    }
  }

  void repeat_between_protected_pages(size_t step, const LaunchData& data) {
    std::optional<Outputs> came = launch_between_protected_pages(repeatable(), data, next());
    if (came) add(step, "between protected pages", std::move(*came));
  }

  void repeat_at_once(size_t step, const LaunchData& data) {
    const size_t other = (step + 1) % plan_.size();
    launches_.prepare(data, next());
    auto [first, second] =
        launch_two_at_once(repeatable(), launches_, data_of(plan_[other]), next());
    add(step, "launched by two threads at once", std::move(first));
    add(other, "launched by two threads at once", std::move(second));
  }

  void repeat_after_lack_of_memory(size_t step, const LaunchData& data) {
    const uint64_t draw = mix(subject_.seed() ^ hash_of(problem_.id));
    std::optional<Outputs> came = launch_without_memory(repeatable(), data, next(), draw);
    if (came) add(step, "while the host ran out of memory", std::move(*came));
    add(step, "after the host ran out of memory", launches_.run(data, next()));
  }

  Subject& subject_;
  const Problem& problem_;
  const Reference& reference_;
  ProblemNode node_;
  std::vector<Sizes> strides_;
  std::vector<const int64_t*> stride_pointers_;
  bp_node_t asked_;
  Owned<bp_stream_t> stream_;
  MadeKernel kernel_;
  Launches launches_;
  std::vector<Step> plan_;
  size_t launched_ = 0;
  Outcome outcome_;
};

Outcome refused_by_host(const HostRefusal& refusal) {
  Outcome outcome;
  outcome.verdict = Verdict::kUnsupported;
  outcome.refused_by = RefusedBy::kHost;
  outcome.text = refusal.text;
  return outcome;
}

// One launch on inputs that are given.
Outcome run_given(Subject& subject, const Problem& problem,
                  const std::vector<TensorBytes>& inputs) {
  std::vector<bp_tensor_type_t> types;
  std::vector<TensorData> data;
  for (const TensorBytes& input : inputs) {
    types.push_back(input.type);
    data.push_back({input.type, input.bytes});
  }
  const ProblemNode node(problem, types, data);
  const std::vector<const int64_t*> dense(node.node().input_count, nullptr);
  const Owned<bp_stream_t> stream = subject.stream();
  const MadeKernel kernel(subject, node.node());
  Launches launches(subject, kernel, dense, stream.get());
  Outcome outcome;
  outcome.declared = kernel.declared();
  outcome.outputs.push_back(launches.run(launch_data(node, std::move(data)), surroundings(0)));
  return outcome;
}

}  // namespace

Outcome run_node_of_model(Subject& subject, const std::string& text,
                          const std::vector<TensorBytes>& inputs) {
  const Result<Problem> problem = parse_problem(text);
  require(problem.ok(), problem.status().text());
  try {
    return run_given(subject, *problem, inputs);
  } catch (const HostRefusal& refusal) {
    return refused_by_host(refusal);
  }
}

Outcome run_problem(Subject& subject, const std::string& text) {
  const Result<Problem> problem = parse_problem(text);
  require(problem.ok(), problem.status().text());
  const Reference* reference = find_reference(problem->op);
  require(reference != nullptr, "there is no reference of " + problem->op);
  try {
    return ProblemRun(subject, *problem, *reference).run();
  } catch (const HostRefusal& refusal) {
    return refused_by_host(refusal);
  }
}

}  // namespace backplane::conformance
