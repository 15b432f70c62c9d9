// Faults of group K where several results are right: sets, and what is drawn at random.
#include <algorithm>
#include <cstring>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

bool is_unsorted_top(const Launched& launched) {
  const auto sorted = launched.settings.find("sorted");
  return launched.op == "TopK" && sorted != launched.settings.end() && sorted->second == 0 &&
         launched.outputs[0].type.dtype == BP_DTYPE_FLOAT32 && launched.outputs[1].count > 1;
}

void first_over_last(const Part& part, size_t size) {
  std::memcpy(part.bytes + static_cast<size_t>(part.count - 1) * size, part.bytes, size);
}

// The first pair, of another row perhaps, comes in place of the last.
void pair_twice(Launched& launched) {
  if (!is_unsorted_top(launched)) return;
  first_over_last(launched.outputs[0], sizeof(float));
  first_over_last(launched.outputs[1], sizeof(int64_t));
}

void index_of_another(Launched& launched) {
  if (is_unsorted_top(launched)) first_over_last(launched.outputs[1], sizeof(int64_t));
}

// Of the range 0 to 1 the lower half alone.
void half_the_range(Launched& launched) {
  if (!launched.is("RandomUniform")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) launched.outputs[0].floats()[i] *= 0.5f;
}

// A generator that begins anew with every row.
void same_rows(Launched& launched) {
  if (!launched.is("RandomNormal")) return;
  const Part& to = launched.outputs[0];
  for (int64_t i = to.size(-1); i < to.count; ++i) to.floats()[i] = to.floats()[i - to.size(-1)];
}

// Every chance is one half: elements by the order of a word of few bits.
void ignore_chances(Launched& launched) {
  if (!launched.is("Bernoulli")) return;
  uint32_t word = 1;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    word = word * 1664525u + 1013904223u;
    launched.outputs[0].floats()[i] = static_cast<float>(word >> 31);
  }
}

// What the first launch drew comes again.
void draw_once(Launched& launched) {
  if (!launched.is("RandomUniformLike")) return;
  const Part& to = launched.outputs[0];
  std::vector<char>& first = launched.kept[nullptr];
  if (first.empty()) first.assign(to.bytes, to.bytes + to.count * 4);
  std::copy(first.begin(), first.end(), to.bytes);
}

// The flags of a kernel that says nothing, whatever it draws.
const bp_kernel_info_t* say_nothing(const bp_kernel_t* kernel) {
  static bp_kernel_info_t info;
  info = *honest().kernel->kernel_info(kernel);
  info.numerics = 0;
  return &info;
}

}  // namespace

std::vector<Fault> choice_faults() {
  return {
      {"a-pair-twice", plant<pair_twice>},
      {"index-of-another", plant<index_of_another>},
      {"half-the-range", plant<half_the_range>},
      {"same-rows", plant<same_rows>},
      {"ignores-chances", plant<ignore_chances>},
      {"draws-once", plant<draw_once>},
      {"draws-in-silence", [](Tables* tables) { tables->kernel.kernel_info = say_nothing; }},
  };
}

}  // namespace backplane::selftest
