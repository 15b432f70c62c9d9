#include "problems/emulation.hpp"

#include <algorithm>
#include <cmath>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

// ---- Faults of the arithmetic: the reference evaluated anew ----

OutputBytes evaluated(const Reference& reference, const Request& request,
                      const Arithmetic& arithmetic) {
  const Types types = reference.infer(request);
  const ArithmeticScope scope(arithmetic);
  Call<Emulated> call = make_call<Emulated>(request, types);
  reference.emulated(call);
  OutputBytes all;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::vector<Emulated>& numbers = call.outputs[i].elements;
    std::string bytes(numbers.size() * element_bytes(types[i].dtype), '\0');
    for (size_t at = 0; at < numbers.size(); ++at)
      store_element(types[i].dtype, nearest(types[i].dtype, exact(numbers[at])), bytes.data(), at);
    all.push_back(std::move(bytes));
  }
  return all;
}

Arithmetic usual(const Request& request) { return allowed_by({}, leading_dtype(request), false); }

std::optional<OutputBytes> with_operands(const Reference& reference, const Request& request,
                                         const FloatFormat& format) {
  Arithmetic arithmetic = usual(request);
  arithmetic.operand = format;
  return evaluated(reference, request, arithmetic);
}

template <Slip slip>
bool has_slip(const Reference& reference, bp_dtype_t, const Declared&) {
  return std::find(reference.slips.begin(), reference.slips.end(), slip) != reference.slips.end();
}

template <Slip slip>
std::optional<OutputBytes> with_slip(const Reference& reference, const Request& request,
                                     const std::vector<ExpectedOutput>&, const OutputBytes&) {
  Arithmetic arithmetic = usual(request);
  arithmetic.slip = slip;
  try {
    return evaluated(reference, request, arithmetic);
  } catch (const NotDefined&) {
    return std::nullopt;
  }
}

bool computes(const Reference& reference) {
  return reference.precision != Precision::kExact && reference.precision != Precision::kSet &&
         reference.precision != Precision::kStatistical;
}

int declared_bits(bp_arithmetic_t word, bp_dtype_t dtype) {
  Declared declared;
  declared.accumulates = word;
  return word == 0 ? format_of(dtype).precision : allowed_by(declared, dtype, false).sum.precision;
}

bool may_round_to_bfloat16(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  return computes(reference) && is_float_type(dtype) && dtype != BP_DTYPE_BFLOAT16 &&
         (declared.products == 0 || allowed_by(declared, dtype, false).product_unit < 0x1p-8);
}

bool may_round_to_tf32(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  return computes(reference) && (dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT64) &&
         (declared.products == 0 || allowed_by(declared, dtype, false).product_unit < 0x1p-11);
}

bool sums(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  return reference.precision == Precision::kDot ||
         has_slip<Slip::kDropsLastTerm>(reference, dtype, declared);
}

bool may_sum_in_float16(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  return sums(reference, dtype, declared) && is_float_type(dtype) &&
         declared_bits(declared.accumulates, BP_DTYPE_FLOAT32) > kFloat16.precision;
}

// ---- Faults of the output: the best one, changed ----

bool always(const Reference&, bp_dtype_t, const Declared&) { return true; }

// Of numbers drawn at random no single one is right or wrong.
bool has_values(const Reference& reference, bp_dtype_t, const Declared&) {
  return reference.precision != Precision::kStatistical;
}

// What Size gives is one number always, what ConstantOfShape gives as many equal ones.
bool may_give_rows(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  const std::string op = reference.op;
  return has_values(reference, dtype, declared) && op != "Size" && op != "ConstantOfShape";
}

bool gives_floats(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  return has_values(reference, dtype, declared) && is_float_type(dtype);
}

// Where a single rounding is all that stands between the exact result and what is stored.
bool shows_its_store(const Reference& reference, bp_dtype_t dtype, const Declared& declared) {
  if (!is_float_type(dtype) || !computes(reference) ||
      (declared.numerics & BP_NUMERICS_FLAG_TRUNCATES) != 0)
    return false;
  return reference.precision == Precision::kRounded || dtype == BP_DTYPE_FLOAT16 ||
         dtype == BP_DTYPE_BFLOAT16;
}

std::optional<OutputBytes> zeros(const Reference&, const Request&,
                                 const std::vector<ExpectedOutput>&, const OutputBytes& best) {
  OutputBytes all = best;
  for (std::string& bytes : all) std::fill(bytes.begin(), bytes.end(), '\0');
  return all;
}

std::optional<OutputBytes> stale_tail(const Reference&, const Request&,
                                      const std::vector<ExpectedOutput>& expected,
                                      const OutputBytes& best) {
  OutputBytes all = best;
  const uint64_t size = element_bytes(expected[0].type.dtype);
  const uint64_t count = all[0].size() / size;
  const uint64_t tail = count % 16 != 0 ? count % 16 : std::min<uint64_t>(count, 16);
  std::fill(all[0].end() - static_cast<int64_t>(tail * size), all[0].end(), '\xa5');
  return all;
}

std::optional<OutputBytes> rows_swapped(const Reference&, const Request&,
                                        const std::vector<ExpectedOutput>& expected,
                                        const OutputBytes& best) {
  const bp_tensor_type_t& type = expected[0].type;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    if (type.shape[axis] < 2) continue;
    OutputBytes all = best;
    const auto row = static_cast<int64_t>(all[0].size()) / type.shape[axis];
    std::swap_ranges(all[0].begin(), all[0].begin() + row, all[0].end() - row);
    return all;
  }
  return std::nullopt;
}

// A change of x that no rounding hides: `share` of it, or a few spacings of a narrow type.
Exact changed(bp_dtype_t dtype, Exact x, double share) {
  if (!is_float_type(dtype)) return nearest(dtype, x == 0 ? Exact{1} : x - 1);
  const double least = 6 * std::ldexp(1.0, -format_of(dtype).precision);
  return nearest(dtype, x * static_cast<Exact>(1 + std::max(share, least)));
}

std::optional<OutputBytes> all_scaled(const Reference&, const Request&,
                                      const std::vector<ExpectedOutput>& expected,
                                      const OutputBytes& best) {
  OutputBytes all = best;
  const bp_dtype_t dtype = expected[0].type.dtype;
  for (size_t i = 0; i < expected[0].elements.size(); ++i)
    store_element(dtype, changed(dtype, exact_element(dtype, best[0].data(), i), 0.001),
                  all[0].data(), i);
  return all;
}

std::optional<OutputBytes> one_changed(const Reference&, const Request&,
                                       const std::vector<ExpectedOutput>& expected,
                                       const OutputBytes& best) {
  const bp_dtype_t dtype = expected[0].type.dtype;
  size_t place = 0;
  Exact size = -1;
  for (size_t i = 0; i < expected[0].elements.size(); ++i) {
    const Exact element = absolute(exact_element(dtype, best[0].data(), i));
    if (!is_finite(element) || element <= size ||
        (expected[0].elements[i].freedom & ~unsigned{kSignOfZero}) != 0)
      continue;
    size = element;
    place = i;
  }
  if (size < 0) return std::nullopt;
  OutputBytes all = best;
  store_element(dtype, changed(dtype, exact_element(dtype, best[0].data(), place), 0.01),
                all[0].data(), place);
  return all;
}

std::optional<OutputBytes> truncating(const Reference&, const Request&,
                                      const std::vector<ExpectedOutput>& expected,
                                      const OutputBytes& best) {
  OutputBytes all = best;
  const bp_dtype_t dtype = expected[0].type.dtype;
  for (size_t i = 0; i < expected[0].elements.size(); ++i)
    store_element(dtype,
                  rounded(format_of(dtype), expected[0].elements[i].value, Rounding::kTowardsZero),
                  all[0].data(), i);
  return all;
}

std::optional<OutputBytes> copied(const Reference&, const Request& request,
                                  const std::vector<ExpectedOutput>& expected,
                                  const OutputBytes& best) {
  if (request.inputs.empty() || type_text(request.inputs[0].type) != type_text(expected[0].type))
    return std::nullopt;
  OutputBytes all = best;
  all[0] = request.inputs[0].bytes;
  return all;
}

// ---- Faults of outputs whose elements belong together, in an open order ----

bool may_be_set(const Reference& reference, bp_dtype_t, const Declared&) {
  return reference.is_set != nullptr;
}

// The first member that is not open in place of the last.
std::optional<OutputBytes> with_last_member(const std::vector<ExpectedOutput>& expected,
                                            const OutputBytes& best, size_t first_output) {
  if (!expected[0].is_of_set) return std::nullopt;
  std::vector<size_t> places;
  for (size_t at = 0; at < expected[0].elements.size(); ++at)
    if ((expected[0].elements[at].freedom & kAnything) == 0) places.push_back(at);
  if (places.size() < 2) return std::nullopt;
  OutputBytes all = best;
  for (size_t i = first_output; i < all.size(); ++i) {
    const size_t size = element_bytes(expected[i].type.dtype);
    all[i].replace(places.back() * size, size, best[i], places.front() * size, size);
  }
  return all;
}

std::optional<OutputBytes> member_twice(const Reference&, const Request&,
                                        const std::vector<ExpectedOutput>& expected,
                                        const OutputBytes& best) {
  return with_last_member(expected, best, 0);
}

std::optional<OutputBytes> index_of_another(const Reference&, const Request&,
                                            const std::vector<ExpectedOutput>& expected,
                                            const OutputBytes& best) {
  return with_last_member(expected, best, 1);
}

// ---- Faults of what is drawn at random ----

bool draws(const Reference& reference, bp_dtype_t, const Declared&) {
  return reference.precision == Precision::kStatistical;
}

// The first `size` bytes of the output, as often as they fit.
OutputBytes repeated(const OutputBytes& best, size_t size) {
  OutputBytes all = best;
  for (size_t at = size; size > 0 && at + size <= all[0].size(); at += size)
    all[0].replace(at, size, all[0], 0, size);
  return all;
}

std::optional<OutputBytes> constant(const Reference&, const Request&,
                                    const std::vector<ExpectedOutput>& expected,
                                    const OutputBytes& best) {
  return repeated(best, element_bytes(expected[0].type.dtype));
}

std::optional<OutputBytes> rows_repeated(const Reference&, const Request&,
                                         const std::vector<ExpectedOutput>& expected,
                                         const OutputBytes& best) {
  const bp_tensor_type_t& type = expected[0].type;
  if (type.rank < 2 || type.shape[0] < 2) return std::nullopt;
  return repeated(best, best[0].size() / static_cast<size_t>(type.shape[0]));
}

std::optional<OutputBytes> wider(const Reference&, const Request&,
                                 const std::vector<ExpectedOutput>& expected,
                                 const OutputBytes& best) {
  OutputBytes all = best;
  const bp_dtype_t dtype = expected[0].type.dtype;
  for (size_t i = 0; i < expected[0].elements.size(); ++i)
    store_element(
        dtype, nearest(dtype, exact_element(dtype, best[0].data(), i) * static_cast<Exact>(1.05)),
        all[0].data(), i);
  return all;
}

template <Slip slip>
Emulation slipping(const char* fault, const char* as_if) {
  return {fault, as_if, false, has_slip<slip>, with_slip<slip>};
}

}  // namespace

OutputBytes emulated_honestly(const Reference& reference, const Request& request) {
  return evaluated(reference, request, usual(request));
}

const std::vector<Emulation>& emulations() {
  static const std::vector<Emulation> all = {
      {"zeros", "nothing but zeros were stored", true, always, zeros},
      {"a tail not written", "the last elements were not written", true, always, stale_tail},
      {"two rows swapped", "the first and the last row were swapped", true, may_give_rows,
       rows_swapped},
      {"one element by 1 %", "", true, has_values, one_changed},
      {"all by 0.1 %", "everything was scaled by a little", false, gives_floats, all_scaled},
      {"a store that truncates", "stores rounded towards zero", false, shows_its_store, truncating},
      {"the first input copied", "the first input was copied", false, always, copied},
      {"operands in bfloat16", "operands were rounded to bfloat16", false, may_round_to_bfloat16,
       [](const Reference& reference, const Request& request, const std::vector<ExpectedOutput>&,
          const OutputBytes&) { return with_operands(reference, request, kBfloat16); }},
      {"operands in tf32", "operands were rounded to tf32", false, may_round_to_tf32,
       [](const Reference& reference, const Request& request, const std::vector<ExpectedOutput>&,
          const OutputBytes&) { return with_operands(reference, request, kTf32); }},
      {"sums in float16", "sums were kept in float16", false, may_sum_in_float16,
       [](const Reference& reference, const Request& request, const std::vector<ExpectedOutput>&,
          const OutputBytes&) -> std::optional<OutputBytes> {
         Arithmetic arithmetic = usual(request);
         arithmetic.sum = kFloat16;
         return evaluated(reference, request, arithmetic);
       }},
      {"the last term dropped", "the last term of each sum was dropped", true, sums,
       with_slip<Slip::kDropsLastTerm>},
      {"a pair twice", "the first pair came twice", true, may_be_set, member_twice},
      {"an index of another", "an index was another element's", true, may_be_set, index_of_another},
      slipping<Slip::kNoMaximum>("no maximum subtracted", "the maximum was not subtracted"),
      slipping<Slip::kOnePassVariance>("variance in one pass", "the variance was E[x^2] - E[x]^2"),
      slipping<Slip::kRoundsHalfUp>("halves rounded up", "halves were rounded up, not to even"),
      slipping<Slip::kWraps>("wrap instead of saturate",
                             "what is out of range was wrapped, not saturated"),
      slipping<Slip::kTransposed>("an operand transposed", "an operand was transposed, or was not"),
      slipping<Slip::kSwapsPads>("pads swapped", "the padding of begin and end was swapped"),
      slipping<Slip::kSwapsAxes>("axes swapped", "the last two axes were swapped"),
      slipping<Slip::kFirstGroup>("the first group's weights",
                                  "every group used the weights of the first"),
      slipping<Slip::kBiasAlongRows>("the bias along rows",
                                     "the bias was added along the other axis"),
      slipping<Slip::kOtherEndOfTies>("ties the other way", "ties were decided the other way"),
      slipping<Slip::kCountsPadding>("padding counted wrongly",
                                     "count_include_pad was turned round"),
      slipping<Slip::kIgnoresNegative>("negative indices wrong",
                                       "negative indices or axes were one too high"),
      slipping<Slip::kForgetsBroadcast>("broadcasting forgotten",
                                        "an axis of size 1 was read as if it were full"),
      slipping<Slip::kIgnoresAttributes>("attributes ignored", "the attributes were ignored"),
      slipping<Slip::kSaturates>("saturate instead of wrap",
                                 "what is out of range was saturated, not wrapped"),
      slipping<Slip::kRoundsFractions>("fractions rounded", "fractions were rounded, not cut off"),
      slipping<Slip::kThroughInteger>("fractions are zero", "what is below 1 was taken for zero"),
      slipping<Slip::kOtherStorageOrder>("indices in the other order",
                                         "indices were counted in the other storage order"),
      slipping<Slip::kSwapsGates>("two gates swapped", "two gates were taken for each other"),
      slipping<Slip::kForgetsState>("initial states forgotten", "the initial states were zeros"),
      slipping<Slip::kIgnoresLengths>("lengths ignored",
                                      "every sequence was as long as the longest"),
      slipping<Slip::kPadsWithZero>("padded with the integer 0",
                                    "padding was the integer 0, not the zero point"),
      slipping<Slip::kFewNumbers>("256 numbers", "only 256 different numbers were drawn"),
      slipping<Slip::kRepeatsBlock>("a block again and again",
                                    "the first 64 numbers came again and again"),
      slipping<Slip::kWrongSpread>("a wrong spread",
                                   "the range's end was taken for its width, or the scale for a "
                                   "variance"),
      slipping<Slip::kIgnoresChances>("chances ignored", "every chance was one half"),
      {"a constant", "every element was the first", true, draws, constant},
      {"rows repeated", "every row was the first", true, draws, rows_repeated},
      {"wider by 5 %", "everything was scaled by 5 %", false, draws, wider},
  };
  return all;
}

}  // namespace backplane::conformance
