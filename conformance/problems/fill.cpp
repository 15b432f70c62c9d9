#include "problems/fill.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compare/element.hpp"
#include "compare/format.hpp"
#include "problems/patterns.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

// The random words of one element.
class Draw {
 public:
  Draw(uint64_t key, uint64_t index) : key_(mix(key + index)) {}
  uint64_t word() { return mix(key_ + ++count_); }
  uint64_t below(uint64_t bound) { return word() % bound; }
  int64_t between(int64_t lowest, int64_t highest) {
    return lowest + static_cast<int64_t>(below(static_cast<uint64_t>(highest - lowest) + 1));
  }
  double unit() { return static_cast<double>(word() >> 11) * 0x1p-53; }  // [0, 1)
  double sign() { return (word() & 1u) != 0 ? -1 : 1; }

 private:
  uint64_t key_;
  uint64_t count_ = 0;
};

struct Place {
  bp_dtype_t dtype;
  Precision precision;
  size_t input;
  uint64_t index;
};

bool sums_products(Precision precision) {
  return precision == Precision::kDot || precision == Precision::kComposite;
}

// Different wherever an element is near another: a step that is coprime to the number of values.
double address_coded(const Place& place, int64_t most) {
  const int64_t count = 2 * most + 1;
  const auto code = static_cast<int64_t>((place.index * 7 + place.input * 13 + place.index / 61) %
                                         static_cast<uint64_t>(count));
  const int64_t value = code - most;
  return static_cast<double>(value == 0 ? most : value);
}

int64_t most_integer(const Place& place) {
  if (sums_products(place.precision)) return 8;
  switch (place.dtype) {
    case BP_DTYPE_BFLOAT16:
      return 120;
    case BP_DTYPE_FLOAT16:
      return 1000;
    case BP_DTYPE_INT8:
    case BP_DTYPE_UINT8:
      return 11;
    case BP_DTYPE_INT16:
    case BP_DTYPE_UINT16:
      return 180;
    default:
      return 2000;
  }
}

// Unsigned numbers stay such that the first less the second is none below zero.
double integer(const Place& place, Draw& draw) {
  const int64_t most = most_integer(place);
  const double value = draw.sign() * address_coded(place, most);
  const bool is_unsigned = !is_float_type(place.dtype) && range_of(place.dtype).lowest == 0;
  if (!is_unsigned) return value;
  const double size = std::fabs(value);
  return place.input == 0 ? static_cast<double>(most) + size / 2 - std::fmod(size, 2) / 2
                          : std::max(1.0, size / 2 - std::fmod(size, 2) / 2);
}

double real(Draw& draw) { return draw.sign() * (0.0625 + 0.9375 * draw.unit()); }

double wide(const Place& place, Draw& draw) {
  const FloatFormat format = format_of(place.dtype);
  const bool is_everywhere = draw.below(8) == 0;
  const int least = is_everywhere ? format.least_exponent - format.precision : -12;
  const int most = is_everywhere ? format.largest_exponent : 12;
  return draw.sign() * std::ldexp(1 + draw.unit(), static_cast<int>(draw.between(least, most)));
}

double special(const Place& place, Draw& draw) {
  // Every lane of a vector meets them, rows of sums not too often.
  if (draw.below(sums_products(place.precision) ? 61 : 3) != 0) return real(draw);
  const FloatFormat format = format_of(place.dtype);
  const double ulp = std::ldexp(1.0, 1 - format.precision);
  const double tiny = std::ldexp(1.0, format.least_exponent - format.precision + 1);
  const double normal = std::ldexp(1.0, format.least_exponent);
  const double most = std::ldexp(2 - ulp, format.largest_exponent);
  const double all[] = {NAN,     INFINITY,    0.0,  tiny, normal - tiny, normal,
                        1 + ulp, 1 - ulp / 2, most, 1.0,  2.0,           0.5};
  return draw.sign() * all[draw.below(std::size(all))];
}

double tie(const Place& place, Draw& draw) {
  if (draw.below(16) == 0) return draw.sign() * std::ldexp(1 + draw.unit(), 14);
  const double whole = static_cast<double>(draw.between(-140, 140));
  const double parts[] = {0.5, 0.5, 0.5, 0, 0.25, 0.75};
  return place.input == 0 ? whole + parts[draw.below(std::size(parts))] : whole;
}

double cancelling(Draw& draw) {
  return draw.sign() * std::ldexp(1 + draw.unit(), draw.below(16) == 0 ? 10 : -10);
}

double number(Fill fill, const Place& place, Draw& draw) {
  switch (fill) {
    case Fill::kIntegers:
      return integer(place, draw);
    case Fill::kUnits:
      return draw.below(2) == 0 ? 0 : draw.sign();
    case Fill::kWide:
      return wide(place, draw);
    case Fill::kSpecial:
      return special(place, draw);
    case Fill::kTies:
      return tie(place, draw);
    case Fill::kCancelling:
      return cancelling(draw);
    case Fill::kFar:
      return 300 + real(draw);
    default:
      return real(draw);
  }
}

// An integer of the whole range of its type, its ends among them.
Exact any_integer(bp_dtype_t dtype, Draw& draw) {
  const Range range = range_of(dtype);
  const uint64_t choice = draw.below(8);
  if (choice == 0) return range.lowest;
  if (choice == 1) return range.highest;
  const Exact width = range.highest - range.lowest + 1;
  return range.lowest + remainder_as_c(static_cast<Exact>(draw.word()), width);
}

Exact ranged(const ProblemInput& input, Draw& draw) {
  if (!is_float_type(input.type.dtype))
    return static_cast<Exact>(
        draw.between(static_cast<int64_t>(input.lowest), static_cast<int64_t>(input.highest)));
  return static_cast<Exact>(input.lowest + (input.highest - input.lowest) * draw.unit());
}

Exact element(const ProblemInput& input, Fill fill, const Place& place, Draw& draw) {
  if (input.has_values) return static_cast<Exact>(input.values[place.index]);
  if (input.has_range) return ranged(input, draw);
  if (place.dtype == BP_DTYPE_BOOL) return static_cast<Exact>(draw.below(2));
  if (is_float_type(place.dtype))
    return rounded(format_of(place.dtype), static_cast<Exact>(number(fill, place, draw)));
  if (fill == Fill::kWide) return any_integer(place.dtype, draw);
  return static_cast<Exact>(integer(place, draw));
}

TensorData filled(const ProblemInput& input, Fill fill, Precision precision, size_t at,
                  uint64_t key) {
  TensorData data = {input.type, {}};
  if (input.type.dtype == 0) return data;
  const uint64_t count = element_count_of(input.type);
  data.bytes.resize(count * element_bytes(input.type.dtype));
  for (uint64_t i = 0; i < count; ++i) {
    Draw draw(key, i);
    store_element(input.type.dtype,
                  element(input, fill, {input.type.dtype, precision, at, i}, draw),
                  data.bytes.data(), i);
  }
  return data;
}

Request settings_of(const Problem& problem) {
  Request request;
  request.op = problem.op;
  request.settings = {problem.settings.begin(), problem.settings.end()};
  request.output_count = problem.output_count;
  return request;
}

}  // namespace

std::vector<Fill> fills_of(const Problem& problem, const Reference& reference) {
  if (has_every_pattern(problem)) return {Fill::kPatterns};
  const bool has_floats =
      std::any_of(problem.inputs.begin(), problem.inputs.end(), [](const ProblemInput& input) {
        return is_float_type(input.type.dtype) && !input.has_values && !input.has_range;
      });
  if (has_floats) return reference.fills;
  std::vector<Fill> fills = {Fill::kIntegers};
  if (reference.precision == Precision::kExact) fills.push_back(Fill::kWide);
  return fills;
}

Request request_of(const Problem& problem, const Reference& reference, Fill fill, uint64_t seed) {
  Request request = settings_of(problem);
  const uint64_t key = mix(seed) ^ hash_of(problem.id) ^ mix(static_cast<uint64_t>(fill) + 77);
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const ProblemInput& input = problem.inputs[i];
    // A kernel may keep what a constant holds: it is the same whatever else is drawn, and integers,
    // so that sums which are exact stay exact.
    const bool is_kept = input.is_constant && !input.has_values;
    if (input.is_every)
      request.inputs.push_back({input.type, pattern_bytes(input.type.dtype, seed)});
    else
      request.inputs.push_back(filled(input, is_kept ? Fill::kIntegers : fill, reference.precision,
                                      i, mix((is_kept ? hash_of(problem.id) : key) + i)));
  }
  return request;
}

TensorData drawn(const bp_tensor_type_t& type, uint64_t index, uint64_t seed) {
  ProblemInput input;
  input.type = type;
  input.has_range = !is_float_type(type.dtype) && type.dtype != BP_DTYPE_BOOL;
  input.highest = 3;
  return filled(input, Fill::kReal, Precision::kDot, 0, mix(mix(seed) + index));
}

Request outline_of(const Problem& problem) {
  Request request = settings_of(problem);
  for (const ProblemInput& input : problem.inputs)
    request.inputs.push_back(input.has_values
                                 ? filled(input, Fill::kIntegers, Precision::kExact, 0, 0)
                                 : TensorData{input.type, {}});
  return request;
}

bool is_defined(const Problem& problem, const Reference& reference) {
  try {
    reference.infer(outline_of(problem));
    return true;
  } catch (const NotDefined&) {
    return false;
  }
}

}  // namespace backplane::conformance
