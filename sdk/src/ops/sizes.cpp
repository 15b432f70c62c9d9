#include "ops/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backplane::ops {

Checked operator+(Checked a, Checked b) {
  Checked result(0);
  const bool overflow = __builtin_add_overflow(a.value, b.value, &result.value);
  result.overflowed = overflow || a.overflowed || b.overflowed;
  return result;
}

Checked operator-(Checked a, Checked b) {
  Checked result(0);
  const bool overflow = __builtin_sub_overflow(a.value, b.value, &result.value);
  result.overflowed = overflow || a.overflowed || b.overflowed;
  return result;
}

Checked operator*(Checked a, Checked b) {
  Checked result(0);
  const bool overflow = __builtin_mul_overflow(a.value, b.value, &result.value);
  result.overflowed = overflow || a.overflowed || b.overflowed;
  return result;
}

std::string list_text(const std::vector<int64_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

Result<int64_t> size_from(Checked number) {
  if (number.overflowed) return invalid_argument("a size is beyond 2^63 - 1");
  return number.value;
}

Result<int64_t> product_of(const Shape& sizes) {
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) return int64_t{0};
  Checked known(1);
  int64_t unknown = 0;
  for (const int64_t size : sizes) {
    if (!is_unknown(size)) known = known * size;
    if (is_unknown(size)) unknown = unknown == 0 ? size : kUnknown;
  }
  if (known.overflowed) return size_from(known);
  if (unknown == 0) return known.value;
  return known.value == 1 ? unknown : kUnknown;
}

Result<int64_t> sum_of(const Shape& sizes) {
  Checked known(0);
  int64_t unknown = 0;
  for (const int64_t size : sizes) {
    if (!is_unknown(size)) known = known + size;
    if (is_unknown(size)) unknown = unknown == 0 ? size : kUnknown;
  }
  if (known.overflowed) return size_from(known);
  if (unknown == 0) return known.value;
  return known.value == 0 ? unknown : kUnknown;
}

Result<int64_t> same_size(int64_t a, int64_t b) {
  if (!is_unknown(a) && !is_unknown(b) && a != b)
    return invalid_argument(fmt::format("sizes {} and {} differ", a, b));
  if (!is_unknown(a)) return a;
  return is_unknown(b) && a != kUnknown ? a : b;
}

}  // namespace backplane::ops
