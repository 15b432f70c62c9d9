// Faults of group K in what a kernel reads, keeps and leaves.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

uint64_t bytes_of(const Part& part) {
  uint64_t element = 8;
  switch (part.type.dtype) {
    case BP_DTYPE_FLOAT16:
    case BP_DTYPE_BFLOAT16:
      element = 2;
      break;
    case BP_DTYPE_FLOAT32:
    case BP_DTYPE_INT32:
      element = 4;
      break;
    case BP_DTYPE_BOOL:
    case BP_DTYPE_UINT8:
    case BP_DTYPE_INT8:
      element = 1;
      break;
    default:
      break;
  }
  return element * static_cast<uint64_t>(part.count);
}

// What was computed for an address is given again for that address.
void cache_by_pointer(Launched& launched) {
  if (!launched.is("Add")) return;
  const Part& output = launched.outputs[0];
  const auto kept = launched.kept.find(launched.inputs[0].bytes);
  if (kept != launched.kept.end() && kept->second.size() == bytes_of(output))
    std::memcpy(output.bytes, kept->second.data(), kept->second.size());
  else
    launched.kept[launched.inputs[0].bytes] = {output.bytes, output.bytes + bytes_of(output)};
}

// The output is not written when the input has been there before: the right bytes may still be
// there. What stood in its place before the launch is not known here: poison stands for it.
void leave_unwritten(Launched& launched) {
  if (!launched.is("Relu")) return;
  const char* now = launched.inputs[0].bytes;
  const uint64_t size = bytes_of(launched.inputs[0]);
  std::vector<char>& seen = launched.kept[nullptr];
  for (uint64_t at = 0; at + size <= seen.size(); at += size)
    if (std::memcmp(seen.data() + at, now, size) == 0)
      std::memset(launched.outputs[0].bytes, 0x5a, bytes_of(launched.outputs[0]));
  seen.insert(seen.end(), now, now + size);
}

void right_ten_times(Launched& launched) {
  if (launched.is("Add") && launched.launches > 10) launched.outputs[0].floats()[0] += 1;
}

// Reads one element past the end of its input, and adds nothing of it.
void read_past_the_end(Launched& launched) {
  if (!launched.is("Relu")) return;
  float past = 0;
  std::memcpy(&past, launched.inputs[0].bytes + bytes_of(launched.inputs[0]), sizeof past);
  launched.outputs[0].floats()[launched.outputs[0].count - 1] += 0 * past;
}

void read_before_the_start(Launched& launched) {
  if (!launched.is("Tanh")) return;
  float before = 0;
  std::memcpy(&before, launched.inputs[0].bytes - sizeof before, sizeof before);
  launched.outputs[0].floats()[0] += 0 * before;
}

// What whole vectors of 16 leave over stays as it was: poison, from the honest kernel's own view.
void leave_the_tail(Launched& launched) {
  if (!launched.is("Sigmoid")) return;
  const int64_t tail = launched.outputs[0].count % 16;
  std::memset(launched.outputs[0].floats() + launched.outputs[0].count - tail, 0xa5,
              static_cast<size_t>(tail) * sizeof(float));
}

void change_the_input(Launched& launched) {
  if (!launched.is("Relu")) return;
  std::memcpy(launched.inputs[0].bytes, launched.outputs[0].bytes, bytes_of(launched.outputs[0]));
}

void write_before_the_start(Launched& launched) {
  if (launched.is("Tanh")) launched.outputs[0].floats()[-1] = 1;
}

// A whole vector more, when the count is no multiple of one.
void write_a_whole_vector(Launched& launched) {
  if (!launched.is("Sigmoid") || launched.outputs[0].count % 16 == 0) return;
  for (int64_t i = launched.outputs[0].count; i % 16 != 0; ++i)
    launched.outputs[0].floats()[i] = 0.5f;
}

// A stride of 0 taken for 1, and what is read that way from the start again where it ends.
void broadcast_as_if_full(Launched& launched) {
  if (!launched.is("Add") || launched.inputs[1].size(-1) != 1 || launched.inputs[0].size(-1) == 1)
    return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    launched.outputs[0].floats()[i] =
        launched.inputs[0].floats()[i] + launched.inputs[1].floats()[i % launched.inputs[1].count];
}

void swap_rows(Launched& launched) {
  if (!launched.is("MatMul") || launched.outputs[0].type.rank != 2) return;
  const int64_t n = launched.outputs[0].size(-1);
  float* first = launched.outputs[0].floats();
  std::swap_ranges(first, first + n, first + launched.outputs[0].count - n);
}

// The second operand is read as if its columns lay side by side.
void read_transposed(Launched& launched) {
  if (!launched.is("MatMul") || launched.inputs[0].type.rank != 2 ||
      launched.inputs[1].type.rank != 2)
    return;
  const int64_t depth = launched.inputs[0].size(-1);
  const int64_t n = launched.inputs[1].size(-1);
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    float sum = 0;
    for (int64_t k = 0; k < depth; ++k)
      sum += launched.inputs[0].floats()[i / n * depth + k] *
             launched.inputs[1].floats()[i % n * depth + k];
    launched.outputs[0].floats()[i] = sum;
  }
}

// Different from one launch to the next in the last bit.
void vary(Launched& launched) {
  if (!launched.is("MatMul")) return;
  float& last = launched.outputs[0].floats()[launched.outputs[0].count - 1];
  if (launched.launches % 2 == 0 && last != std::nearbyint(last))
    last = std::nextafter(last, INFINITY);
}

void shape_of_the_first_launch(Launched& launched) {
  if (!launched.is("MatMul")) return;
  int64_t& first = launched.settings["rows of the first launch"];
  if (first == 0) first = launched.outputs[0].size(-2);
  if (launched.outputs[0].size(-2) > first)
    std::memset(launched.outputs[0].floats() + first * launched.outputs[0].size(-1), 0,
                sizeof(float));
}

const bp_kernel_info_t* declare_nonsense(const bp_kernel_t* kernel) {
  bp_kernel_info_t& info = own_info(kernel);
  info.products = BP_DTYPE_BOOL;
  return &info;
}

}  // namespace

std::vector<Fault> behaviour_faults() {
  return {
      {"cached-by-pointer", plant<cache_by_pointer>},
      {"left-unwritten", plant<leave_unwritten>},
      {"right-ten-times", plant<right_ten_times>},
      {"reads-past-the-end", plant<read_past_the_end>},
      {"reads-before-the-start", plant<read_before_the_start>},
      {"tail-not-written", plant<leave_the_tail>},
      {"input-changed", plant<change_the_input>},
      {"writes-before-the-start", plant<write_before_the_start>},
      {"writes-a-whole-vector", plant<write_a_whole_vector>},
      {"broadcast-as-if-full", plant<broadcast_as_if_full>},
      {"rows-swapped", plant<swap_rows>},
      {"read-transposed", plant<read_transposed>},
      {"varies", plant<vary>},
      {"keeps-the-first-shape", plant<shape_of_the_first_launch>},
      {"declares-nonsense", [](Tables* t) { t->kernel.kernel_info = declare_nonsense; }},
  };
}

}  // namespace backplane::selftest
