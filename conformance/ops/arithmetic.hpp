// How a kernel computes, as far as it matters for what may come out: what it declared, or what a
// planted fault does.
#pragma once

#include <backplane/kernel.h>

#include <cstdint>
#include <string>

#include "compare/format.hpp"

namespace backplane::conformance {

// What a kernel said of itself in bp_kernel_info_t.
struct Declared {
  bp_numerics_flags_t numerics = 0;
  bp_arithmetic_t products = 0;
  bp_arithmetic_t accumulates = 0;
};

// "" or which word of the declaration is none that the ABI has for such a place.
std::string wrong_declaration(const Declared& declared);
// 'A': as promised when nothing is said. 'B': something relaxed. 'C': products or sums in less than
// float32.
char precision_class(const Declared& declared);
std::string declaration_text(const Declared& declared);  // "accumulates bfloat16", "" when empty

// What the emulation of a fault does to the arithmetic. Values are faults of their own.
enum class Slip : uint8_t {
  kNone,
  kDropsLastTerm,      // of every sum
  kNoMaximum,          // softmax without the maximum subtracted
  kOnePassVariance,    // E[x^2] - E[x]^2
  kRoundsHalfUp,       // where the definition says half to even
  kWraps,              // where the definition says saturate
  kTransposed,         // the transposition of an operand is turned round
  kSwapsPads,          // padding at begin and end swapped
  kSwapsAxes,          // strides, dilations of the two last axes swapped
  kFirstGroup,         // every group uses the weights of the first
  kBiasAlongRows,      // a bias added along the other axis
  kOtherEndOfTies,     // the last of equals instead of the first
  kCountsPadding,      // count_include_pad turned round
  kIgnoresNegative,    // a negative axis or index is one too high
  kForgetsBroadcast,   // an axis of size 1 read as if it were full
  kIgnoresAttributes,  // defaults instead of the attributes given
  kSaturates,          // where the definition says wrap
  kRoundsFractions,    // a fraction rounded, where the definition says cut off
  kThroughInteger,     // what is below 1 counts as zero
  kOtherStorageOrder,  // indices counted along columns instead of rows
  kSwapsGates,         // two gates of a recurrent cell taken for each other
  kForgetsState,       // initial states read as zeros
  kIgnoresLengths,     // every sequence as long as the longest
  kPadsWithZero,       // padding is the integer 0, not the one that stands for zero
  kFewNumbers,         // what is drawn at random has 256 values
  kRepeatsBlock,       // the first 64 numbers drawn come again and again
  kWrongSpread,        // the range's end taken for its width, a scale for a variance
  kIgnoresChances,     // every chance is one half
};

// The arithmetic of one evaluation. Units are half spacings: 2^-24 for float32.
struct Arithmetic {
  FloatFormat operation = kFloat32;  // each operation rounds to it
  FloatFormat sum = kFloat32;        // sums are kept in it
  FloatFormat operand = kFloat64;    // operands are rounded to it before they are used
  double unit = 0;                   // bound of each operation; 0 where the class allows none
  double sum_unit = 0;               // of each addition of a sum
  double product_unit = 0;           // of each product, from rounding its operands
  double division_spacings = 0;      // a division or root may be so many spacings off
  double function_factor = 1;        // exp, tanh ...: of OpenCL's full-profile bounds
  double algorithm_factor = 1;       // sums by another algorithm than the definition's
  bool are_integers = false;         // every term is an integer: short sums are exact
  Slip slip = Slip::kNone;
};

// The arithmetic under which this thread evaluates references.
const Arithmetic& arithmetic();

// Sets it for as long as this lives.
class ArithmeticScope {
 public:
  explicit ArithmeticScope(const Arithmetic& now);
  ~ArithmeticScope();
  ArithmeticScope(const ArithmeticScope&) = delete;
  ArithmeticScope& operator=(const ArithmeticScope&) = delete;

 private:
  const Arithmetic* before_;
};

inline bool slips(Slip slip) { return arithmetic().slip == slip; }

// What a declaration allows to a kernel that computes results of `dtype`; with `rounds_once`, to
// one whose every result is a single operation.
Arithmetic allowed_by(const Declared& declared, bp_dtype_t dtype, bool rounds_once);

}  // namespace backplane::conformance
