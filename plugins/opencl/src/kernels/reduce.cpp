// The Reduce operators, and the global pools: which reduce all axes after the second.
#include <algorithm>
#include <cstring>

#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

enum class Kind { kSum, kReal, kExtreme, kPool };

// Kind: the element types and definitions served. The rest are macros of reduce.cl; without them
// the kernels are those of log_sum_exp.cl.
struct Reduction {
  const char* op;
  Kind kind;
  const char* term;
  const char* fold;
  const char* finish;
};

constexpr Reduction kReductions[] = {
    {"ReduceMean", Kind::kSum, "PLAIN", "SUM", "MEAN"},
    {"ReduceSum", Kind::kSum, "PLAIN", "SUM", "WHOLE"},
    {"ReduceSumSquare", Kind::kSum, "SQUARE", "SUM", "WHOLE"},
    {"ReduceL1", Kind::kSum, "MAGNITUDE", "SUM", "WHOLE"},
    {"ReduceL2", Kind::kReal, "SQUARE", "SUM", "ROOT"},
    {"ReduceLogSum", Kind::kReal, "PLAIN", "SUM", "LOGARITHM"},
    {"ReduceLogSumExp", Kind::kReal, nullptr, nullptr, nullptr},
    {"ReduceProd", Kind::kSum, "PLAIN", "PRODUCT", "WHOLE"},
    {"ReduceMax", Kind::kExtreme, "PLAIN", "GREATEST", "WHOLE"},
    {"ReduceMin", Kind::kExtreme, "PLAIN", "LEAST", "WHOLE"},
    {"GlobalAveragePool", Kind::kPool, "PLAIN", "SUM", "MEAN"},
    {"GlobalMaxPool", Kind::kPool, "PLAIN", "GREATEST", "WHOLE"},
};

const Reduction& reduction_of(const Node& node) {
  return *std::find_if(std::begin(kReductions), std::end(kReductions),
                       [&](const Reduction& one) { return node.op() == one.op; });
}

std::vector<uint32_t> versions_of(const Reduction& reduction) {
  if (reduction.kind == Kind::kPool) return {1};
  if (reduction.kind == Kind::kExtreme) return {1, 11, 12, 13};
  return {1, 11, 13};
}

// As the node gives them: an attribute, or of ReduceSum from 13 on a constant input.
std::vector<int64_t> given_axes(const Node& node) {
  uint32_t count = 0;
  const int64_t* attribute = node.ints_attribute("axes", &count);
  if (!node.has_input(1)) return {attribute, attribute + count};
  const bp_constant_t* constant = node.constant(1);
  if (constant == nullptr) refuse(node, "axes are not constant");
  if (constant->type.dtype != BP_DTYPE_INT64) refuse(node, "axes are not int64");
  std::vector<int64_t> axes(plugin::element_count(constant->type));
  if (axes.size() > BP_MAX_RANK) refuse(node, "more axes than a tensor has");
  if (!axes.empty()) std::memcpy(axes.data(), constant->data, axes.size() * sizeof axes[0]);
  return axes;
}

// A bit for every axis that is reduced; without any given all are, or none if the node says so.
uint32_t reduced_axes(const Node& node) {
  const uint32_t rank = node.input(0).rank;
  const uint32_t all = (1U << rank) - 1U;
  if (reduction_of(node).kind == Kind::kPool) return all & ~3U;
  const std::vector<int64_t> axes = given_axes(node);
  if (axes.empty()) return node.int_attribute("noop_with_empty_axes", 0) != 0 ? 0 : all;
  uint32_t reduced = 0;
  for (const int64_t axis : axes) {
    const int64_t place = axis < 0 ? axis + rank : axis;
    if (place < 0 || place >= rank) refuse(node, "axes name one that is not there");
    reduced |= 1U << place;
  }
  return reduced;
}

bool is_reduced(uint32_t axes, uint32_t axis) { return (axes >> axis & 1U) != 0; }

const Source& source_of(const Reduction& reduction) {
  return reduction.fold == nullptr ? kLogSumExpSource : kReduceSource;
}

std::string options_of(const Reduction& reduction) {
  if (reduction.fold == nullptr) return "";
  return std::string(" -DTERM=") + reduction.term + " -DFOLD=" + reduction.fold + " -DIS_" +
         reduction.fold + "=1 -DFINISH=" + reduction.finish;
}

class Reduce : public Kernel {
 public:
  Reduce(const Node& node, Device& device)
      : axes_(reduced_axes(node)),
        along_(compute_of(node, device, "reduce_along")),
        across_(compute_of(node, device, "reduce_across")) {
    argument_flags.assign(node.input_count(), 0);
    argument_flags[0] = BP_ARGUMENT_FLAG_STRIDED;
    if (node.has_input(1)) argument_flags[1] = BP_ARGUMENT_FLAG_BAKED;
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const bp_tensor_t& from = with_buffer(inputs[0], outputs[0]);
    Walk kept;
    Walk reduced;
    split(inputs[0], kept, reduced);
    const Rows rows = rows_of(reduced);
    if (rows.steps[0] == 1)
      launch_along(stream, from, outputs[0], kept, rows);
    else
      launch_across(stream, from, outputs[0], rows_of(kept), rows);
  }

 private:
  static Compute compute_of(const Node& node, Device& device, const char* name) {
    const Reduction& reduction = reduction_of(node);
    return Compute(
        device, source_of(reduction),
        element_option(node.input(0).dtype) + width_option(device.facts) + options_of(reduction),
        name);
  }

  void split(const bp_tensor_t& tensor, Walk& kept, Walk& reduced) const {
    for (uint32_t axis = 0; axis < tensor.type.rank; ++axis) {
      Walk& walk = is_reduced(axes_, axis) ? reduced : kept;
      walk.sizes[walk.rank] = static_cast<cl_ulong>(tensor.type.shape[axis]);
      walk.strides[0][walk.rank++] = stride_of(tensor, axis);
    }
  }

  void launch_along(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                    const Walk& kept, const Rows& reduced) {
    const uint64_t count = kept.count();
    along_.launch(stream, few_over(count, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(cl_ulong{count});
      arguments.add(kept);
      arguments.add(reduced);
    });
  }

  void launch_across(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                     const Rows& kept, const Rows& reduced) {
    across_.launch(stream, few_over(kept, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(kept);
      arguments.add(reduced);
    });
  }

  const uint32_t axes_;
  Compute along_;
  Compute across_;
};

// Sizes that are not known may be any.
void check_output(const Node& node, uint32_t axes) {
  const bp_tensor_type_t& from = node.input(0);
  const bp_tensor_type_t& to = node.output(0);
  const bool keeps =
      reduction_of(node).kind == Kind::kPool || node.int_attribute("keepdims", 1) != 0;
  uint32_t next = 0;
  bool fits = true;
  for (uint32_t axis = 0; axis < from.rank; ++axis) {
    if (is_reduced(axes, axis) && !keeps) continue;
    const int64_t size = is_reduced(axes, axis) ? 1 : from.shape[axis];
    const int64_t wanted = next < to.rank ? to.shape[next] : 0;
    fits = fits && next < to.rank && (size == wanted || size < 0 || wanted < 0);
    ++next;
  }
  if (!fits || next != to.rank) refuse(node, "the output has not the sizes that are kept");
}

void check_reduce(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  const bp_dtype_t dtype = node.input(0).dtype;
  const Kind kind = reduction_of(node).kind;
  if (kind == Kind::kReal || kind == Kind::kPool) check_floating(node, facts, dtype);
  if (dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, dtype);
  check_output(node, reduced_axes(node));
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Reduce>(node, device);
}

}  // namespace

void add_reduce(OperatorTable& table) {
  for (const Reduction& reduction : kReductions)
    table.push_back({reduction.op, versions_of(reduction), check_reduce, create});
}

}  // namespace backplane::opencl
