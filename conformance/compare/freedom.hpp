// Where ONNX leaves a result open: what is accepted there beside the exact result, and why.
#pragma once

#include <cstdint>

namespace backplane::conformance {

using Freedom = uint8_t;
enum FreedomValues : uint8_t {
  kSignOfZero = 1,  // either zero
  kNanToo = 2,      // NaN, where a number is the exact result
  kZeroToo = 4,     // zero, where NaN is
  kAnything = 8,    // any element that the type has
  kOneMore = 16,    // or the next larger integer
  kOneLess = 32,
};

}  // namespace backplane::conformance
