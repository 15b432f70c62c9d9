// What the heavy operators ask of a node's output.
#pragma once

#include <string>

#include "../kernel.hpp"

namespace backplane::cpu {

// Output 0 has the element type of input 0 and, where both are known, `count` elements: a double,
// because a product of sizes need not fit an integer.
inline void check_output(const Node& node, double count, bool is_known) {
  const bp_tensor_type_t& output = node.output(0);
  if (output.dtype != node.input(0).dtype)
    refuse(node, "input and output have one type, not " + to_text(node.input(0)) + " and " +
                     to_text(output));
  if (is_known && !has_unknown_size(output) && static_cast<double>(element_count(output)) != count)
    refuse(node, "sizes of " + to_text(output) + " do not follow from the inputs'");
}

// Output 0 is of the type of input 0.
inline void check_same_output(const Node& node) {
  const bp_tensor_type_t& input = node.input(0);
  const bool is_known = !has_unknown_size(input);
  check_output(node, is_known ? static_cast<double>(element_count(input)) : 0, is_known);
}

}  // namespace backplane::cpu
