// Elements are found by indices in another tensor: GatherElements, GatherND, ScatterElements,
// ScatterND, OneHot, TopK.
#include <fmt/format.h>

#include <algorithm>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

Status check_axis(const Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  if (node.rank(0) == node.rank(1)) return {};
  return invalid_argument(
      fmt::format("ranks {} of data and {} of indices differ", node.rank(0), node.rank(1)));
}

Status infer_gather_elements(Inference& node) {
  Status status = check_axis(node);
  return status.ok() ? node.set_shape(0, node.shape(1)) : status;
}

// What is written at the indices has to be as large as the indices say.
Status check_updates(const Inference& node, const Shape& wanted) {
  const Shape updates = node.shape(2);
  bool fits = updates.size() == wanted.size();
  for (size_t axis = 0; fits && axis < wanted.size(); ++axis)
    fits = same_size(updates[axis], wanted[axis]).ok();
  if (fits) return {};
  return invalid_argument(fmt::format("updates {}, wanted {}", to_text(updates), to_text(wanted)));
}

Status check_reduction(const Inference& node) {
  const std::string reduction = node.text("reduction");
  if (reduction == "none" || reduction == "add" || reduction == "mul") return {};
  return invalid_argument(fmt::format("reduction \"{}\" is none of none, add, mul", reduction));
}

Status infer_scatter_elements(Inference& node) {
  for (const Status& status :
       {check_axis(node), check_updates(node, node.shape(1)), check_reduction(node)})
    if (!status.ok()) return status;
  return node.set_shape(0, node.shape(0));
}

// How many axes of the data one row of the indices goes through, after `batches` common axes.
Result<size_t> index_depth(const Inference& node, int64_t batches) {
  const auto rank = static_cast<int64_t>(node.rank(0));
  const auto index_rank = static_cast<int64_t>(node.rank(1));
  if (rank < 1 || index_rank < 1) return invalid_argument("a scalar has no axes");
  if (batches < 0 || batches >= std::min(rank, index_rank))
    return invalid_argument(fmt::format("batch_dims {} with {} and {}", batches,
                                        to_text(node.input(0)), to_text(node.input(1))));
  const int64_t depth = node.shape(1).back();
  if (is_unknown(depth))
    return Status(BP_STATUS_NOT_READY, "the output's rank hangs on the last size of the indices");
  if (depth < 1 || depth > rank - batches)
    return invalid_argument(fmt::format("indices go {} axes deep into {} with batch_dims {}", depth,
                                        to_text(node.input(0)), batches));
  return static_cast<size_t>(depth);
}

// The axes of the indices but the last, then those of the data that are not gone through.
Shape indexed(const Shape& data, const Shape& indices, size_t from) {
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(from), data.end());
  return shape;
}

Status infer_gather_nd(Inference& node) {
  const int64_t batches = node.integer("batch_dims");
  const Result<size_t> depth = index_depth(node, batches);
  if (!depth.ok()) return depth.status();
  const Shape data = node.shape(0);
  const Shape indices = node.shape(1);
  Shape shape = indexed(data, indices, static_cast<size_t>(batches) + *depth);
  for (size_t axis = 0; axis < static_cast<size_t>(batches); ++axis) {
    const Result<int64_t> size = same_size(indices[axis], data[axis]);
    if (!size.ok()) return size.status().in(fmt::format("batch axis {}", axis));
    shape[axis] = *size;
  }
  return node.set_shape(0, shape);
}

Status infer_scatter_nd(Inference& node) {
  const Result<size_t> depth = index_depth(node, 0);
  if (!depth.ok()) return depth.status();
  for (const Status& status :
       {check_updates(node, indexed(node.shape(0), node.shape(1), *depth)), check_reduction(node)})
    if (!status.ok()) return status;
  return node.set_shape(0, node.shape(0));
}

// The one number in an input, of any number type; kUnknown when it is no constant.
Result<int64_t> count_in(const Inference& node, uint32_t index) {
  Status status = node.check_scalar(index);
  if (!status.ok()) return status;
  if (!node.is_constant(index)) return kUnknown;
  constexpr double kMost = 9007199254740992.0;  // 2^53: every integer below is a double
  const double number = first_number(*node.constant(index));
  if (number >= 0 && number < kMost) return static_cast<int64_t>(number);
  return invalid_argument(fmt::format("input {} is {}, no count", index, number));
}

Status infer_one_hot(Inference& node) {
  const Result<int64_t> depth = count_in(node, 1);
  if (!depth.ok()) return depth.status();
  const Result<int64_t> pair = node.length(2);
  if (!pair.ok()) return pair.status();
  Status is_pair = same_size(*pair, 2).status().in("the values off and on");
  if (!is_pair.ok()) return is_pair;
  Shape shape = node.shape(0);
  const Result<size_t> axis = node.axis(node.integer("axis"), shape.size() + 1);
  if (!axis.ok()) return axis.status();
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*axis), *depth);
  return node.set_shape(0, shape);
}

Status infer_top_k(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  const Result<int64_t> count = count_in(node, 1);
  if (!count.ok()) return count.status();
  Shape shape = node.shape(0);
  if (!is_unknown(shape[*axis]) && *count > shape[*axis])
    return invalid_argument(
        fmt::format("{} of the {} elements along axis {}", *count, shape[*axis], *axis));
  shape[*axis] = *count;
  Status status = node.set_shape(0, shape);
  return status.ok() ? node.set_shape(1, shape) : status;
}

Status upgrade_top_k(Rewrite& rewrite) {
  rewrite.set_input(1, "k", make_int64_constant({rewrite.take_int("k")}));
  return {};
}

void add_scatter(Definitions& definitions) {
  definitions.add("ScatterElements", {11, 13, 16})
      .input("data", 'T', kAny)
      .input("indices", 0, kIndex)
      .input("updates", 'T', kAny)
      .output("output", 'T')
      .attribute(int_attribute("axis", 0))
      .attribute(string_attribute("reduction", "none"), from(16))
      .changed_in(18)
      .infers(infer_scatter_elements);
  definitions.add("ScatterND", {11, 13, 16})
      .input("data", 'T', kAny)
      .input("indices", 0, kInt64)
      .input("updates", 'T', kAny)
      .output("output", 'T')
      .attribute(string_attribute("reduction", "none"), from(16))
      .changed_in(18)
      .infers(infer_scatter_nd);
}

void add_gather(Definitions& definitions) {
  definitions.add("GatherElements", {11, 13})
      .input("data", 'T', kAny)
      .input("indices", 0, kIndex)
      .output("output", 'T')
      .attribute(int_attribute("axis", 0))
      .infers(infer_gather_elements);
  definitions.add("GatherND", {11, 12, 13})
      .input("data", 'T', kAny)
      .input("indices", 0, kInt64)
      .output("output", 'T')
      .attribute(int_attribute("batch_dims", 0), from(12))
      .infers(infer_gather_nd);
}

}  // namespace

void define_indexing(Definitions& definitions) {
  add_gather(definitions);
  add_scatter(definitions);
  constexpr Dtypes kCount = kIeee | kInteger;
  definitions.add("OneHot", {9, 11})
      .input("indices", 0, kCount)
      .input("depth", 0, kCount)
      .input("values", 'T', kIeee | kInteger | kBool)
      .output("output", 'T')
      .attribute(int_attribute("axis", -1))
      .infers(infer_one_hot);
  definitions.add("TopK", {1, 10, 11})
      .input("X", 'T', kCount)
      .input("K", 0, kInt64, Presence::kRequired, from(10))
      .output("Values", 'T')
      .output("Indices", 0, kInt64)
      .attribute(int_attribute("axis", -1))
      .flag("largest", true, from(11))
      .flag("sorted", true, from(11))
      .attribute("k", BP_ATTRIBUTE_INT, Presence::kRequired, before(10))
      .form_since(10, upgrade_top_k)
      .widened_in(24)
      .infers(infer_top_k);
}

}  // namespace backplane::ops
