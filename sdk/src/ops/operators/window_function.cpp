// Weights that a few numbers say: those that fade a signal in and out (HannWindow, HammingWindow,
// BlackmanWindow), and those that sum a spectrum to what an ear tells apart (MelWeightMatrix).
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

enum MelInput : uint32_t { kBins, kDftLength, kSampleRate, kLowerEdge, kUpperEdge };

Status set_output_datatype(Inference& node) {
  const int64_t said = node.integer("output_datatype");
  const auto dtype = static_cast<bp_dtype_t>(said);
  if (said <= 0 || said >= 32 || !contains(kNumber, dtype))
    return invalid_argument(fmt::format("output_datatype is {}, no number's type", said));
  node.set_dtype(0, dtype);
  return {};
}

Status infer_window_function(Inference& node) {
  Status status = set_output_datatype(node);
  if (!status.ok()) return status;
  const Result<int64_t> length = node.count(0);
  return length.ok() ? node.set_shape(0, {*length}) : length.status();
}

// A row for each frequency that a real signal has.
Status infer_mel_weight_matrix(Inference& node) {
  Status status = set_output_datatype(node);
  for (const uint32_t edge : {kLowerEdge, kUpperEdge})
    if (status.ok()) status = node.check_scalar(edge);
  if (!status.ok()) return status;
  const Result<int64_t> bins = node.count(kBins);
  if (!bins.ok()) return bins.status();
  const Result<int64_t> length = node.count(kDftLength);
  if (!length.ok()) return length.status();
  const Result<int64_t> rate = node.count(kSampleRate);
  if (!rate.ok()) return rate.status();
  return node.set_shape(0, {is_unknown(*length) ? kUnknown : *length / 2 + 1, *bins});
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
  definitions.add("MelWeightMatrix", {17})
      .input("num_mel_bins", 'I', kIndex)
      .input("dft_length", 'I', kIndex)
      .input("sample_rate", 'I', kIndex)
      .input("lower_edge_hertz", 'F', kFloat)
      .input("upper_edge_hertz", 'F', kFloat)
      .output("output", 0)
      .attribute(int_attribute("output_datatype", BP_DTYPE_FLOAT32))
      .infers(infer_mel_weight_matrix);
}

}  // namespace backplane::ops
