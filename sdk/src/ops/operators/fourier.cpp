// What a signal is made of, frequency by frequency: DFT, and STFT of one frame after the other.
// The last axis of both holds numbers: of one element real ones, of two complex ones.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

enum DftInput : uint32_t { kInput, kDftLength };
enum StftInput : uint32_t { kSignal, kFrameStep, kWindow, kFrameLength };

Status check_numbers(const Inference& node, bool is_onesided) {
  const int64_t parts = node.shape(0).back();
  if (is_unknown(parts) || parts == 1 || (parts == 2 && !is_onesided)) return {};
  if (parts == 2) return invalid_argument("of complex numbers both sides are wanted, not onesided");
  return invalid_argument(
      fmt::format("numbers of {} parts in {}, 1 or 2 are possible", parts, to_text(node.input(0))));
}

int64_t frequencies(int64_t length, bool is_onesided) {
  if (!is_onesided) return length;
  return is_unknown(length) ? kUnknown : length / 2 + 1;
}

Result<int64_t> dft_length(const Inference& node, size_t axis) {
  const int64_t size = node.shape(kInput)[axis];
  if (node.has_input(kDftLength)) return node.count(kDftLength);
  if (size != 0) return size;
  return invalid_argument(fmt::format("axis {} holds no signal: {}", axis, to_text(node.input(0))));
}

Status infer_dft(Inference& node) {
  const size_t rank = node.rank(kInput);
  if (rank < 2) return invalid_argument("no signal of numbers in " + to_text(node.input(kInput)));
  const bool is_onesided = node.integer("onesided") != 0;
  if (is_onesided && node.integer("inverse") != 0)
    return invalid_argument("onesided and inverse exclude each other");
  const Result<size_t> axis = node.axis(node.integer("axis"), rank);
  if (!axis.ok()) return axis.status();
  if (*axis + 1 == rank)
    return invalid_argument(fmt::format("axis {} holds the parts of numbers, no signal", *axis));
  Status status = check_numbers(node, is_onesided);
  if (!status.ok()) return status;
  const Result<int64_t> length = dft_length(node, *axis);
  if (!length.ok()) return length.status();
  Shape shape = node.shape(kInput);
  shape[*axis] = frequencies(*length, is_onesided);
  shape.back() = 2;
  return node.set_shape(0, shape);
}

Result<int64_t> frame_length(const Inference& node) {
  if (!node.has_input(kWindow) && !node.has_input(kFrameLength))
    return invalid_argument("neither a window nor frame_length says how long a frame is");
  const Result<int64_t> said = node.has_input(kFrameLength) ? node.count(kFrameLength) : kUnknown;
  if (!said.ok() || !node.has_input(kWindow)) return said;
  const Result<int64_t> window = node.length(kWindow);
  if (!window.ok()) return window.status();
  if (*window == 0) return invalid_argument("a window without elements");
  const Result<int64_t> both = same_size(*said, *window);
  return both.ok() ? both : Result<int64_t>(both.status().in("frame_length and the window"));
}

Result<int64_t> frame_count(int64_t signal, int64_t length, int64_t step) {
  if (is_unknown(signal) || is_unknown(length)) return kUnknown;
  if (length > signal)
    return invalid_argument(
        fmt::format("no frame of {} elements in a signal of {}", length, signal));
  return is_unknown(step) ? kUnknown : (signal - length) / step + 1;
}

Status infer_stft(Inference& node) {
  if (node.rank(kSignal) != 3)
    return invalid_argument("no batch of signals of numbers: " + to_text(node.input(kSignal)));
  const bool is_onesided = node.integer("onesided") != 0;
  Status status = check_numbers(node, is_onesided);
  if (!status.ok()) return status;
  const Result<int64_t> step = node.count(kFrameStep);
  if (!step.ok()) return step.status();
  const Result<int64_t> length = frame_length(node);
  if (!length.ok()) return length.status();
  const Shape signal = node.shape(kSignal);
  const Result<int64_t> frames = frame_count(signal[1], *length, *step);
  if (!frames.ok()) return frames.status();
  return node.set_shape(0, {signal[0], *frames, frequencies(*length, is_onesided), 2});
}

}  // namespace

void define_fourier(Definitions& definitions) {
  definitions.add("DFT", {17})
      .input("input", 'T', kFloat)
      .input("dft_length", 0, kIndex, Presence::kOptional)
      .output("output", 'T')
      .attribute(int_attribute("axis", 1))
      .flag("inverse", false)
      .flag("onesided", false)
      .changed_in(20)
      .infers(infer_dft);
  definitions.add("STFT", {17})
      .input("signal", 'T', kFloat)
      .input("frame_step", 'I', kIndex)
      .input("window", 'T', kFloat, Presence::kOptional)
      .input("frame_length", 'I', kIndex, Presence::kOptional)
      .output("output", 'T')
      .flag("onesided", true)
      .infers(infer_stft);
}

}  // namespace backplane::ops
