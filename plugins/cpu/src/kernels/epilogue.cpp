#include "epilogue.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "../threads.hpp"
#include "levels.hpp"

namespace backplane::cpu {

namespace {

// A piece stays in the first cache while all steps pass over it.
constexpr int64_t kPiece = 2048;

struct Form {
  EpilogueKind kind;
  std::string_view word;
  int number_count;
};
constexpr Form kForms[] = {{EpilogueKind::kAdd, "add", 0},
                           {EpilogueKind::kRelu, "relu", 0},
                           {EpilogueKind::kClip, "clip", 2},
                           {EpilogueKind::kLeakyRelu, "leaky-relu", 1}};

BACKPLANE_CPU_INLINE void apply_step(const EpilogueStep& step, const float* residual, float* target,
                                     int64_t count) {
  const float first = step.first, second = step.second;
  switch (step.kind) {
    case EpilogueKind::kAdd:
      for (int64_t i = 0; i < count; ++i) target[i] += residual[i];
      return;
    case EpilogueKind::kRelu:
      for (int64_t i = 0; i < count; ++i) target[i] = target[i] <= 0.0F ? 0.0F : target[i];
      return;
    case EpilogueKind::kClip:
      for (int64_t i = 0; i < count; ++i) {
        const float raised = target[i] < first ? first : target[i];
        target[i] = raised > second ? second : raised;
      }
      return;
    case EpilogueKind::kLeakyRelu:
      for (int64_t i = 0; i < count; ++i)
        target[i] = target[i] < 0.0F ? first * target[i] : target[i];
      return;
  }
}

using Residuals = const float* const*;

BACKPLANE_CPU_INLINE void apply_steps(const Epilogue& epilogue, Residuals residuals, float* target,
                                      int64_t begin, int64_t end) {
  for (int64_t at = begin; at < end; at += kPiece) {
    const int64_t count = std::min(kPiece, end - at);
    size_t added = 0;
    for (const EpilogueStep& step : epilogue) {
      const bool is_add = step.kind == EpilogueKind::kAdd;
      apply_step(step, is_add ? residuals[added++] + at : nullptr, target + at, count);
    }
  }
}

bool read_number(std::string_view* text, float* out_number) {
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, *out_number);
  if (read.ec != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(read.ptr - text->data()));
  return true;
}

std::string number_text(float number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

bool starts_with(std::string_view text, char first) {
  return !text.empty() && text.front() == first;
}

}  // namespace

size_t residual_count(const Epilogue& epilogue) {
  return static_cast<size_t>(
      std::count_if(epilogue.begin(), epilogue.end(),
                    [](const EpilogueStep& step) { return step.kind == EpilogueKind::kAdd; }));
}

std::string to_text(const EpilogueStep& step) {
  const auto* form = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const Form& one) { return one.kind == step.kind; });
  std::string text(form->word);
  if (form->number_count > 0) text += ":" + number_text(step.first);
  if (form->number_count > 1) text += "," + number_text(step.second);
  return text;
}

bool parse_step(std::string_view text, EpilogueStep* out_step) {
  const std::string_view word = text.substr(0, text.find(':'));
  const auto* form = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const Form& one) { return one.word == word; });
  if (form == std::end(kForms)) return false;
  text.remove_prefix(word.size());
  *out_step = {form->kind};
  float* const numbers[] = {&out_step->first, &out_step->second};
  for (int i = 0; i < form->number_count; ++i) {
    if (!starts_with(text, i == 0 ? ':' : ',')) return false;
    text.remove_prefix(1);
    if (!read_number(&text, numbers[i])) return false;
  }
  return text.empty();
}

void apply_epilogue(const Epilogue& epilogue, const float* const* residuals, float* target,
                    int64_t count) {
  const auto loop = Levels<&apply_steps>::best();
  parallel_pieces(count, count, [&](int64_t begin, int64_t end) {
    loop(epilogue, residuals, target, begin, end);
  });
}

}  // namespace backplane::cpu
