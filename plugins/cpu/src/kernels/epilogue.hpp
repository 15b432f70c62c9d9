// What a fused node does to each element of its product before it is stored: a chain of steps, in
// the words of the attribute "epilogue" of the plugin's own operators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backplane::cpu {

enum class EpilogueKind {
  kAdd,       // "add": of a tensor of the output's shape, the next input that no step has taken
  kRelu,      // "relu"
  kClip,      // "clip:LOW,HIGH"
  kLeakyRelu  // "leaky-relu:ALPHA"
};

struct EpilogueStep {
  EpilogueKind kind;
  float first = 0;   // LOW or ALPHA
  float second = 0;  // HIGH
};

using Epilogue = std::vector<EpilogueStep>;

// As many tensors as one chain may add.
constexpr size_t kMaxResiduals = 2;

size_t residual_count(const Epilogue& epilogue);

std::string to_text(const EpilogueStep& step);  // exact: parsing it gives the same step
// False where `text` is no step.
bool parse_step(std::string_view text, EpilogueStep* out_step);

// target[i] for i in [0, count), by the formulas of Add, Relu, Clip and LeakyRelu; the n-th "add"
// reads residuals[n].
void apply_epilogue(const Epilogue& epilogue, const float* const* residuals, float* target,
                    int64_t count);

}  // namespace backplane::cpu
