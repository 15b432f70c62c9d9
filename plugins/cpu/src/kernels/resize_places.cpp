#include "resize_places.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace backplane::cpu {

namespace {

template <class Value>
struct Word {
  const char* word;
  Value value;
};

constexpr Word<ResizeMode> kModes[] = {{"nearest", ResizeMode::kNearest},
                                       {"linear", ResizeMode::kLinear},
                                       {"cubic", ResizeMode::kCubic}};
constexpr Word<Coordinates> kCoordinates[] = {
    {"half_pixel", Coordinates::kHalfPixel},
    {"pytorch_half_pixel", Coordinates::kPytorchHalfPixel},
    {"tf_half_pixel_for_nn", Coordinates::kTfHalfPixelForNn},
    {"align_corners", Coordinates::kAlignCorners},
    {"asymmetric", Coordinates::kAsymmetric},
    {"tf_crop_and_resize", Coordinates::kTfCropAndResize}};
constexpr Word<Nearest> kNearest[] = {{"round_prefer_floor", Nearest::kRoundPreferFloor},
                                      {"round_prefer_ceil", Nearest::kRoundPreferCeil},
                                      {"floor", Nearest::kFloor},
                                      {"ceil", Nearest::kCeil}};

template <class Value, size_t kCount>
Value read_word(const Node& node, const char* attribute, const Word<Value> (&words)[kCount]) {
  const std::string_view said = node.string_attribute(attribute, words[0].word);
  for (const Word<Value>& known : words)
    if (said == known.word) return known.value;
  refuse(node,
         std::string(attribute) + " " + std::string(said) + " is not one of the definition's");
}

// Where an element of the resized axis lies on the axis. The published tests take the length that
// corners are aligned by as from * scale, without rounding; for whole scales and given sizes that
// is the size.
double position_of(const ResizeNode& node, const ResizeAxis& axis, int64_t element) {
  const auto x = static_cast<double>(element);
  const auto last = static_cast<double>(axis.from - 1);
  switch (node.coordinates) {
    case Coordinates::kAlignCorners:
      return axis.length == 1 ? 0 : x * last / (axis.length - 1);
    case Coordinates::kAsymmetric:
      return x / axis.scale;
    case Coordinates::kTfHalfPixelForNn:
      return (x + 0.5) / axis.scale;
    case Coordinates::kPytorchHalfPixel:
      return axis.to > 1 ? (x + 0.5) / axis.scale - 0.5 : 0;
    case Coordinates::kTfCropAndResize:
      return axis.length == 1
                 ? 0.5 * (axis.start + axis.end) * last
                 : axis.start * last + x * (axis.end - axis.start) * last / (axis.length - 1);
    default:
      return (x + 0.5) / axis.scale - 0.5;
  }
}

double nearest_of(Nearest nearest, double position) {
  switch (nearest) {
    case Nearest::kRoundPreferCeil:
      return std::floor(position + 0.5);
    case Nearest::kFloor:
      return std::floor(position);
    case Nearest::kCeil:
      return std::ceil(position);
    default:
      return std::ceil(position - 0.5);
  }
}

// Of the four elements around, by the distance of each: Keys' kernel.
double cubic_weight(double a, double distance) {
  const double d = std::fabs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

double weight_of(const ResizeNode& node, double distance) {
  return node.mode == ResizeMode::kCubic ? cubic_weight(node.cubic_a, distance)
                                         : 1 - std::fabs(distance);
}

void normalize(ResizePlace& place) {
  double sum = 0;
  for (int32_t i = 0; i < place.count; ++i) sum += place.weights[i];
  for (int32_t i = 0; i < place.count; ++i) place.weights[i] /= sum;
}

ResizePlace interpolated(const ResizeNode& node, const ResizeAxis& axis, double position) {
  const int32_t reach = node.mode == ResizeMode::kCubic ? 2 : 1;
  const double below = std::floor(position);
  ResizePlace place = {};
  for (int32_t i = 1 - reach; i <= reach; ++i) {
    const double weight = weight_of(node, position - (below + i));
    const double at = below + i;
    const auto last = static_cast<double>(axis.from - 1);
    if (weight == 0 || (node.excludes_outside && (at < 0 || at > last))) continue;
    place.indices[place.count] = static_cast<int64_t>(std::clamp(at, 0.0, last));
    place.weights[place.count++] = weight;
  }
  if (node.excludes_outside) normalize(place);
  return place;
}

}  // namespace

ResizeNode read_resize(const Node& node) {
  ResizeNode read;
  read.mode = read_word(node, "mode", kModes);
  read.coordinates = read_word(node, "coordinate_transformation_mode", kCoordinates);
  read.nearest = read_word(node, "nearest_mode", kNearest);
  read.cubic_a = static_cast<double>(node.float_attribute("cubic_coeff_a", -0.75F));
  read.extrapolation = node.float_attribute("extrapolation_value", 0);
  read.excludes_outside = node.int_attribute("exclude_outside", 0) != 0;
  return read;
}

ResizePlace resize_place(const ResizeNode& node, const ResizeAxis& axis, int64_t element) {
  const double position = position_of(node, axis, element);
  const auto last = static_cast<double>(axis.from - 1);
  if (node.coordinates == Coordinates::kTfCropAndResize && !(position >= 0 && position <= last))
    return {ResizePlace::kOutside, {}, {}};
  if (node.mode != ResizeMode::kNearest) return interpolated(node, axis, position);
  const double nearest = std::clamp(nearest_of(node.nearest, position), 0.0, last);
  return {1, {static_cast<int64_t>(nearest)}, {1}};
}

}  // namespace backplane::cpu
