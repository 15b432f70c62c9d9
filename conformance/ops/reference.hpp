// A reference operator: ONNX's definition, written once for numbers of any kind, with its class of
// precision and the faults that are worth emulating in it. Sees nothing of plugins or host.
#pragma once

#include <string>
#include <vector>

#include "compare/sample.hpp"
#include "ops/call.hpp"

namespace backplane::conformance {

// How correctness is decided; see docs/conformance.md.
enum class Precision {
  kExact,        // E: the same bits, but for NaN's
  kRounded,      // R: one operation, correctly rounded
  kDot,          // D: sums of products; bound, spread and bias
  kFunction,     // T: exp, tanh ...: ulp tables
  kComposite,    // C: several operations: running error analysis
  kStatistical,  // S: drawn at random
  kSet,          // Q: several answers are right
};
const char* precision_name(Precision precision);  // "exact", "dot" ...

// The data that a case of this operator is tried on; see problems/fill.hpp.
enum class Fill : uint8_t {
  kIntegers,    // address-coded integers: every element its own, sums exact in float32
  kUnits,       // -1, 0, 1: sums exact in bfloat16
  kReal,        // full mantissas, about 1
  kWide,        // full mantissas over the whole range of exponents
  kSpecial,     // real, with NaN, infinities, zeros, subnormals and limits in every lane
  kTies,        // halves and what rounds to either side of them, and beyond every limit
  kCancelling,  // one huge, the others tiny; pairs that nearly cancel
  kFar,         // a large mean with a small spread
  kPatterns,    // every bit pattern of a type; of problems that say so, for every operator
};
const char* fill_name(Fill fill);

using Types = std::vector<bp_tensor_type_t>;
using OutputBytes = std::vector<std::string>;  // dense, one an output

struct Reference {
  const char* op;
  uint32_t opset;  // in which its problems are written
  Precision precision;
  std::vector<Fill> fills;
  std::vector<Slip> slips;  // that its reference knows
  // Output types; NotDefined when the node breaks the definition.
  Types (*infer)(const Request& request);
  void (*bounded)(Call<Bounded>& call);
  void (*emulated)(Call<Emulated>& call);
  // Where the definition leaves an order open: does it for this node, and what puts outputs of the
  // types inferred into the order that the reference has.
  bool (*is_set)(const Request& request) = nullptr;
  void (*settle)(const Request& request, const Types& types, OutputBytes* outputs) = nullptr;
  // kStatistical: what its output is drawn from. What bounded and emulated give is one sample.
  Distribution (*law)(const Request& request, const Types& types) = nullptr;
};

// kSet for a node whose order is open, else the operator's own.
Precision precision_of(const Reference& reference, const Request& request);

// Every operator that has a reference, sorted by name.
const std::vector<Reference>& references();
const Reference* find_reference(const std::string& op);

// One Reference from the definition's two functions: infer, and run as a template.
//   struct Softmax { static Types infer(const Request&); template <class S> static void
//   run(Call<S>&); };
template <class Definition>
Reference reference(const char* op, uint32_t opset, Precision precision, std::vector<Fill> fills,
                    std::vector<Slip> slips = {}) {
  return {op,
          opset,
          precision,
          std::move(fills),
          std::move(slips),
          Definition::infer,
          [](Call<Bounded>& call) { Definition::run(call); },
          [](Call<Emulated>& call) { Definition::run(call); },
          nullptr,
          nullptr,
          nullptr};
}

// Every file of operators adds its own with one function `add_<file name>`; the build lists them.
using References = std::vector<Reference>;

}  // namespace backplane::conformance
