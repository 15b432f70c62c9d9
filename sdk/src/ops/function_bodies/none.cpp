// The table of a build that cannot run libonnx.
#include "ops/function_body.hpp"

namespace backplane::ops {

const FunctionBody* function_bodies() {
  static constexpr FunctionBody kEnd = {};
  return &kEnd;
}

}  // namespace backplane::ops
