#include "ops/mean.hpp"

#include <cmath>

namespace backplane::conformance {

Bounded mean_of(const std::vector<Bounded>& terms, int64_t count) {
  const Bounded weight = Bounded(1) / Bounded(static_cast<double>(count));
  Sum<Bounded> weighted;
  Sum<Bounded> plain;
  for (const Bounded& term : terms) {
    weighted.add_product(term, weight);
    plain.add(term);
  }
  const Bounded sum = plain.total();
  Bounded mean = weighted.total();
  mean.value = sum.value / static_cast<Exact>(count);
  if (!std::isinf(sum.error) && sum.freedom == 0) return mean;
  mean.error = sum.error;  // the sum alone may overflow
  return with_freedom(mean, sum.freedom);
}

Emulated mean_of(const std::vector<Emulated>& terms, int64_t count) {
  Sum<Emulated> sum;
  for (const Emulated& term : terms) sum.add(term);
  return sum.total() / Emulated(static_cast<double>(count));
}

}  // namespace backplane::conformance
