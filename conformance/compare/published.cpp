#include "compare/published.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

struct Worst {
  uint64_t wrong_count = 0;
  uint64_t index = 0;
  double excess = -1;  // how many times beyond the tolerance
};

uint64_t count_of(const bp_tensor_type_t& type) {
  uint64_t count = 1;
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    count *= static_cast<uint64_t>(std::max<int64_t>(type.shape[axis], 0));
  return count;
}

bool same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  return a.dtype == b.dtype && a.rank == b.rank && std::equal(a.shape, a.shape + a.rank, b.shape);
}

// The distance from a bfloat16 to its neighbour: 8 significant bits, exponents from -126.
double bfloat16_spacing(double value) {
  return std::ldexp(1.0, std::max(value == 0 ? -126 : std::ilogb(value), -126) - 7);
}

double tolerance(bp_dtype_t dtype, double wanted) {
  const double published = kPublishedAbsolute + kPublishedRelative * std::fabs(wanted);
  return dtype == BP_DTYPE_BFLOAT16 ? std::max(published, bfloat16_spacing(wanted)) : published;
}

// 0 when `came` is right; else how far beyond the tolerance it is, infinite for a wrong kind.
double excess_of(bp_dtype_t dtype, double wanted, double came) {
  if (std::isnan(wanted)) return std::isnan(came) ? 0 : INFINITY;
  if (std::isinf(wanted)) return came == wanted ? 0 : INFINITY;
  const double allowed = tolerance(dtype, wanted);
  if (came >= wanted - allowed && came <= wanted + allowed) return 0;
  const double distance = std::fabs(came - wanted) / allowed;
  return std::isnan(distance) ? INFINITY : distance;
}

void note(Worst* worst, uint64_t index, double excess) {
  if (excess == 0) return;
  ++worst->wrong_count;
  if (excess <= worst->excess) return;
  worst->excess = excess;
  worst->index = index;
}

Worst worst_of(bp_dtype_t dtype, const char* wanted, const char* came, uint64_t count) {
  Worst worst;
  const uint64_t size = element_bytes(dtype);
  for (uint64_t i = 0; i < count; ++i) {
    if (is_float_type(dtype))
      note(&worst, i,
           excess_of(dtype, float_element(dtype, wanted, i), float_element(dtype, came, i)));
    else
      note(&worst, i, std::memcmp(wanted + i * size, came + i * size, size) == 0 ? 0 : INFINITY);
  }
  return worst;
}

std::string interval_text(bp_dtype_t dtype, const char* wanted, uint64_t index) {
  if (!is_float_type(dtype)) return element_text(dtype, wanted, index) + " was wanted";
  const double middle = float_element(dtype, wanted, index);
  if (!std::isfinite(middle)) return element_text(dtype, wanted, index) + " was wanted";
  char text[160];
  std::snprintf(text, sizeof text, "%.9g was wanted, %.9g to %.9g is accepted", middle,
                middle - tolerance(dtype, middle), middle + tolerance(dtype, middle));
  return text;
}

}  // namespace

std::string compare_with_published(const bp_tensor_type_t& wanted_type, const std::string& wanted,
                                   const bp_tensor_type_t& came_type, const std::string& came) {
  if (!same_type(wanted_type, came_type))
    return type_text(came_type) + " came, " + type_text(wanted_type) + " was wanted";
  const uint64_t size = element_bytes(wanted_type.dtype);
  if (size == 0) return type_text(wanted_type) + " cannot be compared";
  const uint64_t count = count_of(wanted_type);
  if (wanted.size() != count * size || came.size() != count * size)
    return std::to_string(came.size()) + " bytes came for " + type_text(wanted_type);
  const Worst worst = worst_of(wanted_type.dtype, wanted.data(), came.data(), count);
  if (worst.wrong_count == 0) return "";
  return std::to_string(worst.wrong_count) + " of " + std::to_string(count) +
         " elements are wrong; worst is " + place_text(wanted_type, worst.index) + ": " +
         element_text(wanted_type.dtype, came.data(), worst.index) + ", " +
         interval_text(wanted_type.dtype, wanted.data(), worst.index);
}

}  // namespace backplane::conformance
