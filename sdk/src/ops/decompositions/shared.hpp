// What several operators are made of when a device has only the simple ones.
#pragma once

#include "ops/decomposition.hpp"
#include "ops/schema.hpp"

namespace backplane::ops {

// In these the rounding of each part is no coarser than that of the operator itself.
constexpr Dtypes kReal = set_of({BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT64});

bp_dtype_t dtype_of(const Decomposition& parts);  // of input 0
// UNSUPPORTED unless input 0 is one of `dtypes`.
Status only(const Decomposition& parts, Dtypes dtypes);
// UNSUPPORTED where input 0 has no elements: what the parts make of none is not said.
Status not_empty(const Decomposition& parts);

// `value`, which has the elements of output 0 in their order, in the shape of output 0.
void give_reshaped(Decomposition& parts, const std::string& value);

std::string times(Decomposition& parts, const std::string& value, double factor);

// `result`, or NaN where `x` is NaN: Relu, Clip and Pow may lose it (docs/policy.md). Of x, which
// has the dtype of input 0, Sigmoid is finite everywhere else.
std::string keep_nan(Decomposition& parts, const std::string& result, const std::string& x);

// |value|, for every dtype that Abs has; what NaN gives is open.
std::string magnitude(Decomposition& parts, const std::string& value);

// `value` so many times in a row along `axis`; count is at least 1.
std::string copies(Decomposition& parts, const std::string& value, int64_t count, size_t axis);

// `value` of sizes `from` broadcast to `to`, where no size is 0.
std::string stretched(Decomposition& parts, std::string value, Shape from, const Shape& to);

// MaxPool's dtypes, and numbers of these in the other order: -x, or -1 - x and 255 - x, which
// leave no number of the type without one.
constexpr Dtypes kPooled = kIeee | set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8});
std::string mirrored(Decomposition& parts, const std::string& value);

// `shape` filled with one element, whose bytes are at `element`; nullptr: it does not fit.
ConstantPtr filled(bp_dtype_t dtype, const Shape& shape, const void* element);

// Numbers of a float type, each rounded once.
ConstantPtr rounded(bp_dtype_t dtype, const Shape& shape, const std::vector<double>& numbers);

// A tensor with some of its axes behind the others: [rows, length].
struct Rows {
  std::string value;
  int64_t rows = 1;
  int64_t length = 1;
};
Rows rows_of(Decomposition& parts, const std::string& value, const Shape& shape,
             const std::vector<bool>& folded);
// The sum of each row, [rows, 1]: a product with ones, which adds as a sum does, infinities and NaN
// included. One element is its own sum.
std::string sum_of(Decomposition& parts, const Rows& rows);

}  // namespace backplane::ops
