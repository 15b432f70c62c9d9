// What ScatterElements and ScatterND do with an update: put it in the element's place, or add or
// multiply it. Floats of 16 bits are computed in float and stored after each update; integers wrap.
#pragma once

#include <string>

#include "number.hpp"
#include "sized.hpp"

namespace backplane::cpu {

enum class Reduction { kNone, kAdd, kMultiply };

inline Reduction check_reduction(const Node& node) {
  const std::string_view said = node.string_attribute("reduction", "none");
  if (said == "none") return Reduction::kNone;
  if (said != "add" && said != "mul")
    refuse(node, "reduction " + std::string(said) + " is none of none, add, mul");
  if (!is_number(node.input(0).dtype))
    refuse(node, std::string("no sums or products of ") + name_of(node.input(0).dtype));
  return said == "add" ? Reduction::kAdd : Reduction::kMultiply;
}

template <class T>
void reduce_into(T& element, T update, Reduction reduction) {
  if (reduction == Reduction::kNone)
    element = update;
  else if constexpr (std::is_integral_v<T>)
    element = static_cast<T>(reduction == Reduction::kAdd
                                 ? static_cast<uint64_t>(element) + static_cast<uint64_t>(update)
                                 : static_cast<uint64_t>(element) * static_cast<uint64_t>(update));
  else
    element = store<T>(reduction == Reduction::kAdd ? load(element) + load(update)
                                                    : load(element) * load(update));
}

// Calls visit(Type<T>()): the element type where it is computed with, else one of its size.
template <class Visit>
void visit_reduced(bp_dtype_t dtype, Reduction reduction, Visit&& visit) {
  if (reduction == Reduction::kNone)
    visit_size(element_size(dtype), visit);
  else
    visit_numbers(dtype, visit);
}

}  // namespace backplane::cpu
