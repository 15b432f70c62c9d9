#include "compare/sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "compare/element.hpp"
#include "compare/format.hpp"

namespace backplane::conformance {
namespace {

using Kind = Distribution::Kind;

// -ln of the chance that an honest sample leaves one bound; a tensor is held against some forty.
constexpr double kLog = 33;

// What a sum of independent terms stays within: their variances add up to `variance`, and `tail` is
// a third of what bounded ones are bounded by (Bernstein), or what their law says.
double bound(double variance, double tail) { return std::sqrt(2 * variance * kLog) + tail * kLog; }

std::string says(const char* format, double a, double b) {
  char text[200];
  std::snprintf(text, sizeof text, format, a, b);
  return text;
}

// A continuous law, and how finely a type tells its numbers apart.
struct Law {
  double mean, variance;
  double width;          // 1 / its highest density
  double grain;          // numbers less than this apart may be one
  double fourth, tail4;  // of the sum of squares: variance a term, and tail
  double tail_product;   // of the sum of products of neighbours
  bool is_uniform;
  double low, high;  // the range, as the type has it

  double share() const { return grain / width; }  // chance that two are the same, at most
  double below(double x) const {
    if (is_uniform) return std::clamp((x - low) / (high - low), 0.0, 1.0);
    return 0.5 * std::erfc((mean - x) / std::sqrt(2 * variance));
  }
};

double spacing_at(bp_dtype_t dtype, double x) {
  return static_cast<double>(spacing(format_of(dtype), static_cast<Exact>(std::fabs(x))));
}

// 65536 different numbers are asked for at most, of a narrow type a quarter of those that it has
// where they are widest apart.
double grain_of(bp_dtype_t dtype, double width, double largest) {
  return std::max(width * 0x1p-16, 4 * spacing_at(dtype, largest * (1 - 0x1p-20)));
}

Law uniform_law(bp_dtype_t dtype, const Distribution& from) {
  const double width = from.high - from.low;
  const double variance = width * width / 12;
  const FloatFormat format = format_of(dtype);
  return {(from.low + from.high) / 2,
          variance,
          width,
          grain_of(dtype, width, std::max(std::fabs(from.low), std::fabs(from.high))),
          width * width * width * width / 180,
          width * width / 18,
          width * width / 12,
          true,
          static_cast<double>(rounded(format, static_cast<Exact>(from.low), Rounding::kDown)),
          static_cast<double>(rounded(format, static_cast<Exact>(from.high), Rounding::kUp))};
}

Law normal_law(bp_dtype_t dtype, const Distribution& from) {
  constexpr double kMostDeviations = 9.5;
  const double variance = from.scale * from.scale;
  const double width = 2.5066282746310002 * from.scale;
  const double grain = grain_of(dtype, width, std::fabs(from.mean) + 3 * from.scale);
  return {from.mean,
          variance,
          width,
          grain,
          2 * variance * variance,
          2 * variance,
          variance,
          false,
          from.mean - kMostDeviations * from.scale - grain,
          from.mean + kMostDeviations * from.scale + grain};
}

std::vector<double> numbers_of(const bp_tensor_type_t& type, const std::string& bytes) {
  std::vector<double> all(bytes.size() / element_bytes(type.dtype));
  for (uint64_t i = 0; i < all.size(); ++i)
    all[i] = is_float_type(type.dtype)
                 ? float_element(type.dtype, bytes.data(), i)
                 : static_cast<double>(exact_element(type.dtype, bytes.data(), i));
  return all;
}

// Near ones, powers of two, and from each axis' index to the next: where repetitions hide.
std::set<uint64_t> lags_of(const bp_tensor_type_t& type, uint64_t count) {
  std::set<uint64_t> lags = {1, 2, 3, 4, 5, 6, 7, 8};
  for (uint64_t lag = 16; lag < count; lag *= 2) lags.insert(lag);
  uint64_t step = 1;
  for (uint16_t axis = type.rank; axis-- > 0;) {
    step *= static_cast<uint64_t>(type.shape[axis]);
    lags.insert(step);
  }
  lags.erase(lags.lower_bound(count), lags.end());
  return lags;
}

// ---- What is looked for, cheapest first; each says "" or what is wrong ----

std::string judge_range(const bp_tensor_type_t& type, const Law& law,
                        const std::vector<double>& x) {
  for (uint64_t i = 0; i < x.size(); ++i)
    if (!(law.low <= x[i] && x[i] <= law.high))
      return place_text(type, i) + says(" is %.9g, outside ", x[i], 0) +
             says("%.9g to %.9g", law.low, law.high);
  return "";
}

std::string judge_runs(const Law& law, const std::vector<double>& x) {
  const auto count = static_cast<double>(x.size());
  const auto most =
      static_cast<uint64_t>(std::ceil((kLog + std::log(count)) / -std::log(law.share())));
  uint64_t run = 0;
  for (uint64_t i = 1; i < x.size(); ++i) {
    run = x[i] == x[i - 1] ? run + 1 : 0;
    if (run > most)
      return says("%g elements in a row are the same, from element %g on",
                  static_cast<double>(run + 1), static_cast<double>(i - run));
  }
  return "";
}

std::string judge_moments(const Law& law, const std::vector<double>& x) {
  const auto count = static_cast<double>(x.size());
  double sum = 0;
  double squares = 0;
  for (double each : x) {
    sum += each - law.mean;
    squares += (each - law.mean) * (each - law.mean) - law.variance;
  }
  const double deviation = std::sqrt(law.variance);
  const double mean_tail = law.is_uniform ? law.width / 6 : 0;
  if (!(std::fabs(sum) <= bound(count * law.variance, mean_tail) + count * law.grain / 2))
    return says("the mean is %.6g, not %.6g", law.mean + sum / count, law.mean);
  if (!(std::fabs(squares) <= bound(count * law.fourth, law.tail4) + count * law.grain * deviation))
    return says("the variance is %.6g, not %.6g", law.variance + squares / count, law.variance);
  return "";
}

// The ends of a range are reached, the tails of a normal law are there.
std::string judge_ends(const Law& law, const std::vector<double>& sorted) {
  const auto count = static_cast<double>(sorted.size());
  if (law.is_uniform) {
    const double gap = law.width * kLog / count + law.grain;
    if (!(sorted.front() <= law.low + gap && sorted.back() >= law.high - gap))
      return says("the range is not used: nothing but %.9g to ", sorted.front(), 0) +
             says("%.9g came", sorted.back(), 0);
    return "";
  }
  for (double deviations : {2.0, 3.0, 3.5}) {
    const double away = deviations * std::sqrt(law.variance) + law.grain;
    const auto lower = std::lower_bound(sorted.begin(), sorted.end(), law.mean - away);
    const auto upper = std::upper_bound(sorted.begin(), sorted.end(), law.mean + away);
    const auto found = static_cast<double>((lower - sorted.begin()) + (sorted.end() - upper));
    const double wanted = count * 2 * law.below(law.mean - away);
    if (!(found >= wanted - bound(wanted, 0) - 1))
      return says("%g elements are in the tails, not about %.4g", found, wanted);
  }
  return "";
}

// Kolmogorov and Smirnov's distance; the bound is Massart's, which holds for every size.
std::string judge_distance(const Law& law, const std::vector<double>& sorted) {
  const auto count = static_cast<double>(sorted.size());
  double distance = 0;
  for (uint64_t i = 0; i < sorted.size(); ++i) {
    const double below = law.below(sorted[i]);
    const double before = static_cast<double>(i) / count;
    distance = std::max({distance, below - before, before + 1 / count - below});
  }
  const double most = std::sqrt(kLog / (2 * count)) + law.share();
  if (distance <= most) return "";
  return says("they are distributed otherwise: %.4g away, at most %.4g is accepted", distance,
              most);
}

std::string judge_repeats(const Law& law, const std::vector<double>& sorted) {
  const auto count = static_cast<double>(sorted.size());
  double pairs = 0;
  double run = 0;
  for (uint64_t i = 1; i < sorted.size(); ++i) {
    run = sorted[i] == sorted[i - 1] ? run + 1 : 0;
    pairs += run;
  }
  const double expected = count * count / 2 * law.share();
  const double most = expected + 8 * std::sqrt(expected) + 40;
  if (pairs <= most) return "";
  return says("too few different numbers: %g pairs are the same, at most %.4g are accepted", pairs,
              most);
}

// `x` less its mean. Where all are independent, neighbours' products add up to little.
std::string judge_lags(const bp_tensor_type_t& type, const std::vector<double>& x,
                       const std::vector<double>& variances, double tail) {
  for (uint64_t lag : lags_of(type, x.size())) {
    double sum = 0;
    double variance = 0;
    double typical = 0;
    for (uint64_t i = lag; i < x.size(); ++i) {
      sum += x[i] * x[i - lag];
      variance += variances[i] * variances[i - lag];
      typical += std::sqrt(variances[i] * variances[i - lag]);
    }
    // The variance of a product's sum varies a little itself.
    if (!(std::fabs(sum) <= bound(1.2 * variance, tail)))
      return says("elements %g apart hang together: a correlation of %.3g",
                  static_cast<double>(lag), sum / typical);
  }
  return "";
}

std::string judge_continuous(const bp_tensor_type_t& type, const Law& law, std::vector<double> x) {
  std::string wrong = judge_range(type, law, x);
  // Where the type has too few numbers in the range, that is all.
  if (!wrong.empty() || x.size() < 2 || law.share() > 0x1p-5) return wrong;
  wrong = judge_runs(law, x);
  if (wrong.empty()) wrong = judge_moments(law, x);
  if (wrong.empty()) {
    std::vector<double> centred = x;
    for (double& each : centred) each -= law.mean;
    wrong =
        judge_lags(type, centred, std::vector<double>(x.size(), law.variance), law.tail_product);
  }
  std::sort(x.begin(), x.end());
  if (wrong.empty()) wrong = judge_ends(law, x);
  if (wrong.empty()) wrong = judge_distance(law, x);
  if (wrong.empty()) wrong = judge_repeats(law, x);
  return wrong;
}

bool is_chance(double p) { return p >= 0 && p <= 1; }

// The sum of what came less what was likely, each with `weights` of its own.
std::string judge_counts(const std::vector<double>& rest, const std::vector<double>& variances,
                         const std::vector<double>& weights, const char* text) {
  double sum = 0;
  double variance = 0;
  for (uint64_t i = 0; i < rest.size(); ++i) {
    sum += weights[i] * rest[i];
    variance += weights[i] * weights[i] * variances[i];
  }
  if (std::fabs(sum) <= bound(variance, 1.0 / 3)) return "";
  return says(text, sum, std::sqrt(variance));
}

std::string judge_bernoulli(const bp_tensor_type_t& type, const std::vector<double>& chances,
                            const std::vector<double>& x) {
  std::vector<double> rest(x.size());
  std::vector<double> variances(x.size());
  std::vector<double> weights(x.size());
  for (uint64_t i = 0; i < x.size(); ++i) {
    const double p = chances[i];
    if (x[i] != 0 && x[i] != 1) return place_text(type, i) + says(" is %.9g, not 0 or 1", x[i], 0);
    if (!is_chance(p)) continue;
    if ((p == 0 && x[i] != 0) || (p == 1 && x[i] != 1))
      return place_text(type, i) + says(" is %g, at a chance of %g", x[i], p);
    rest[i] = x[i] - p;
    variances[i] = p * (1 - p);
    weights[i] = 2 * p - 1;
  }
  std::string wrong =
      judge_counts(rest, variances, std::vector<double>(x.size(), 1),
                   "there are %.6g too many ones; the deviation of their number is %.4g");
  if (wrong.empty())
    wrong = judge_counts(rest, variances, weights,
                         "ones do not come where they are likely: %.6g; the deviation is %.4g");
  return wrong.empty() ? judge_lags(type, rest, variances, 1.0 / 3) : wrong;
}

Law law_of(bp_dtype_t dtype, const Distribution& from) {
  return from.kind == Kind::kUniform ? uniform_law(dtype, from) : normal_law(dtype, from);
}

}  // namespace

std::string judge_sample(const bp_tensor_type_t& type, const Distribution& from,
                         const std::string& came) {
  const std::vector<double> x = numbers_of(type, came);
  if (from.kind == Kind::kBernoulli) return judge_bernoulli(type, from.chances, x);
  return judge_continuous(type, law_of(type.dtype, from), x);
}

bool never_repeats(const bp_tensor_type_t& type, const Distribution& from) {
  double log = 0;  // of the chance that all are the same
  if (from.kind == Kind::kBernoulli)
    for (double p : from.chances) log += is_chance(p) ? std::log(p * p + (1 - p) * (1 - p)) : 0;
  else {
    double count = 1;
    for (uint16_t axis = 0; axis < type.rank; ++axis)
      count *= static_cast<double>(type.shape[axis]);
    log = count * std::min(0.0, std::log(law_of(type.dtype, from).share()));
  }
  return log < -kLog;
}

}  // namespace backplane::conformance
