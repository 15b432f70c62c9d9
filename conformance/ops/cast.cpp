// Cast and CastLike from every type to every other.
#include <algorithm>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct Code {
  int64_t onnx;  // TensorProto.DataType
  bp_dtype_t dtype;
};
constexpr Code kCodes[] = {{1, BP_DTYPE_FLOAT32},  {2, BP_DTYPE_UINT8},   {3, BP_DTYPE_INT8},
                           {4, BP_DTYPE_UINT16},   {5, BP_DTYPE_INT16},   {6, BP_DTYPE_INT32},
                           {7, BP_DTYPE_INT64},    {9, BP_DTYPE_BOOL},    {10, BP_DTYPE_FLOAT16},
                           {11, BP_DTYPE_FLOAT64}, {12, BP_DTYPE_UINT32}, {13, BP_DTYPE_UINT64},
                           {16, BP_DTYPE_BFLOAT16}};

// Rounded to the nearest, halves away from zero.
Exact half_up(Exact x) { return truncated(x + (x < 0 ? Exact(-0.5) : Exact(0.5))); }

struct Result {
  Exact value;
  Freedom freedom;
};

Result to_float(bp_dtype_t to, Exact x) {
  if (!slips(Slip::kRoundsHalfUp) || x == 0 || !is_finite(x)) return {x, 0};
  const Exact unit = spacing(format_of(to), x);
  return {half_up(x / unit) * unit, 0};
}

Result to_bool(Exact x) {
  if (slips(Slip::kThroughInteger)) x = is_finite(x) ? truncated(x) : x;
  return {x == 0 ? Exact{0} : Exact{1}, 0};
}

// Of floats: cut off; what is out of range then, and NaN, have no meaning. Of integers: the low
// bits are kept, as two's complement.
Result to_integer(bp_dtype_t to, Exact x, bool is_float) {
  const Range range = range_of(to);
  if (is_float) {
    if (!is_finite(x)) return {0, kAnything};
    const Exact whole = slips(Slip::kRoundsFractions) ? half_up(x) : truncated(x);
    if (whole < range.lowest || whole > range.highest) return {0, kAnything};
    return {whole, 0};
  }
  if (slips(Slip::kSaturates)) return {std::min(std::max(x, range.lowest), range.highest), 0};
  const Exact width = range.highest - range.lowest + 1;
  const Exact low = remainder_as_c(x - range.lowest, width);
  return {(low < 0 ? low + width : low) + range.lowest, 0};
}

struct Cast {
  static Types infer(const Request& request) {
    bp_tensor_type_t type = request.inputs.at(0).type;
    const int64_t to = Settings(request).integer("to", 0);
    type.dtype = 0;
    for (const Code& code : kCodes)
      if (code.onnx == to) type.dtype = code.dtype;
    if (type.dtype == 0) throw NotDefined{"no such type"};
    return {type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const bp_dtype_t to = call.out().dtype;
    const bool is_float = is_float_type(call.in(0).dtype);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const Exact x = exact(call.in(0)[i]);
      const Result result = is_float_type(to)     ? to_float(to, x)
                            : to == BP_DTYPE_BOOL ? to_bool(x)
                                                  : to_integer(to, x, is_float);
      call.out()[i] = with_freedom(S(result.value), result.freedom);
    }
  }
};

// To the type of the second input, whose elements do not count.
struct CastLike {
  static Types infer(const Request& request) {
    return {tensor_type_of(request.inputs.at(1).type.dtype, sizes_of(request.inputs[0].type))};
  }
  template <class S>
  static void run(Call<S>& call) {
    Cast::run(call);
  }
};

}  // namespace

void add_cast(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kReal, Fill::kTies, Fill::kWide,
                                   Fill::kSpecial};
  const std::vector<Slip> slips = {Slip::kRoundsHalfUp, Slip::kRoundsFractions,
                                   Slip::kThroughInteger, Slip::kSaturates};
  all.push_back(reference<Cast>("Cast", 17, Precision::kExact, fills, slips));
  all.push_back(reference<CastLike>("CastLike", 17, Precision::kExact, fills, slips));
}

}  // namespace backplane::conformance
