// Operators that ended before kReferenceOpset and live on under another name: Scatter, Upsample.
#include <fmt/format.h>

#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Status upgrade_scatter(Rewrite& rewrite) {
  rewrite.node().op.op = "ScatterElements";
  return {};
}

ConstantPtr float_vector(const std::vector<float>& values) {
  const auto length = static_cast<int64_t>(values.size());
  return make_constant(tensor_type(BP_DTYPE_FLOAT32, {length}), values.data());
}

// How often each axis' elements come: an input since version 9.
void set_scales(Rewrite& rewrite) {
  Draft& node = rewrite.node();
  if (rewrite.version() >= 9) {
    node.inputs.insert(node.inputs.begin() + 1, "");
    return;
  }
  std::vector<float> scales;
  if (rewrite.version() >= 7)
    scales = rewrite.take("scales")->floats;
  else
    scales = {1, 1, rewrite.take("height_scale")->floats.front(),
              rewrite.take("width_scale")->floats.front()};
  rewrite.set_input(2, "scales", float_vector(scales));
}

// Nothing says how places are mapped; to copy each element so many times in a row, which is what
// "nearest" means there, these do for whole scales, and frameworks have them for "linear", too.
Status upgrade_upsample(Rewrite& rewrite) {
  const std::string linear = rewrite.version() >= 7 ? "linear" : "bilinear";
  const std::string mode = rewrite.take("mode")->strings.front();
  if (mode != "nearest" && mode != linear)
    return invalid_argument(fmt::format("mode \"{}\" is neither nearest nor {}", mode, linear));
  set_scales(rewrite);
  Operator& op = rewrite.node().op;
  op.op = "Resize";
  op.attributes = {string_attribute("coordinate_transformation_mode", "asymmetric"),
                   string_attribute("mode", mode == "nearest" ? "nearest" : "linear"),
                   string_attribute("nearest_mode", "floor")};
  return {};
}

}  // namespace

void define_replaced(Definitions& definitions) {
  constexpr Dtypes kMoved = kIeee | kInteger | kBool;
  definitions.add("Scatter", {9})
      .input("data", 'T', kMoved)
      .input("indices", 0, kIndex)
      .input("updates", 'T', kMoved)
      .output("output", 'T')
      .attribute(int_attribute("axis", 0))
      .replaced_in(11, upgrade_scatter);
  definitions.add("Upsample", {1, 7, 9})
      .input("X", 'T', kMoved)
      .input("scales", 0, set_of({BP_DTYPE_FLOAT32}), Presence::kRequired, from(9))
      .output("Y", 'T')
      .attribute("height_scale", BP_ATTRIBUTE_FLOAT, Presence::kRequired, before(7))
      .attribute("width_scale", BP_ATTRIBUTE_FLOAT, Presence::kRequired, before(7))
      .attribute("scales", BP_ATTRIBUTE_FLOATS, Presence::kRequired, Versions{7, 9})
      .attribute(string_attribute("mode", "nearest"))
      .replaced_in(10, upgrade_upsample);
}

}  // namespace backplane::ops
