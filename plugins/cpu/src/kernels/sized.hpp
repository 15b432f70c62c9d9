// Elements that are only moved: an unsigned integer of their size stands for them.
#pragma once

#include <cstdint>

#include "number.hpp"

namespace backplane::cpu {

// Calls visit(Type<T>()) for elements of 1, 2, 4 or 8 bytes.
template <class Visit>
void visit_size(uint64_t element_size, Visit&& visit) {
  switch (element_size) {
    case 1:
      return visit(Type<uint8_t>());
    case 2:
      return visit(Type<uint16_t>());
    case 4:
      return visit(Type<uint32_t>());
    default:
      return visit(Type<uint64_t>());
  }
}

}  // namespace backplane::cpu
