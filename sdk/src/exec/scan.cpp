// Scan, trip by trip.
#include "exec/control_flow.hpp"
#include "graph/scan_form.hpp"

namespace backplane::exec {
namespace {

using graph::Body;
using graph::ValueId;
using Values = std::vector<ValueId>;

// For each batch (one before there were none): what of the inputs is the batch's, the trips, and
// the stacks of their outputs; at last the stacks of the batches' results. A trip is the picking of
// its slices, and the body.
class Scan : public ControlFlow {
 public:
  Scan(graph::Graph& graph, graph::NodeId node)
      : ControlFlow(graph, node),
        form_(graph::scan_form(graph, graph.node(node))),
        body_(bodies_->all.at("body")) {}

 protected:
  Result<bool> go_on(const Values& outputs) override {
    if (!form_.ok()) return form_.status();
    switch (stage_) {
      case Stage::kStart:
        return begin_batch();
      case Stage::kBatch:
        return begin_trips(outputs);
      case Stage::kSlices:
        return begin_body(outputs);
      case Stage::kBody:
        return end_trip(outputs);
      case Stage::kStack:
        done_.push_back(outputs[0]);
        return stack_trips();
      default:
        joined_.push_back(outputs[0]);
        return join_batches();
    }
  }

 private:
  enum class Stage { kStart, kBatch, kSlices, kBody, kStack, kJoin };

  Result<bool> begin_batch() {
    if (!form_->has_batches) return begin_trips(form_->inputs);
    if (batch_ == form_->batches) return join_batches();
    stage_ = Stage::kBatch;
    const std::vector<int64_t> at(form_->inputs.size(), batch_);
    start_own(picking_body(std::vector<int64_t>(at.size(), 0), at), form_->inputs);
    return true;
  }

  Result<bool> begin_trips(const Values& inputs) {
    const auto first_scanned = inputs.begin() + static_cast<std::ptrdiff_t>(form_->states);
    states_.assign(inputs.begin(), first_scanned);
    scanned_.assign(first_scanned, inputs.end());
    stacks_.assign(body_.outputs.size() - form_->states, {});
    done_.clear();
    trip_ = 0;
    return begin_trip();
  }

  Result<bool> begin_trip() {
    if (trip_ == form_->length) return stack_trips();
    Status few_enough = check_trip(trip_);
    if (!few_enough.ok()) return few_enough;
    stage_ = Stage::kSlices;
    std::vector<int64_t> at;
    for (const bool backwards : form_->backwards)
      at.push_back(backwards ? form_->length - 1 - trip_ : trip_);
    start_own(picking_body(form_->axes, at), scanned_);
    return true;
  }

  Result<bool> begin_body(const Values& slices) {
    stage_ = Stage::kBody;
    Values inputs = states_;
    inputs.insert(inputs.end(), slices.begin(), slices.end());
    std::vector<bool> wanted(body_.outputs.size(), true);
    for (size_t i = form_->states; i < wanted.size(); ++i) wanted[i] = is_wanted(i);
    start(body_, inputs, wanted);
    return true;
  }

  Result<bool> end_trip(const Values& outputs) {
    ++trip_;
    std::copy_n(outputs.begin(), states_.size(), states_.begin());
    for (size_t i = 0; i < stacks_.size(); ++i) {
      Values& stack = stacks_[i];
      const bool is_backwards = form_->output_backwards[i];
      stack.insert(is_backwards ? stack.begin() : stack.end(), outputs[states_.size() + i]);
    }
    return begin_trip();
  }

  Result<bool> stack_trips() {
    stage_ = Stage::kStack;
    while (done_.size() < stacks_.size()) {
      const Values& stack = stacks_[done_.size()];
      if (!is_wanted(form_->states + done_.size())) {
        done_.push_back(BP_NONE);
        continue;
      }
      if (!stack.empty()) {
        const size_t rank = graph_.value(stack[0]).type.rank;
        const Result<size_t> axis = form_->output_axis(done_.size(), rank);
        if (!axis.ok()) return axis.status();
        start_own(stacking_body(stack.size(), static_cast<int64_t>(*axis)), stack);
        return true;
      }
      Result<ValueId> empty = add_empty_stack();
      if (!empty.ok()) return empty.status();
      done_.push_back(*empty);
    }
    return end_batch();
  }

  Result<ValueId> add_empty_stack() {
    std::vector<bp_tensor_type_t> inputs;
    for (size_t i = 0; i < form_->inputs.size(); ++i)
      inputs.push_back(form_->element_type(graph_, i));
    const Result<std::vector<bp_tensor_type_t>> types = types_without_trips(body_, inputs);
    if (!types.ok()) return types.status();
    const bp_tensor_type_t& element = (*types)[form_->states + done_.size()];
    const Result<size_t> axis = form_->output_axis(done_.size(), element.rank);
    return axis.ok() ? add_empty(element, *axis) : axis.status();
  }

  Result<bool> end_batch() {
    Values results = states_;
    results.insert(results.end(), done_.begin(), done_.end());
    if (!form_->has_batches) {
      results_ = std::move(results);
      return false;
    }
    of_batches_.resize(results.size());
    for (size_t i = 0; i < results.size(); ++i) of_batches_[i].push_back(results[i]);
    ++batch_;
    return begin_batch();
  }

  Result<bool> join_batches() {
    stage_ = Stage::kJoin;
    if (of_batches_.empty())
      return unsupported(std::string(ops::kControlFlow) + ": no batches, so its types are unknown");
    while (joined_.size() < of_batches_.size()) {
      if (is_wanted(joined_.size())) {
        const Values& batches = of_batches_[joined_.size()];
        start_own(stacking_body(batches.size(), 0), batches);
        return true;
      }
      joined_.push_back(BP_NONE);
    }
    results_ = joined_;
    return false;
  }

  const Result<graph::ScanForm> form_;
  const Body& body_;
  Stage stage_ = Stage::kStart;
  Values states_;
  Values scanned_;
  std::vector<Values> stacks_;      // per scanned output: of each trip
  Values done_;                     // those that are stacked
  std::vector<Values> of_batches_;  // per output: of each batch
  Values joined_;
  int64_t batch_ = 0;
  int64_t trip_ = 0;
};

}  // namespace

std::unique_ptr<ControlFlow> create_scan(graph::Graph& graph, graph::NodeId node) {
  return std::make_unique<Scan>(graph, node);
}

}  // namespace backplane::exec
