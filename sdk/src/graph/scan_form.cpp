#include "graph/scan_form.hpp"

#include <fmt/format.h>

#include "graph/inlining.hpp"
#include "ops/table.hpp"

namespace backplane::graph {
namespace {

constexpr uint32_t kWithBatches = 8;  // the version of Scan

std::vector<int64_t> list(const ops::Operator& op, const char* name, size_t count) {
  const ops::Attribute* const found = op.attribute(name);
  return found == nullptr ? std::vector<int64_t>(count, 0) : found->ints;
}

// Counted from the front.
Result<int64_t> axis_of(int64_t axis, size_t rank) {
  const auto end = static_cast<int64_t>(rank);
  if (axis < -end || axis >= end)
    return invalid_argument(fmt::format("axis {} of something of rank {}", axis, rank));
  return axis < 0 ? axis + end : axis;
}

bp_tensor_type_t without(const bp_tensor_type_t& type, int64_t axis) {
  Shape shape = shape_of(type);
  shape.erase(shape.begin() + axis);
  return tensor_type(type.dtype, shape);
}

// Two sizes that have to be the same.
Status agree_on(int64_t* size, int64_t other, const char* what) {
  if (BP_DIM_IS_UNKNOWN(other)) return {};
  if (!BP_DIM_IS_UNKNOWN(*size) && *size != other)
    return invalid_argument(fmt::format("{} {} and {}", what, *size, other));
  *size = other;
  return {};
}

class Reading {
 public:
  Reading(const Graph& graph, const Node& node) : graph_(graph), op_(node.op) {
    form_.inputs = own_inputs(node);
    form_.has_batches = op_.since == kWithBatches;
    outputs_ = node.bodies->all.at("body").outputs.size();
  }

  Result<ScanForm> read() {
    Status status = read_inputs();
    if (status.ok()) status = read_lists();
    if (status.ok()) status = read_batches();
    for (size_t i = 0; status.ok() && i < form_.scans(); ++i) status = read_axis(i);
    if (!status.ok()) return status;
    return form_;
  }

 private:
  const bp_tensor_type_t& type(size_t index) const {
    return graph_.value(form_.inputs[index]).type;
  }

  Status read_inputs() {
    if (form_.has_batches) {
      if (form_.inputs[0] != BP_NONE)
        return unsupported(
            fmt::format("{}: sequences of several lengths, sequence_lens", ops::kControlFlow));
      form_.inputs.erase(form_.inputs.begin());
    }
    for (const ValueId input : form_.inputs)
      if (input == BP_NONE) return invalid_argument("an input of Scan is absent");
    const ops::Attribute* const count = op_.attribute("num_scan_inputs");
    const int64_t scans = count == nullptr || count->ints.empty() ? 0 : count->ints[0];
    if (scans < 1 || scans > static_cast<int64_t>(form_.inputs.size()))
      return invalid_argument(
          fmt::format("num_scan_inputs is {}, of {} inputs", scans, form_.inputs.size()));
    form_.states = form_.inputs.size() - static_cast<size_t>(scans);
    if (form_.states > outputs_)
      return invalid_argument(
          fmt::format("{} states, and the body has {} outputs", form_.states, outputs_));
    return {};
  }

  Status read_lists() {
    const size_t outputs = outputs_ - form_.states;
    form_.axes = list(op_, "scan_input_axes", form_.scans());
    form_.output_axes = list(op_, "scan_output_axes", outputs);
    const char* const directions = form_.has_batches ? "directions" : "scan_input_directions";
    const std::vector<int64_t> inward = list(op_, directions, form_.scans());
    const std::vector<int64_t> outward = list(op_, "scan_output_directions", outputs);
    if (form_.axes.size() != form_.scans() || inward.size() != form_.scans() ||
        form_.output_axes.size() != outputs || outward.size() != outputs)
      return invalid_argument("axes and directions are not one for each that is scanned");
    form_.backwards.assign(inward.begin(), inward.end());
    form_.output_backwards.assign(outward.begin(), outward.end());
    return {};
  }

  Status read_batches() {
    if (!form_.has_batches) return {};
    form_.batches = -1;
    Status status;
    for (size_t i = 0; status.ok() && i < form_.inputs.size(); ++i) {
      if (type(i).rank == 0) return invalid_argument("an input of Scan has no batches");
      status = agree_on(&form_.batches, type(i).shape[0], "batches of");
    }
    return status;
  }

  Status read_axis(size_t index) {
    const size_t batch_axes = form_.has_batches ? 1 : 0;
    const bp_tensor_type_t& scanned = type(form_.states + index);
    if (scanned.rank < batch_axes) return invalid_argument("an input of Scan has no batches");
    const Result<int64_t> axis = axis_of(form_.axes[index], scanned.rank - batch_axes);
    if (!axis.ok()) return axis.status();
    form_.axes[index] = *axis;
    if (index == 0) form_.length = -1;
    return agree_on(&form_.length, scanned.shape[static_cast<size_t>(*axis) + batch_axes],
                    "sequences of");
  }

  const Graph& graph_;
  const ops::Operator& op_;
  size_t outputs_ = 0;
  ScanForm form_;
};

}  // namespace

bp_tensor_type_t ScanForm::element_type(const Graph& graph, size_t index) const {
  bp_tensor_type_t type = graph.value(inputs[index]).type;
  if (has_batches) type = without(type, 0);
  return index < states ? type : without(type, axes[index - states]);
}

Result<size_t> ScanForm::output_axis(size_t index, size_t element_rank) const {
  Result<int64_t> axis = axis_of(output_axes[index], element_rank + 1);
  if (!axis.ok()) return axis.status();
  return static_cast<size_t>(*axis);
}

Result<ScanForm> scan_form(const Graph& graph, const Node& node) {
  return Reading(graph, node).read();
}

}  // namespace backplane::graph
