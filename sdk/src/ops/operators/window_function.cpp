// Weights that fade a signal in and out: HannWindow, HammingWindow, BlackmanWindow.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

Result<int64_t> window_length(const Inference& node) {
  Status status = node.check_scalar(0);
  if (!status.ok()) return status;
  if (!node.is_constant(0)) return kUnknown;
  const Result<std::vector<int64_t>> values = node.values(0);
  if (!values.ok()) return values.status();
  if (values->front() > 0) return values->front();
  return invalid_argument(fmt::format("a window of {} elements", values->front()));
}

Status infer_window_function(Inference& node) {
  const int64_t said = node.integer("output_datatype");
  const auto dtype = static_cast<bp_dtype_t>(said);
  if (said <= 0 || said >= 32 || !contains(kNumber, dtype))
    return invalid_argument(fmt::format("output_datatype is {}, no number's type", said));
  const Result<int64_t> length = window_length(node);
  if (!length.ok()) return length.status();
  node.set_dtype(0, dtype);
  return node.set_shape(0, {*length});
}

}  // namespace

void define_window_function(Definitions& definitions) {
  for (const char* op : {"HannWindow", "HammingWindow", "BlackmanWindow"})
    definitions.add(op, {17})
        .input("size", 0, kIndex)
        .output("output", 0)
        .attribute(int_attribute("output_datatype", BP_DTYPE_FLOAT32))
        .flag("periodic", true)
        .infers(infer_window_function);
}

}  // namespace backplane::ops
