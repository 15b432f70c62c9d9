// RoiAlign: regions of images, each as a grid of so many elements.
#include <fmt/format.h>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

enum RoiInput : uint32_t { kImages, kRegions, kWhich };

// Before version 16 nothing moved coordinates by half an element.
Status upgrade_roi_align(Rewrite& rewrite) {
  rewrite.node().op.attributes.push_back(
      string_attribute("coordinate_transformation_mode", "output_half_pixel"));
  return {};
}

Status check_words(const Inference& node) {
  const std::string mode = node.text("mode");
  if (mode != "avg" && mode != "max")
    return invalid_argument(fmt::format("mode \"{}\" is neither avg nor max", mode));
  const std::string coordinates = node.text("coordinate_transformation_mode");
  if (coordinates == "half_pixel" || coordinates == "output_half_pixel") return {};
  return invalid_argument(
      fmt::format("coordinate_transformation_mode \"{}\" is neither half_pixel nor "
                  "output_half_pixel",
                  coordinates));
}

Status check_numbers(const Inference& node) {
  for (const char* size : {"output_height", "output_width"})
    if (node.integer(size) < 1)
      return invalid_argument(
          fmt::format("{} is {}, at least 1 is possible", size, node.integer(size)));
  if (node.integer("sampling_ratio") >= 0) return {};
  return invalid_argument(fmt::format("sampling_ratio is {}", node.integer("sampling_ratio")));
}

Result<int64_t> region_count(const Inference& node) {
  const Shape regions = node.shape(kRegions);
  if (regions.size() != 2 || (!is_unknown(regions[1]) && regions[1] != 4))
    return invalid_argument("no corners of regions: " + to_text(node.input(kRegions)));
  if (node.rank(kWhich) != 1)
    return invalid_argument("batch_indices must be a vector, found " + to_text(node.input(kWhich)));
  const Result<int64_t> count = same_size(regions[0], node.shape(kWhich)[0]);
  return count.ok() ? count : Result<int64_t>(count.status().in("rois and batch_indices"));
}

Status infer_roi_align(Inference& node) {
  Status status = check_words(node);
  if (status.ok()) status = check_numbers(node);
  if (!status.ok()) return status;
  if (node.rank(kImages) != 4)
    return invalid_argument("no batch of images: " + to_text(node.input(kImages)));
  const Result<int64_t> count = region_count(node);
  if (!count.ok()) return count.status();
  return node.set_shape(0, {*count, node.shape(kImages)[1], node.integer("output_height"),
                            node.integer("output_width")});
}

}  // namespace

void define_roi_align(Definitions& definitions) {
  definitions.add("RoiAlign", {10, 16})
      .input("X", 'T', kIeee)
      .input("rois", 'T', kIeee)
      .input("batch_indices", 0, kInt64)
      .output("Y", 'T')
      .attribute(string_attribute("coordinate_transformation_mode", "half_pixel"), from(16))
      .attribute(string_attribute("mode", "avg"))
      .attribute(int_attribute("output_height", 1))
      .attribute(int_attribute("output_width", 1))
      .attribute(int_attribute("sampling_ratio", 0))
      .attribute(float_attribute("spatial_scale", 1))
      .form_since(16, upgrade_roi_align)
      .widened_in(22)
      .infers(infer_roi_align);
}

}  // namespace backplane::ops
