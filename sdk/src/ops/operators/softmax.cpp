// Softmax, LogSoftmax, Hardmax.
#include <fmt/format.h>

#include <algorithm>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Status infer_along_axis(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  return axis.ok() ? node.set_shape(0, node.shape(0)) : axis.status();
}

// Reshape's value that gives `type` its shape back; nullptr when more than one size is not known.
ConstantPtr shape_back(const bp_tensor_type_t& type) {
  Shape shape = shape_of(type);
  const auto unknown = std::count_if(shape.begin(), shape.end(), is_unknown);
  const bool has_zero = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (unknown > 1 || (unknown == 1 && has_zero)) return nullptr;
  std::replace_if(shape.begin(), shape.end(), is_unknown, int64_t{-1});
  return make_int64_constant(shape);
}

// Before version 13 all axes from `axis` on were taken as one.
Status upgrade_coerced(Rewrite& rewrite) {
  const bp_tensor_type_t* const type = rewrite.input_type(0);
  if (type == nullptr) return rewrite.needs_known("the axis depends on the input's rank");
  const int64_t said = rewrite.take_int("axis");
  const int64_t axis = said < 0 ? said + type->rank : said;
  if (axis < 0 || axis >= type->rank)
    return invalid_argument(fmt::format("axis {} is outside the axes of {}", said, to_text(*type)));
  rewrite.node().op.attributes.push_back(int_attribute("axis", -1));
  if (axis == type->rank - 1) return {};
  const ConstantPtr shape = shape_back(*type);
  if (shape == nullptr)
    return rewrite.needs_known(
        fmt::format("axis {} takes several axes of {} as one, which needs "
                    "their sizes",
                    said, to_text(*type)));
  rewrite.before(0, make_operator("Flatten", {int_attribute("axis", axis)}), "flat", nullptr);
  rewrite.after(0, make_operator("Reshape", {int_attribute("allowzero", 1)}), "rows", shape);
  return {};
}

}  // namespace

void define_softmax(Definitions& definitions) {
  for (const char* op : {"Softmax", "LogSoftmax", "Hardmax"})
    definitions.add(op, {1, 11, 13})
        .input("input", 'T', kFloat)
        .output("output", 'T')
        .attribute(int_attribute("axis", 1), before(13))
        .attribute(int_attribute("axis", -1), from(13))
        .form_since(13, upgrade_coerced)
        .infers(infer_along_axis);
}

}  // namespace backplane::ops
