// Operators that fold axes into one element: Reduce*, ArgMax, ArgMin.
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Shape reduced(const Shape& shape, const std::vector<bool>& folds, bool keeps) {
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!folds[axis]) result.push_back(shape[axis]);
    if (folds[axis] && keeps) result.push_back(1);
  }
  return result;
}

// No axes listed means all of them, unless `noop_with_empty_axes` says none.
Result<std::vector<bool>> folded(const Inference& node, const std::vector<int64_t>& axes) {
  const bool all = axes.empty() && node.integer("noop_with_empty_axes") == 0;
  return all ? std::vector<bool>(node.rank(0), true) : node.axes(axes, node.rank(0));
}

Status set_reduced(Inference& node, const std::vector<int64_t>& axes) {
  const Result<std::vector<bool>> folds = folded(node, axes);
  if (!folds.ok()) return folds.status();
  return node.set_shape(0, reduced(node.shape(0), *folds, node.integer("keepdims") != 0));
}

Status infer_reduce(Inference& node) { return set_reduced(node, node.integers("axes")); }

// Axes that are known only at launch: each axis may be folded or not.
Status infer_unknown_axes(Inference& node, int64_t count) {
  Shape shape = node.shape(0);
  for (int64_t& size : shape) size = size == 1 ? 1 : kUnknown;
  if (node.integer("keepdims") != 0) return node.set_shape(0, shape);
  const auto rank = static_cast<int64_t>(shape.size());
  if (is_unknown(count)) return node.values(1).status();  // NOT_READY
  if (count > rank) return invalid_argument("more axes than the input has");
  return node.set_shape(0, Shape(static_cast<size_t>(rank - count), kUnknown));
}

Status infer_reduce_sum(Inference& node) {
  if (!node.has_input(1)) return set_reduced(node, {});
  const Result<int64_t> count = node.length(1);
  if (!count.ok()) return count.status();
  if (*count == 0) return set_reduced(node, {});
  if (!node.is_constant(1)) return infer_unknown_axes(node, *count);
  const Result<std::vector<int64_t>> axes = node.values(1);
  return axes.ok() ? set_reduced(node, *axes) : axes.status();
}

Status upgrade_reduce_sum(Rewrite& rewrite) {
  rewrite.to_input("axes", 1);
  return {};
}

Status infer_arg(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  std::vector<bool> folds(node.rank(0));
  folds[*axis] = true;
  return node.set_shape(0, reduced(node.shape(0), folds, node.integer("keepdims") != 0));
}

void add_reduce(Definitions& definitions, const char* op, std::vector<uint32_t> versions,
                Dtypes types) {
  definitions.add(op, std::move(versions))
      .input("data", 'T', types)
      .output("reduced", 'T')
      .attribute("axes", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .flag("keepdims", true)
      .changed_in(18)  // axes became an input
      .infers(infer_reduce);
}

}  // namespace

void define_reduce(Definitions& definitions) {
  for (const char* op : {"ReduceMean", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
                         "ReduceLogSumExp", "ReduceSumSquare"})
    add_reduce(definitions, op, {1, 11, 13}, kFloat | kWide);
  for (const char* op : {"ReduceMax", "ReduceMin"})
    add_reduce(definitions, op, {1, 11, 12, 13},
               kFloat | kWide | set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8}));
  definitions.add("ReduceSum", {1, 11, 13})
      .input("data", 'T', kFloat | kWide)
      .input("axes", 0, kInt64, Presence::kOptional, from(13))
      .output("reduced", 'T')
      .attribute("axes", BP_ATTRIBUTE_INTS, Presence::kOptional, before(13))
      .flag("keepdims", true)
      .flag("noop_with_empty_axes", false, from(13))
      .form_since(13, upgrade_reduce_sum)
      .infers(infer_reduce_sum);
  for (const char* op : {"ArgMax", "ArgMin"})
    definitions.add(op, {1, 11, 12, 13})
        .input("data", 0, kNumber)
        .output("reduced", 0, kInt64)
        .attribute(int_attribute("axis", 0))
        .flag("keepdims", true)
        .flag("select_last_index", false, from(12))
        .infers(infer_arg);
}

}  // namespace backplane::ops
