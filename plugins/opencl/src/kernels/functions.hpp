// Operators that make one element of one element of each input, and their functions in OpenCL C.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace backplane::opencl {

// An attribute that the function takes behind its operands, and what it is when absent.
struct Parameter {
  const char* name;  // nullptr: none
  float fallback;
};

struct Function {
  const char* op;    // in ai.onnx; "": a part of one
  const char* name;  // of the kernel; the function itself is NAME_of
  uint32_t operands;
  std::array<Parameter, 2> parameters = {};

  uint32_t parameter_count() const {
    return (parameters[0].name != nullptr ? 1u : 0u) + (parameters[1].name != nullptr ? 1u : 0u);
  }
};

// nullptr: none.
const Function* function_of_operator(std::string_view op);
const Function* function_named(std::string_view name);

}  // namespace backplane::opencl
