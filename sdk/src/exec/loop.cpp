// Loop, trip by trip.
#include <fmt/format.h>

#include "exec/control_flow.hpp"

namespace backplane::exec {
namespace {

using graph::Body;
using graph::ValueId;

constexpr size_t kBeforeCarried = 2;  // inputs: the number of trips, the condition

class Loop : public ControlFlow {
 public:
  Loop(graph::Graph& graph, graph::NodeId node)
      : ControlFlow(graph, node),
        body_(bodies_->all.at("body")),
        carried_(inputs_.begin() + kBeforeCarried, inputs_.end()),
        stacks_(body_.outputs.size() - 1 - carried_.size()) {}

 protected:
  Result<bool> go_on(const std::vector<ValueId>& outputs) override {
    if (is_stacking_) {
      stacked_.push_back(outputs[0]);
      return stack_next();
    }
    Status status = has_begun_ ? end_trip(outputs) : read_inputs();
    if (!status.ok()) return status;
    has_begun_ = true;
    if (!goes_on_ || trip_ >= most_) return stack_next();
    status = check_trip(trip_);
    if (!status.ok()) return status;
    start_trip();
    return true;
  }

 private:
  // Without a condition what the body says of it is not looked at.
  Status read_inputs() {
    if (inputs_[0] != BP_NONE) {
      const Result<int64_t> most = count(inputs_[0], "its number of trips");
      if (!most.ok()) return most.status();
      most_ = *most;
    }
    cond_ = inputs_[1];
    if (cond_ == BP_NONE) {
      const bool yes = true;
      cond_ = add_constant(ops::make_constant(tensor_type(BP_DTYPE_BOOL, {}), &yes));
      return {};
    }
    const Result<bool> first = flag(cond_, "its condition");
    if (!first.ok()) return first.status();
    goes_on_ = *first;
    return {};
  }

  void start_trip() {
    const bp_tensor_type_t scalar = tensor_type(BP_DTYPE_INT64, {});
    std::vector<ValueId> inputs = {add_constant(ops::make_constant(scalar, &trip_)), cond_};
    inputs.insert(inputs.end(), carried_.begin(), carried_.end());
    std::vector<bool> wanted(body_.outputs.size(), true);
    for (size_t i = 1 + carried_.size(); i < wanted.size(); ++i) wanted[i] = is_wanted(i - 1);
    start(body_, inputs, wanted);
  }

  Status end_trip(const std::vector<ValueId>& outputs) {
    ++trip_;
    cond_ = outputs[0];
    std::copy_n(outputs.begin() + 1, carried_.size(), carried_.begin());
    for (size_t i = 0; i < stacks_.size(); ++i)
      stacks_[i].push_back(outputs[1 + carried_.size() + i]);
    if (inputs_[1] == BP_NONE) return {};
    const Result<bool> cond = flag(cond_, fmt::format("its condition after trip {}", trip_));
    if (!cond.ok()) return cond.status();
    goes_on_ = *cond;
    return {};
  }

  Result<bool> stack_next() {
    is_stacking_ = true;
    while (stacked_.size() < stacks_.size()) {
      const std::vector<ValueId>& stack = stacks_[stacked_.size()];
      const size_t output = carried_.size() + stacked_.size();
      if (is_wanted(output) && !stack.empty()) {
        start_own(stacking_body(stack.size(), 0), stack);
        return true;
      }
      Result<ValueId> empty = is_wanted(output) ? add_empty_stack() : Result<ValueId>(BP_NONE);
      if (!empty.ok()) return empty.status();
      stacked_.push_back(*empty);
    }
    results_ = carried_;
    results_.insert(results_.end(), stacked_.begin(), stacked_.end());
    return false;
  }

  Result<ValueId> add_empty_stack() {
    std::vector<bp_tensor_type_t> inputs = {tensor_type(BP_DTYPE_INT64, {}),
                                            tensor_type(BP_DTYPE_BOOL, {})};
    for (const ValueId carried : carried_) inputs.push_back(graph_.value(carried).type);
    const Result<std::vector<bp_tensor_type_t>> types = types_without_trips(body_, inputs);
    if (!types.ok()) return types.status();
    return add_empty((*types)[1 + carried_.size() + stacked_.size()], 0);
  }

  const Body& body_;
  std::vector<ValueId> carried_;
  std::vector<std::vector<ValueId>> stacks_;  // per stacked output: of each trip
  std::vector<ValueId> stacked_;              // those that are done
  ValueId cond_ = BP_NONE;
  int64_t trip_ = 0;
  int64_t most_ = INT64_MAX;
  bool goes_on_ = true;
  bool has_begun_ = false;
  bool is_stacking_ = false;
};

}  // namespace

std::unique_ptr<ControlFlow> create_loop(graph::Graph& graph, graph::NodeId node) {
  return std::make_unique<Loop>(graph, node);
}

}  // namespace backplane::exec
