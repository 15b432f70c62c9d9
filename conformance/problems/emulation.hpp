// What a faulty kernel would give: the faults that a case's data is tried against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "problems/verdict.hpp"

namespace backplane::conformance {

struct Emulation {
  const char* fault;  // "operands rounded to bfloat16"
  const char* as_if;  // "operands were rounded to bfloat16"; "" where a diagnosis would say nothing
  // A case that could show it must.
  bool is_needed;
  // Does the fault exist at all for such an operator, type and declaration?
  bool (*applies)(const Reference& reference, bp_dtype_t dtype, const Declared& declared);
  // What comes out; nothing where this request is not touched by it.
  std::optional<OutputBytes> (*outputs)(const Reference& reference, const Request& request,
                                        const std::vector<ExpectedOutput>& expected,
                                        const OutputBytes& best);
};

const std::vector<Emulation>& emulations();

// What a kernel without fault gives that computes as the reference is written, in order.
OutputBytes emulated_honestly(const Reference& reference, const Request& request);

}  // namespace backplane::conformance
